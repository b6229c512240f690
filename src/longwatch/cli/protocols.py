"""`longwatch protocol list|show|check|diff|schema`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json

Pack = Annotated[
    str,
    typer.Argument(
        metavar="ID|FOLDER", help="A shipped protocol, or a folder.", show_default=False
    ),
]


def list_packs(json: Json = False) -> None:
    """The protocols that come with Longwatch."""
    from longwatch.cli.output import print_grid, print_json
    from longwatch.protocols.load import load_protocol, packs

    loaded = [load_protocol(name) for name in packs()]
    if json:
        keys = ("id", "version", "title", "drug", "jurisdiction", "valid_from", "follows", "state")
        print_json([{key: getattr(pack, key) for key in (*keys, "extends")} for pack in loaded])
        return
    head = ("id", "version", "title", "state", "tests", "rules", "extends")
    print_grid(
        head,
        [
            (
                pack.id,
                pack.version,
                pack.title,
                pack.state,
                len(pack.recurring),
                len(pack.rules) + len(pack.red_flags),
                pack.extends,
            )
            for pack in loaded
        ],
    )


def show(
    pack: Pack,
    item: Annotated[
        str | None,
        typer.Argument(metavar="[RULE|ACTIVITY]", help="One item by its id.", show_default=False),
    ] = None,
    json: Json = False,
) -> None:
    """A protocol in words, each sentence with its source."""
    from longwatch.cli.output import print_json
    from longwatch.cli.protocol_words import find_item, print_item, print_pack
    from longwatch.cli.reading import open_protocol

    loaded = open_protocol(pack)
    if item is None:
        if json:
            print_json(loaded.model_dump(mode="json"))
        else:
            print_pack(loaded)
        return
    section, found = find_item(loaded, item)
    if json:
        print_json({"section": section, **found.model_dump(mode="json")})
    else:
        print_item(found, loaded)


def check(
    packs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID|FOLDER]…", help="Default: every shipped one.", show_default=False
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Whether a protocol can be used: every mistake with file, line and how to mend it."""
    from dataclasses import asdict

    from longwatch.cli.failures import say
    from longwatch.cli.output import print_json, print_line
    from longwatch.cli.reading import refuse_unknown_protocol
    from longwatch.protocols.check import check as check_one
    from longwatch.protocols.load import packs as shipped

    for name in packs or ():
        refuse_unknown_protocol(name)
    found = {name: check_one(name) for name in packs or shipped()}
    if json:
        print_json({name: [asdict(problem) for problem in some] for name, some in found.items()})
    else:
        for name, problems in found.items():
            count = len(problems)
            print_line(f"{name}: {'sound' if not count else _problems(count)}")
            for problem in problems:
                say(f"  {problem}")
    if any(found.values()):
        raise typer.Exit(1)


def _problems(count: int) -> str:
    return "1 problem" if count == 1 else f"{count} problems"


def diff(old: Pack, new: Pack, json: Json = False) -> None:
    """What differs between two protocols, item by item."""
    from dataclasses import asdict

    from longwatch.cli.output import print_json, print_line, wrapped
    from longwatch.cli.reading import open_protocol
    from longwatch.protocols.diff import diff as compare

    changes = compare(open_protocol(old), open_protocol(new))
    if json:
        print_json([asdict(change) for change in changes])
        return
    for change in changes:
        print_line(wrapped(str(change), 4, ""))
    print_line(f"{len(changes)} differences" if changes else "No differences.")


def schema(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write it here.", show_default=False),
    ] = None,
) -> None:
    """The JSON Schema of protocol files, for editors."""
    from longwatch.protocols.schema import schema_json

    if out is None:
        typer.echo(schema_json(), nl=False)
        return
    from longwatch.cli.files import write_text

    write_text(out, schema_json())
