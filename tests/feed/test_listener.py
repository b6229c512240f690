"""H22, H23, H51, H59: what a sender is told, on a real socket, when things go right and wrong."""

import asyncio
import errno
import ipaddress
import threading
import time
from dataclasses import replace

import hl7
import hl7.mllp
import psutil
import pytest

from longwatch.core.errors import LongwatchError
from longwatch.feed.arrival import Stored
from longwatch.feed.limits import Limits
from longwatch.feed.mllp import framed

from .conftest import MSH, QUICK, REST


def wait_until(true, seconds=5):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return true()


def flood(sender, data):
    """Sends until nothing more goes out; 100 MB are more than the network holds."""
    for _ in range(100_000_000 // len(data)):
        sender.send(data)


def test_a_message_is_stored_and_acknowledged(running, store, message):
    assert running.sender().exchange(message(1)) == ("AA", "M1")
    assert store.messages == [message(1)]
    assert store.channels[0].name == "mllp"
    assert store.channels[0].origin.startswith("127.0.0.1:")


def test_messages_in_one_packet_are_answered_in_their_order(running, message):
    sender = running.sender()
    sender.send(b"".join(framed(message(number)) for number in range(20)))

    assert [sender.verdict() for _ in range(20)] == [("AA", f"M{n}") for n in range(20)]


def test_a_message_sent_again_is_acknowledged_again(running, store, message):
    sender = running.sender()

    assert [sender.exchange(message(1)) for _ in range(3)] == [("AA", "M1")] * 3
    assert store.messages == [message(1)]


def test_a_slow_sender_is_waited_for(running, message):
    sender = running.sender()
    for byte in framed(message(1)):
        sender.send(bytes([byte]))
        time.sleep(0.002)

    assert sender.verdict() == ("AA", "M1")


def test_a_sender_who_leaves_out_the_last_line_end_is_answered_soon(store, listen, message):
    with listen(store, replace(QUICK, message_seconds=60)) as running:
        sender = running.sender()
        sender.send(framed(message(1))[:-1])

        assert sender.verdict() == ("AA", "M1")
        assert sender.exchange(message(2)) == ("AA", "M2")


FAILURES = {
    "the disk is full": (OSError(errno.ENOSPC, "no space"), b"disk is full"),
    "our own words are repeated": (LongwatchError("the clinic's store is locked"), b"is locked"),
    "other words are not repeated": (ValueError("DOE^JANE 1980"), b"could not be stored"),
    "memory is over": (MemoryError(), b"could not be stored"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_is_not_stored_is_not_acknowledged(running, store, message, name):
    store.fails, words = FAILURES[name]
    sender = running.sender()
    sender.send(framed(message(1)))
    said = sender.answer()

    assert b"MSA|AE|M1|" in said
    assert words in said
    assert b"DOE" not in said
    store.fails = None
    assert sender.exchange(message(1)) == ("AA", "M1")


def test_what_the_store_refuses_is_rejected_with_its_reason(running, store, message):
    store.verdict = Stored(refused="this sender is not known to the clinic")
    sender = running.sender()
    sender.send(framed(message(1)))

    assert b"MSA|AR|M1|this sender is not known" in sender.answer()


NO_MESSAGES = {
    "an empty frame": (framed(b""), "AR", "no HL7 v2 message"),
    "another language": (framed(b'{"resourceType": "Bundle"}'), "AR", "no HL7 v2 message"),
    "no start mark": (MSH % b"M1" + REST + b"\x1c\r", "AR", "no start mark"),
    "too long": (framed(MSH % b"M1" + b"x" * 200_000), "AR", "longer than the limit"),
    "cut off by the next start": (b"\x0b" + MSH % b"M1" + b"\rPI\x0b", "AE", "no end mark"),
}


@pytest.mark.parametrize("name", NO_MESSAGES)
def test_what_is_no_whole_message_is_refused_and_kept(running, store, name):
    data, code, why = NO_MESSAGES[name]
    sender = running.sender()
    sender.send(data)

    assert sender.verdict()[0] == code
    ((_, kept, _),) = store.refused
    assert why in kept
    assert store.messages == []


def test_what_is_refused_and_cannot_be_kept_may_come_again(running, store):
    store.fails = OSError(errno.ENOSPC, "")

    assert running.sender().exchange(b"junk")[0] == "AE"


def test_a_log_line_between_messages_is_kept_and_not_answered(running, store, message):
    sender = running.sender()
    sender.send(b"[07:12 sending]\n" + framed(message(1)))

    assert sender.verdict() == ("AA", "M1")
    assert [kept[:2] for kept in store.refused] == [
        (b"[07:12 sending]\n", "bytes between two messages")
    ]


def test_half_a_message_is_kept_and_never_acknowledged(running, store, message):
    sender = running.sender()
    sender.send(framed(message(1))[:60])
    sender.close()

    assert wait_until(lambda: store.refused)
    assert store.refused[0][0] == message(1)[:59]
    assert store.messages == []


def test_a_message_that_stays_half_is_given_up_after_its_time(running, store, message):
    sender = running.sender()
    sender.send(framed(message(1))[:60])

    assert sender.verdict()[0] == "AE"
    assert sender.verdict() is None
    assert store.messages == []


def test_dripping_bytes_do_not_prolong_the_time_of_a_message(running):
    sender = running.sender()
    began = time.monotonic()
    sender.send(b"\x0bMSH|")
    dripping = threading.Event()

    def drip():
        while not dripping.wait(0.1):
            try:
                sender.send(b"x")
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    verdict = sender.verdict()
    dripping.set()
    thread.join()

    assert verdict is None or verdict[0] == "AE"
    assert time.monotonic() - began < QUICK.message_seconds + 3


def test_a_silent_connection_is_closed_after_its_time(store, listen):
    with listen(store, replace(QUICK, idle_seconds=0.2)) as running:
        assert running.sender().verdict() is None


def test_a_connection_that_never_closes_does_not_shut_out_the_next(store, listen, message):
    with listen(store, replace(QUICK, idle_seconds=60)) as running:
        senders = [running.sender() for _ in range(6)]
        for number, sender in enumerate(senders):
            # Opened long before, those beyond the limit had to go; the newest are served.
            if number >= 3:
                assert sender.exchange(message(number)) == ("AA", f"M{number}")

        assert [sender.verdict() for sender in senders[:3]] == [None] * 3


def test_busy_connections_are_not_broken_for_new_ones(running, store, message, caplog):
    store.gate = threading.Event()
    busy = [running.sender() for _ in range(3)]
    for number, sender in enumerate(busy):
        sender.send(framed(message(number)))
    assert wait_until(lambda: store.entered.is_set())
    time.sleep(0.2)

    assert running.sender().verdict() is None
    assert "all 3 connections are busy" in caplog.text
    store.gate.set()
    assert [sender.verdict()[0] for sender in busy] == ["AA"] * 3


def test_a_slow_store_makes_the_sender_wait_and_loses_nothing(running, store, message):
    store.gate = threading.Event()
    sender = running.sender()
    sender.socket.settimeout(0.5)
    sender.send(framed(message(1)))
    with pytest.raises(TimeoutError):
        sender.verdict()

    # Nothing more is read meanwhile: what is sent stays in the network, not in our memory.
    with pytest.raises(TimeoutError):
        flood(sender, b"\x0b" + b"x" * 90_000 + b"\x1c\r")
    sender.socket.settimeout(10)
    store.gate.set()

    assert sender.verdict() == ("AA", "M1")


def test_one_sender_with_a_slow_store_call_does_not_stop_another(running, store, message):
    first, second = running.sender(), running.sender()
    store.gate = threading.Event()
    first.send(framed(message(1)))
    assert store.entered.wait(5)
    gate, store.gate = store.gate, None

    assert second.exchange(message(2)) == ("AA", "M2")
    gate.set()
    assert first.verdict() == ("AA", "M1")


def test_a_sender_who_does_not_read_answers_is_given_up(store, listen):
    with listen(store, replace(QUICK, write_seconds=0.3, message_seconds=1)) as running:
        sender = running.sender()
        # Every answer repeats this long id: so the network's memory is soon full of answers.
        data = framed(MSH % (b"M" * 60_000) + REST)
        with pytest.raises(ConnectionError):
            flood(sender, data)


def test_a_stop_finishes_what_the_store_has_and_closes_idle_connections(running, store, message):
    idle, busy = running.sender(), running.sender()
    assert idle.exchange(message(0)) == ("AA", "M0")
    store.entered.clear()
    store.gate = threading.Event()
    busy.send(framed(message(1)))
    assert store.entered.wait(5)
    stopping = running.begin_stop()

    assert idle.verdict() is None
    store.gate.set()
    assert busy.verdict() == ("AA", "M1")
    assert busy.verdict() is None
    stopping.result(10)


def test_a_stop_lets_a_message_that_has_begun_come_to_its_end(running, store, message):
    sender = running.sender()
    data = framed(message(1))
    sender.send(data[:40])
    time.sleep(0.2)
    stopping = running.begin_stop()
    time.sleep(0.2)
    sender.send(data[40:])

    assert sender.verdict() == ("AA", "M1")
    assert sender.verdict() is None
    stopping.result(10)


def test_a_stop_does_not_wait_for_what_has_hardly_begun_behind_an_answered_message(
    store, listen, message
):
    with listen(store, replace(QUICK, message_seconds=60, stop_seconds=60)) as running:
        store.gate = threading.Event()
        sender = running.sender()
        sender.send(framed(message(1)) + framed(message(2))[:20])
        assert store.entered.wait(5)
        stopping = running.begin_stop()
        time.sleep(0.1)
        store.gate.set()

        assert sender.verdict() == ("AA", "M1")
        assert sender.verdict() is None
        stopping.result(10)


def test_a_stop_does_not_wait_for_ever_and_acknowledges_nothing_late(store, listen, message):
    with listen(store, replace(QUICK, stop_seconds=0.3)) as running:
        store.gate = threading.Event()
        sender = running.sender()
        sender.send(framed(message(1)))
        assert store.entered.wait(5)
        running.stop()
        store.gate.set()

        assert sender.verdict() is None


def test_H59_only_named_senders_may_speak(store, listen, message):
    others = [ipaddress.ip_network("10.0.0.0/8")]
    with listen(store, senders=others) as running:
        sender = running.sender()
        with pytest.raises((AssertionError, OSError, TypeError)):
            assert sender.exchange(message(1))[0] == "AA"
    with listen(store, senders=[*others, ipaddress.ip_network("127.0.0.0/8")]) as running:
        assert running.sender().exchange(message(1)) == ("AA", "M1")


def test_no_patient_data_reaches_the_log(running, store, message, caplog):
    caplog.set_level("DEBUG")
    sender = running.sender()
    sender.exchange(message(1))
    store.fails = ValueError("DOE^JANE")
    sender.exchange(message(2))
    sender.exchange(b"junk DOE")

    assert "AA message" in caplog.text
    assert "DOE" not in caplog.text
    assert "0042" not in caplog.text


def test_the_client_of_another_library_is_served(running, store, message):
    async def send(raw):
        reader, writer = await hl7.mllp.open_hl7_connection("127.0.0.1", running.port)
        writer.writemessage(hl7.parse(raw.decode()))
        await writer.drain()
        said = await reader.readmessage()
        writer.close()
        return said

    said = asyncio.run(send(message(1)))

    assert [str(said.segment("MSA")[place]) for place in (1, 2)] == ["AA", "M1"]
    assert [raw.strip() for raw in store.messages] == [message(1).strip()]


@pytest.mark.campaign
def test_a_line_of_one_gigabyte_on_the_wire_is_refused_in_bounded_memory(store, listen, message):
    with listen(store, Limits()) as running:
        sender = running.sender()
        before = psutil.Process().memory_info().rss
        sender.send(b"\x0b" + MSH % b"M1" + b"\rOBX|")
        chunk = b"x" * 1_000_000
        for _ in range(1000):
            sender.send(chunk)
        grown = psutil.Process().memory_info().rss - before
        sender.send(b"\x1c\r")

        assert sender.verdict() == ("AR", "M1")
        assert sender.exchange(message(2)) == ("AA", "M2")
        assert grown < 100_000_000


def test_every_real_message_is_stored_as_it_is_or_refused_and_kept(running, store, real_messages):
    sender = running.sender()
    sent = [raw for raw in real_messages if len(raw) < QUICK.message_bytes]
    for raw in sent:
        inner = raw.strip(b"\x0b\x1c\r\n").replace(b"\x0b", b"").replace(b"\x1c", b"")
        verdict = sender.exchange(inner)
        where = store.messages if verdict[0] == "AA" else [kept[0] for kept in store.refused]
        assert inner in where

    assert len(store.messages) > 100
