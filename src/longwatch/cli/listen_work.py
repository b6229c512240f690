"""The work of `longwatch listen`: from options to a listener and folders that serve."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path

from longwatch.cli.failures import say
from longwatch.core.errors import Problem, UsageError
from longwatch.feed.arrival import Store
from longwatch.feed.folder import Folder, Look
from longwatch.feed.listener import Listener, Network
from longwatch.feed.serving import serve
from longwatch.feed.tls import server_context


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


def receive(wanted: Wanted, database: str | None) -> None:
    """Serves until it is stopped.

    Raises:
        UsageError: when something asked for makes no sense; then nothing was opened.
        OSError: when the port cannot be had.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    listener, folders = prepare(wanted, _open(database))
    asyncio.run(serve(listener, folders, looked=_tell))


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
    )
    return listener, folders


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


def _open(database: str | None) -> Store:
    raise UsageError(
        Problem("this version has no store that files messages", how="use longwatch import")
    )


def _tell(look: Look) -> None:
    for problem in look.problems:
        say(f"Problem: {problem}")
