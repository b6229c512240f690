"""`longwatch demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json, Quiet


def demo(
    into: Annotated[
        Path,
        typer.Option("--into", metavar="RECORD", help="Where the sample clinic's Record goes."),
    ] = Path("demo-clinic"),
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The main job on a shipped sample clinic: import, watch, the morning's worklist with reasons.

    Everybody in it is invented. Some of what its laboratories send is wrong on purpose.
    """
    from longwatch.cli.demo_work import run_demo

    run_demo(into, as_json=json, quiet=quiet)
