"""`longwatch listen`: what laboratories send, received without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def listen(
    port: Annotated[int, typer.Option(help="Port for HL7 v2 messages (MLLP).")] = 2575,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Beyond this machine: with TLS or a VPN.")
    ] = "127.0.0.1",
    folder: Annotated[
        list[Path] | None,
        typer.Option("--folder", metavar="FOLDER", help="Watch this folder for files, too."),
    ] = None,
    sender: Annotated[
        list[str] | None,
        typer.Option("--sender", metavar="NETWORK", help="Who may send, as 10.1.2.0/24."),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Our certificate (PEM): turns TLS on.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key (PEM).")] = None,
    sender_certificates: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificates (PEM) of those who may send over TLS."),
    ] = None,
    health: Annotated[
        int | None,
        typer.Option(metavar="PORT", help="Tell on this port whether all is well (HTTP)."),
    ] = None,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log one JSON object a line, for programs.")
    ] = False,
    fhir: Annotated[
        int | None,
        typer.Option(metavar="PORT", help="Take FHIR R4 over HTTP on this port, too."),
    ] = None,
    tries: Annotated[
        int,
        typer.Option(min=1, help="Failures on the same message before it is kept for a person."),
    ] = 3,
    processes: Annotated[
        int,
        typer.Option(min=1, max=64, help="Processes that receive, each on a core (PostgreSQL)."),
    ] = 1,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The clinic's store. Default: LONGWATCH_DATABASE."),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="The clinic's time zone. Default: this machine's."),
    ] = None,
) -> None:
    """Receive what laboratories send, over the network and in folders.

    A message is acknowledged after it is in the store, never before. Stop with Ctrl-C: what has
    begun is finished.
    """
    from longwatch.cli.listen_work import Wanted, receive

    wanted = Wanted(
        host=host,
        port=port,
        folders=tuple(folder or ()),
        senders=tuple(sender or ()),
        certificate=certificate,
        key=key,
        sender_certificates=sender_certificates,
        health=health,
        log_json=log_json,
        fhir=fhir,
        tries=tries,
        processes=processes,
    )
    receive(wanted, database, zone)
