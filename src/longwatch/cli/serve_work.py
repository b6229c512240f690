"""The work of `longwatch serve`: the store made ready, the demo filled, the server started."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from longwatch.cli.output import hint
from longwatch.cli.progress import waiting
from longwatch.cli.zones import find_zone
from longwatch.core.errors import Problem, UsageError

_BOUNDS = 1, 65535
_THREADS = 4
"""Pages take turns: one is made, another begins when that takes long. Each has a connection."""
_LINE = 1024
"""Who asks at the same moment waits in it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked on the command line.

    Inputs:
        demo: the file of its store.
        browser: open one.
        processes: that answer on the one port.
    """

    host: str
    port: int
    database: str | None
    zone: str | None
    demo: Path | None
    browser: bool = False
    processes: int = 1


def run(wanted: Wanted) -> None:
    """Serves until it is stopped.

    Raises:
        UsageError: when something asked for makes no sense.
        OSError: when the port cannot be had.
    """
    if not _BOUNDS[0] <= wanted.port <= _BOUNDS[1]:
        raise UsageError(Problem(f"{wanted.port} is no port", how="give 1 to 65535, as 8000"))
    if wanted.demo is not None and wanted.database is not None:
        how = "leave out one of --demo and --database"
        raise UsageError(Problem("the demo has a store of its own", how=how))
    if wanted.processes > 1:
        _run_several(wanted)
        return
    import waitress

    from longwatch.web.gate import Gate

    gate = Gate()
    server = waitress.create_server(gate, host=wanted.host, port=wanted.port, **_told())
    # Aside: the browser sees at once that something comes, and Ctrl-C is heard here.
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    shown = _say_where(wanted)
    if wanted.browser:
        import webbrowser

        webbrowser.open(shown)
    prepare(wanted)
    from longwatch.web.turns import Turns
    from longwatch.web.wsgi import application

    gate.open(Turns(application))
    with suppress(KeyboardInterrupt):
        serving.join()


def _run_several(wanted: Wanted) -> None:
    """The same with several processes, each with an interpreter of its own, on one port.

    Who asks before they are ready waits in the line of the port.

    Raises:
        UsageError: the store lets only one write at a time.
    """
    import waitress

    from longwatch.feed.several import fork_others, refuse_one_writer

    refuse_one_writer(wanted.database if wanted.demo is None else f"{wanted.demo}")
    line = socket.create_server((wanted.host, wanted.port), backlog=_LINE)
    _say_where(wanted)
    prepare(wanted)
    from django.db import connections

    from longwatch.web.turns import Turns, leave_to_others
    from longwatch.web.wsgi import application

    # Forked with the settings, whose secret all of them share, and without a connection.
    connections.close_all()
    fork_others(wanted.processes - 1)
    turns = Turns(application)
    server = waitress.create_server(turns, sockets=[line], **_told())
    leave_to_others(server, turns)
    with suppress(KeyboardInterrupt):
        server.run()


def _say_where(wanted: Wanted) -> str:
    shown = f"http://{'localhost' if wanted.host == '127.0.0.1' else wanted.host}:{wanted.port}/"
    shown += "enter" if wanted.demo else ""
    hint(f"Open {shown}   (stop with Ctrl-C)", False)
    return shown


def _told() -> dict[str, Any]:
    """What waitress is told; of a proxy in front only the one named is believed."""
    told: dict[str, Any] = {"threads": _THREADS, "ident": None}
    if os.environ.get("LONGWATCH_HTTPS") == "yes":
        told["trusted_proxy"] = os.environ.get("LONGWATCH_PROXY") or "127.0.0.1"
        told["trusted_proxy_count"] = 1
        told["trusted_proxy_headers"] = {"x-forwarded-for", "x-forwarded-proto"}
        told["log_untrusted_proxy_headers"] = True
        told["clear_untrusted_proxy_headers"] = True
    return told


def prepare(wanted: Wanted) -> None:
    """Settings, tables and, in the demo, the sample clinic."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "longwatch.web.settings"
    os.environ["LONGWATCH_ZONE"] = str(find_zone(wanted.zone))
    if wanted.demo is not None:
        os.environ["LONGWATCH_DEMO"] = "yes"
        os.environ["LONGWATCH_DATABASE"] = f"sqlite:///{wanted.demo.absolute()}"
    elif wanted.database is not None:
        os.environ["LONGWATCH_DATABASE"] = wanted.database
    if wanted.host not in ("127.0.0.1", "localhost") and "LONGWATCH_HOSTS" not in os.environ:
        os.environ["LONGWATCH_HOSTS"] = f"{wanted.host},localhost,127.0.0.1"
    import django

    django.setup()
    from longwatch.store.setup import migrate

    migrate()
    if wanted.demo is not None:
        _fill(wanted.demo)


def _fill(place: Path) -> None:
    """The sample clinic into an empty store; a store that holds people is left as it is."""
    from longwatch.store.models import Patient

    if Patient.objects.exists():
        return
    import tempfile

    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.sweep import sweep
    from longwatch.cli.demo_work import sample_record
    from longwatch.sample import AS_OF
    from longwatch.store.record_in import write_record
    from longwatch.web.clock import OPENED
    from longwatch.web.demo import OWN_PAGE, add_demo_users

    at = datetime.combine(AS_OF, OPENED)
    with waiting("Filling the demo's store, once …"), tempfile.TemporaryDirectory() as folder:
        write_record(sample_record(Path(folder) / "clinic"), source="sample clinic", at=at)
        sweep(at, read_clinic(UTC), why="first look", engine="python")
        add_demo_users(at, OWN_PAGE)
