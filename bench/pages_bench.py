"""Pages under load: 50 nurses at once in a clinic of 10 000 people, on SQLite and PostgreSQL.

Each nurse opens a page, reads it for a while (exponential, 10 s on average) and opens the next: one
time in five the worklist, else a patient. Loopback only; the server is `longwatch serve` as a
clinic starts it. Waits are of the whole answer, measured by the asker.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.pages_clinic import USERS

_THINK_SECONDS = 10.0
_WORKLIST_SHARE = 0.2
_WARM_SECONDS, _SECONDS = 15.0, 60.0
_PROCESSES = 2
_CALLS = 60
"""Of each interface, one after the other."""


def run(home: Path, patients: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Figures of both databases, and the wait for the first page on SQLite.

    Raises:
        RuntimeError: the server did not start, or an answer was an error.
    """
    from tests.store.server import postgresql

    # Sessions are made by one process and read by another.
    os.environ["LONGWATCH_SECRET_KEY"] = secrets.token_urlsafe(32)
    place = home / f"pages-{patients}.db"
    found: dict[str, Any] = {"patients": patients, "users": USERS}
    say(f"pages: SQLite, {patients} people")
    found["sqlite"] = _measured(f"sqlite:///{place}", patients, filled=place.exists())
    say("pages: PostgreSQL")
    with postgresql(durable=True) as (database, programs):
        os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
        found["postgresql"] = _measured(database, patients, filled=False)
    return found


def _measured(database: str, patients: int, *, filled: bool) -> dict[str, Any]:
    words = ["--patients", str(patients), "--database", database]
    words += ["--only-sessions"] if filled else []
    made = subprocess.run(
        [sys.executable, "-m", "bench.pages_clinic", *words],
        check=True,
        capture_output=True,
        text=True,
    )
    told: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    cookies, token, first = told.pop("sessions"), told.pop("token"), told.pop("first_key")
    # SQLite lets one write at a time: the pages are of one process.
    processes = 1 if database.startswith("sqlite") else _PROCESSES
    told["processes"] = processes
    with _server(database, processes) as (port, first_page):
        told["first_page_seconds"] = round(first_page, 2)
        keys = range(first, first + told["people"])
        told["load"] = _load(port, cookies, keys)
        told["alone"] = _interfaces(port, token, keys)
    return told


@contextmanager
def _server(database: str, processes: int) -> Iterator[tuple[int, float]]:
    """`longwatch serve`, and how long its first page took from the command."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    program = str(Path(sys.executable).parent / "longwatch")
    begun = time.perf_counter()
    command = [program, "serve", "--port", str(port), "--database", database, "--zone", "UTC"]
    command += ["--processes", str(processes)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                _get(port, "/account/login/", {})
                break
            except (OSError, RuntimeError):
                if time.perf_counter() - begun > 120 or server.poll() is not None:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.02)
        yield port, time.perf_counter() - begun
    finally:
        server.terminate()
        server.wait(30)


def _load(port: int, cookies: list[str], keys: range) -> dict[str, Any]:
    """Milliseconds by page, with everybody at once."""
    waits: dict[str, list[float]] = defaultdict(list)
    errors: list[str] = []
    begun = time.monotonic()
    end = begun + _WARM_SECONDS + _SECONDS

    def nurse(number: int, cookie: str) -> None:
        chance = random.Random(number)
        while not errors:
            pause = chance.expovariate(1 / _THINK_SECONDS)
            if time.monotonic() + pause > end:
                return
            time.sleep(pause)
            page, address = "patient", f"/patients/{chance.choice(keys)}"
            if chance.random() < _WORKLIST_SHARE:
                page, address = "worklist", "/worklist"
            started = time.perf_counter()
            try:
                _get(port, address, {"Cookie": f"sessionid={cookie}"})
            except (OSError, http.client.HTTPException, RuntimeError) as error:
                errors.append(f"{page}: {error}")
                return
            if time.monotonic() - begun > _WARM_SECONDS:
                waits[page].append(time.perf_counter() - started)

    threads = [
        threading.Thread(target=nurse, args=(number, cookie), daemon=True)
        for number, cookie in enumerate(cookies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise RuntimeError(errors[0])
    return {page: _quantiles(some) for page, some in sorted(waits.items())}


def _interfaces(port: int, token: str, keys: range) -> dict[str, Any]:
    """Milliseconds of each interface, one call after the other."""
    chance = random.Random(1)
    carry = {"Authorization": f"Bearer {token}"}
    address = f"http://127.0.0.1:{port}/fhir"
    waits: dict[str, list[float]] = defaultdict(list)
    for number in range(_CALLS):
        key = chance.choice(keys)
        context = {"patientId": str(key), "userId": "Practitioner/1"}
        hook: dict[str, Any] = {
            "hook": "patient-view",
            "hookInstance": f"{number}",
            "fhirServer": address,
        }
        asked = {
            "cds-hooks patient-view": (
                "/cds-services/longwatch-watch",
                hook | {"context": context},
            ),
            "fhir observations": (f"/fhir/Observation?patient={key}&_sort=-date", None),
            "fhir care plan": (f"/fhir/CarePlan?patient={key}", None),
        }
        for name, (place, body) in asked.items():
            started = time.perf_counter()
            _get(port, place, carry, body)
            waits[name].append(time.perf_counter() - started)
    return {name: _quantiles(some) for name, some in waits.items()}


def _get(port: int, address: str, headers: dict[str, str], body: Any = None) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        if body is None:
            line.request("GET", address, headers=headers)
        else:
            headers = headers | {"Content-Type": "application/json"}
            line.request("POST", address, json.dumps(body), headers)
        answer = line.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} at {address.partition('?')[0]}")
        return text
    finally:
        line.close()


def _quantiles(waits: list[float]) -> dict[str, float]:
    ordered = sorted(waits)
    places = {"p50_ms": 0.5, "p95_ms": 0.95, "max_ms": 1.0}
    found = {
        name: round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
        for name, share in places.items()
    }
    return {"calls": float(len(ordered)), **found}
