"""Load on a real store: messages at a steady rate, and how long from the wire to the alert.

    python -m bench.feed_load --rate 200 --minutes 10 --processes 2

The listener with its store and alerts is a process of its own, as in a clinic; sixteen laboratories
send, each waiting for its answer. Alerts are raised in the transaction of their message, so that an
AA means: the alert is in the database. The store is counted afterwards. Without `--database` (which
must be new) a PostgreSQL server of its own is started, that waits for the disk with each commit.
The figures go to `bench/results/feed_load.json`, by kind of database.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

RESULTS = Path(__file__).parent / "results" / "feed_load.json"
_SENDERS = 16
"""As many as a listener takes, from two addresses."""
_PEOPLE = 2000
_LOW_EVERY = 50
_IDLE_SECONDS = 7.0
"""Longer than the wait before the kernel is made ready."""
_TESTS = (
    ("6690-2^Leukocytes^LN", "6.1", "10*9/L"),
    ("718-7^Hemoglobin^LN", "13.2", "g/dL"),
    ("731-0^Lymphocytes^LN", "1.5", "10*9/L"),
    ("2160-0^Creatinine^LN", "0.8", "mg/dL"),
    ("3016-3^TSH^LN", "2.1", "mIU/L"),
    ("1742-6^ALT^LN", "22", "U/L"),
    ("1920-8^AST^LN", "21", "U/L"),
)


def message(number: int, today: date) -> bytes:
    """One draw of one person with eight results; every 50th has few platelets."""
    person, round_ = number % _PEOPLE, number // _PEOPLE
    day = f"{today - timedelta(days=1 + round_):%Y%m%d}"
    platelets = "31" if number % _LOW_EVERY == 0 else "240"
    rows = (("777-3^Platelets^LN", platelets, "10*9/L"), *_TESTS)
    lines = [
        f"MSH|^~\\&|LIS|LAB|||{day}120000||ORU^R01|L{number}|P|2.5.1",
        f"PID|1||{person}^^^CLINIC^MR||LOAD^P{person}||19800229|F",
        f"OBR|1||A{number}|CBC^Blood count|||{day}083000",
        *(
            f"OBX|{place}|NM|{code}||{value}|{unit}|||||F|||{day}083000"
            for place, (code, value, unit) in enumerate(rows, 1)
        ),
    ]
    return b"\x0b" + ("\r".join(lines) + "\r").encode() + b"\x1c\r"


def run(database: str, rate: float, minutes: float, processes: int = 1) -> dict[str, Any]:
    """Fills a store, sends, and counts.

    Returns:
        Figures. Waits count from the moment at which a message was due, so that a queue shows.
    """
    today = datetime.now(UTC).date()
    _fill(database, today)
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        words = ["listen", "--port", str(port), "--zone", "UTC", "--database", database]
        words += ["--processes", str(processes)]
        with Path(folder, "log").open("wb") as log:
            listener = subprocess.Popen(
                [sys.executable, "-m", "longwatch", *words], stdout=log, stderr=log
            )
        try:
            _wait_for(port)
            _wait_until_idle(listener.pid)
            begun = time.time() + 2
            before, whole = _spent(listener.pid), psutil.cpu_times()
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                sent = pool.apply(_send, (port, rate, minutes, begun, today))
            spent = _spent(listener.pid) - before
            machine = _busy(psutil.cpu_times()) - _busy(whole)
        finally:
            listener.terminate()
            listener.wait(60)
    waits = sorted(wait for wait, _ in sent)
    low = sorted(wait for wait, is_low in sent if is_low)
    counted = _counted(database)
    seconds = max(minutes * 60, time.time() - begun - 1)
    return {
        "database": database.split(":")[0],
        "processes": processes,
        "rate_asked": rate,
        "minutes": minutes,
        "messages": len(waits),
        "rate_held": round(len(waits) / seconds, 1),
        "ack_ms": _quantiles(waits),
        "wire_to_alert_ms": _quantiles(low),
        "cpu_ms_per_message": round(1000 * spent / max(1, len(waits)), 2),
        # With the senders, and whatever else ran.
        "machine_cpu_ms_per_message": round(1000 * machine / max(1, len(waits)), 2),
        "acknowledged_and_lost": max(0, len(waits) - counted["stored"]),
        **counted,
    }


def _fill(database: str, today: date) -> None:
    from longwatch.store.setup import configure, migrate

    configure(database)
    migrate()
    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.sweep import sweep
    from longwatch.core.record import Record
    from longwatch.store.record_in import write_record

    names = [f"b{number}" for number in range(_PEOPLE)]
    record = Record.from_tables(
        patients={
            "patient": names,
            "sex": ["female"] * _PEOPLE,
            "birth_date": ["1980-02-29"] * _PEOPLE,
        },
        identifiers={
            "authority": ["CLINIC"] * _PEOPLE,
            "value": [str(number) for number in range(_PEOPLE)],
            "patient": names,
        },
        infusions={
            "patient": names,
            "date": [(today - timedelta(days=200)).isoformat()] * _PEOPLE,
            "course": [1] * _PEOPLE,
            "day": [1] * _PEOPLE,
        },
    )
    now = datetime.now(UTC)
    write_record(record, source="bench", at=now)
    # As in a clinic at work: what is overdue stands as alerts since last night.
    sweep(now, read_clinic(UTC))


def _send(
    port: int, rate: float, minutes: float, begun: float, today: date
) -> list[tuple[float, bool]]:
    """All laboratories, in one process of their own: each sends when its last answer is there."""
    waits: list[tuple[float, bool]] = []
    last = math.ceil(rate * minutes * 60)
    deadline = begun + minutes * 60 + 30
    lines = [_Line(port, place, rate, begun, last) for place in range(_SENDERS)]
    chosen = selectors.DefaultSelector()
    for line in lines:
        chosen.register(line.socket, selectors.EVENT_READ, line)
    while (now := time.time()) < deadline and any(line.number < last for line in lines):
        ready = [line for line in lines if line.sent_for is None and line.number < last]
        for line in ready:
            if line.due <= now:
                line.send(today)
        coming = [line.due - now for line in ready if line.due > now]
        for key, _ in chosen.select(max(0.0, min(coming, default=0.1))):
            waits += key.data.heard(today)
    return waits


class _Line:
    """One laboratory: it sends every so many messages, and waits for each answer."""

    def __init__(self, port: int, place: int, rate: float, begun: float, last: int) -> None:
        own = f"127.0.0.{1 + place % 2}"
        self.socket = socket.create_connection(("127.0.0.1", port), source_address=(own, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number, self._rate, self._begun, self._last = place, rate, begun, last
        self.sent_for: float | None = None
        self._answer = b""

    @property
    def due(self) -> float:
        return self._begun + self.number / self._rate

    def send(self, today: date) -> None:
        self.sent_for = self.due
        self._answer = b""
        self.socket.sendall(message(self.number, today))

    def heard(self, today: date) -> list[tuple[float, bool]]:
        """What came of an answer: the wait, counted from the moment at which it was due."""
        data = self.socket.recv(65536)
        if not data:
            raise RuntimeError("the listener closed a connection")
        self._answer += data
        if not self._answer.endswith(b"\x1c\r"):
            return []
        if b"MSA|AA|" not in self._answer:
            # As a laboratory does: what was not stored is sent again.
            self.send(today)
            return []
        # From the moment it was due: a sender that waits for others waits, too.
        wait = time.time() - self.due, self.number % _LOW_EVERY == 0
        self.number += _SENDERS
        self.sent_for = None
        return [wait]


def _counted(database: str) -> dict[str, int]:
    from longwatch.store.models import Alert, Message, Patient

    low = {
        f"b{number % _PEOPLE}"
        for number in range(Message.objects.count())
        if number % _LOW_EVERY == 0
    }
    alerted = set(Alert.objects.filter(kind="finding").values_list("subject", flat=True))
    return {
        "stored": Message.objects.filter(first=None).count(),
        "people": Patient.objects.count(),
        "people_with_few_platelets": len(low),
        "of_them_without_alert": len(low - alerted),
    }


def _quantiles(waits: list[float]) -> dict[str, float]:
    if not waits:
        return {}
    places = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {
        name: round(1000 * waits[min(len(waits) - 1, int(share * len(waits)))], 1)
        for name, share in places.items()
    }


def _spent(process: int) -> float:
    """CPU seconds of the listener, of its other processes and of the server's for its store."""
    whole = [psutil.Process(process), *psutil.Process(process).children(recursive=True), *_server()]
    return sum(float(t.user + t.system) for t in (one.cpu_times() for one in whole))


def _busy(times: Any) -> float:
    return float(times.user + times.nice + times.system)


def _server() -> list[psutil.Process]:
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    return [
        one
        for one in psutil.process_iter(["cmdline"])
        if connection.vendor == "postgresql"
        and f" {name} " in (" ".join(one.info["cmdline"] or ()) + " ")
        and "postgres:" in (one.info["cmdline"] or [""])[0]
    ]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + 600  # the kernel is compiled first, where it never was
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the listener does not listen")


def _wait_until_idle(process: int) -> None:
    """A listener that has been at work for a while: the compiled kernel is made ready aside."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        before = _spent(process)
        time.sleep(_IDLE_SECONDS)
        if _spent(process) - before < 0.05 * _IDLE_SECONDS:
            return
    raise RuntimeError("the listener is never idle")


def _new_database(server: str) -> str:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE longwatch_load")
    return server.replace("/postgres?", "/longwatch_load?")


def keep(figures: dict[str, Any]) -> None:
    """Prints the figures and puts them beside those of the other database."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept[figures["database"]] = {
        **figures,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": psutil.cpu_count(),
    }
    RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--database", help="a new one; else a PostgreSQL of its own")
    chosen = parser.parse_args()
    asked = (chosen.rate, chosen.minutes, chosen.processes)
    if chosen.database:
        keep(run(chosen.database, *asked))
    else:
        from tests.store.server import postgresql

        with postgresql(durable=True) as (url, _):
            made = run(_new_database(url), *asked)
        keep(made)
