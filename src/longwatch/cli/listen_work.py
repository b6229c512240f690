"""The work of `longwatch listen`: from options to a listener and folders that serve."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import ssl
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.clinic_store import zone_in_force
from longwatch.cli.failures import say
from longwatch.cli.zones import find_zone
from longwatch.core.errors import Problem, UsageError
from longwatch.feed.arrival import Store
from longwatch.feed.folder import Folder, Look
from longwatch.feed.health_http import HealthServer
from longwatch.feed.listener import Listener, Network
from longwatch.feed.log_lines import use_json_lines
from longwatch.feed.ready import make_ready_aside
from longwatch.feed.serving import serve
from longwatch.feed.several import complain_of_a_lost_one, fork_others, refuse_one_writer
from longwatch.feed.tls import server_context

if TYPE_CHECKING:
    from longwatch.feed.clinic import ClinicStore
    from longwatch.feed.fhir_server import FhirServer


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked on the command line; see `longwatch listen --help`."""

    host: str = "127.0.0.1"
    port: int = 2575
    folders: tuple[Path, ...] = ()
    senders: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    sender_certificates: Path | None = None
    health: int | None = None
    log_json: bool = False
    fhir: int | None = None
    tries: int = 3
    processes: int = 1


def receive(wanted: Wanted, database: str | None, zone: str | None) -> None:
    """Serves until it is stopped.

    Inputs:
        wanted: where and from whom.
        database: the clinic's store, as in `store.database`.
        zone: the clinic's time zone.

    Raises:
        UsageError: when something asked for makes no sense; then nothing was opened.
        OSError: when the port cannot be had.
    """
    if wanted.log_json:
        use_json_lines()
    else:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if wanted.processes > 1:
        refuse_one_writer(database)
        if not fork_others(wanted.processes - 1):
            # Folders, health and FHIR are the business of the first one alone.
            wanted = replace(wanted, folders=(), health=None, fhir=None)
    store = _open(database, zone, wanted)
    listener, folders = prepare(wanted, store)
    # What is here now stays for good: it need not be looked through again.
    gc.collect()
    gc.freeze()
    stopped = threading.Event()
    make_ready_aside(stopped)
    try:
        asyncio.run(_serve(listener, folders, wanted, _fhir(wanted, store)))
    finally:
        stopped.set()
    complain_of_a_lost_one()


async def _serve(
    listener: Listener, folders: list[Folder], wanted: Wanted, fhir: FhirServer | None
) -> None:
    if wanted.health is None:
        await serve(listener, folders, looked=_tell, fhir=fhir)
        return
    from longwatch.feed.clinic import cannot_store

    health = HealthServer(cannot_store, wanted.host, wanted.health)
    await health.start()
    try:
        await serve(listener, folders, looked=_tell, fhir=fhir)
    finally:
        await health.stop()


def prepare(wanted: Wanted, store: Store) -> tuple[Listener, list[Folder]]:
    """The listener and the folders, not started yet.

    Raises:
        UsageError: with everything that makes no sense.
    """
    folders = []
    for path in wanted.folders:
        if not path.is_dir():
            raise UsageError(Problem("no such folder", str(path), how="make it, then start again"))
        folders.append(Folder(path, store, name=f"folder:{path.name}"))
    listener = Listener(
        store,
        wanted.host,
        wanted.port,
        tls=_tls(wanted),
        senders=[_network(text) for text in wanted.senders],
        name=f"mllp:{wanted.port}",
        shared=wanted.processes > 1,
    )
    return listener, folders


def _fhir(wanted: Wanted, store: ClinicStore) -> FhirServer | None:
    if wanted.fhir is None:
        return None
    from longwatch.feed.fhir_rest import FhirIntake
    from longwatch.feed.fhir_server import FhirServer

    pem = (wanted.certificate, wanted.key, wanted.sender_certificates)
    return FhirServer(FhirIntake(store), wanted.host, wanted.fhir, *pem)


def _tls(wanted: Wanted) -> ssl.SSLContext | None:
    if wanted.certificate is not None and wanted.key is not None:
        return server_context(wanted.certificate, wanted.key, wanted.sender_certificates)
    if wanted.certificate or wanted.key or wanted.sender_certificates:
        raise UsageError(
            Problem("TLS needs a certificate and its key", how="give --certificate and --key")
        )
    return None


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise UsageError(
            Problem(f"{text!r} is no network: {error}", how="write 10.1.2.0/24 or 10.1.2.3")
        ) from None


def _open(database: str | None, zone: str | None, wanted: Wanted) -> ClinicStore:
    from django.conf import settings

    from longwatch.store.setup import configure, migrate

    find_zone(zone)
    configure(database)
    keep_apart(settings.DATABASES["default"]["NAME"], wanted.folders)
    # The models can be imported after that, and not before.
    from longwatch.alerts.clinic import read_clinic
    from longwatch.feed.clinic import ClinicStore
    from longwatch.store.arrivals import Reception

    migrate()
    found = zone_in_force(zone)
    store = ClinicStore(Reception(found), clinic=read_clinic(found), tries=wanted.tries)
    # The first message shall not wait for what is read and compiled once.
    store.warm_up()
    return store


def keep_apart(database: str, folders: tuple[Path, ...]) -> None:
    """Refuses to watch the folder of the database: its file would be moved away as one of many.

    Inputs:
        database: the path of its file; the name of one on a server lies in no folder.
        folders: those to be watched.

    Raises:
        UsageError: the database lies in one of them.
    """
    home = Path(database).resolve().parent
    for path in folders:
        if Path(database).is_absolute() and path.resolve() == home:
            raise UsageError(
                Problem("the clinic's store lies here", str(path), how="watch a folder of its own")
            )


def _tell(look: Look) -> None:
    for problem in look.problems:
        say(f"Problem: {problem}")
