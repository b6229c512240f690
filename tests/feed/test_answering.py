"""H22, H23: for any bytes whatsoever there is an answer, and AA only for what the store holds."""

import asyncio
import os
import random
import signal
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.feed.answering import answer
from longwatch.feed.arrival import Channel
from longwatch.feed.folder import Folder
from longwatch.feed.listener import Listener
from longwatch.feed.mllp import Framer, Kind, framed
from longwatch.feed.serving import serve

from .conftest import MSH, REST, MemoryStore, Sender, a_message

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
CHANNEL = Channel("mllp", "127.0.0.1:1")

pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\x0b", b"\x1c\r", b"\r", b"MSH|", MSH % b"M1", REST, framed(a_message(1))]),
    st.binary(max_size=40).map(lambda data: framed(b"MSH|^~\\&|" + data)),
)


def check(stream, *, fails):
    """Every frame of a stream has an answer, and the store holds what was acknowledged."""
    store = MemoryStore()
    store.fails = RuntimeError("broken") if fails else None
    framer = Framer(200)
    for frame in [*framer.feed(stream), *framer.finish()]:
        said = answer(frame, CHANNEL, store, NOW)
        code = said.code.value if said.code else None
        kept = [one[0] for one in store.refused]

        assert (code is None) == (frame.kind is Kind.STRAY)
        if code == "AA":
            assert frame.data in store.messages
        elif not fails:
            assert frame.data in kept
        else:
            assert code in ("AE", None)
            assert not store.messages
            assert not kept


@given(st.lists(pieces, max_size=12).map(b"".join), st.booleans())
def test_any_bytes_are_answered_and_AA_means_stored(stream, fails):
    check(stream, fails=fails)


@pytest.mark.campaign
def test_a_million_damaged_streams(real_messages):
    chance = random.Random(5)
    whole = [framed(raw[:2000]) for raw in real_messages]
    marks = [b"\x0b", b"\x1c\r", b"\x1c", b"\r", b"|", b"MSH|", b"\0", b"\xff"]
    for number in range(int(os.environ.get("LONGWATCH_STREAMS", "1000000"))):
        stream = bytearray(chance.choice(whole)[: chance.randrange(1, 600)])
        for _ in range(chance.randrange(5)):
            place = chance.randrange(len(stream) + 1)
            stream[place : place + chance.randrange(4)] = chance.choice(marks)
        check(bytes(stream), fails=number % 10 == 0)


def test_every_answer_has_an_id_of_its_own_that_fits():
    framer = Framer()
    (frame,) = framer.feed(framed(a_message(1)))
    ids = [
        answer(frame, CHANNEL, MemoryStore(), NOW).message.split(b"\r")[0].split(b"|")[9]
        for _ in range(100)
    ]

    assert len(set(ids)) == 100
    assert {len(one) for one in ids} == {20}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_listener_and_folder_serve_until_a_signal_and_a_vanished_folder_stops_neither(
    tmp_path, number
):
    store = MemoryStore()
    inbox, gone = tmp_path / "inbox", tmp_path / "gone"
    inbox.mkdir()
    (inbox / "a.hl7").write_bytes(a_message(1))
    listener = Listener(store, port=0)
    verdicts = []

    def send():
        sender = Sender(listener.port)
        verdicts.append(sender.exchange(a_message(2)))
        sender.close()

    async def work():
        ready = asyncio.Event()
        folders = [Folder(path, store, settled_seconds=0.02) for path in (gone, inbox)]
        serving = asyncio.create_task(serve(listener, folders, ready=ready.set, look_seconds=0.02))
        await ready.wait()
        await asyncio.to_thread(send)
        while len(store.messages) < 2:
            await asyncio.sleep(0.01)
        signal.raise_signal(number)
        await serving

    asyncio.run(asyncio.wait_for(work(), 20))

    assert verdicts == [("AA", "M2")]
    assert set(store.messages) == {a_message(1), a_message(2)}


def test_a_port_that_is_taken_is_said(store, listen):
    with listen(store) as running, pytest.raises(OSError, match="address already in use"):
        asyncio.run(Listener(store, port=running.port).start())
