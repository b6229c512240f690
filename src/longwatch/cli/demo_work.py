"""What `longwatch demo` does: import the sample clinic, watch it, and say what can be tried."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.demo_mark import is_imported, mark_imported
from longwatch.cli.import_report import account
from longwatch.cli.import_work import import_into
from longwatch.cli.options import DEFAULT_PROTOCOL
from longwatch.cli.output import command, hint, print_json, print_line, rows_of
from longwatch.cli.progress import waiting
from longwatch.core.record import Record
from longwatch.sample import AS_OF, sample_files

if TYPE_CHECKING:
    from longwatch.cli.together import Together

_HOUR_OF_IMPORT = timedelta(hours=7)


def run_demo(into: Path, *, as_json: bool = False, quiet: bool = False) -> None:
    """Imports, watches, prints."""
    started = time.perf_counter()
    place = _place(into)
    silent = quiet or as_json
    hint("The sample clinic Northside: one hospital, two laboratories, invented people.", silent)
    record, lines = _imported(place, quiet=silent)
    from longwatch.cli.together import watch_together

    with waiting("Watching …", quiet=silent):
        together = watch_together(record, AS_OF)
        worklist = together.worklist
    if as_json:
        print_json({"record": str(place), "as_of": AS_OF, "worklist": rows_of(worklist)})
        return
    for line in lines:
        print_line(line)
    _print(together, place)
    hint(f"\nDone in {time.perf_counter() - started:.1f} seconds.", silent)
    _offer_pages(quiet=silent)


def _offer_pages(*, quiet: bool) -> None:
    """The same clinic as pages; asked only where somebody sits who can answer."""
    if quiet:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        hint(f"The same as pages for a browser: {command('serve', '--demo')}", False)
        return
    import typer

    if typer.confirm("Open the same clinic as pages in a browser?", default=True):
        from longwatch.cli.serve_work import Wanted, run

        run(Wanted("127.0.0.1", 8000, None, None, Path("demo-clinic.db"), browser=True))


def _place(into: Path) -> Path:
    """The folder asked for, or a temporary one where nothing can be written."""
    parent = into if into.is_dir() else into.absolute().parent
    if not parent.is_dir() or os.access(parent, os.W_OK):
        return into
    return Path(tempfile.mkdtemp(prefix="longwatch-")) / into.name


def _imported(into: Path, *, quiet: bool) -> tuple[Record, list[str]]:
    """The Record of the sample clinic, and what is to be said of its import."""
    files = sample_files()
    if is_imported(into, files):
        waiting_for = "its files are unchanged, and twice is the same as once"
        return Record.read(into), [f"Imported before into {into}; {waiting_for}."]
    received = datetime.combine(AS_OF, datetime.min.time()) + _HOUR_OF_IMPORT
    report = import_into(files, into, received=received, quiet=quiet)
    mark_imported(into, files)
    return report.record, account(report)


def sample_record(into: Path) -> Record:
    """The sample clinic as a Record, imported into a folder without a word."""
    record, _ = _imported(into, quiet=True)
    return record


def _print(together: Together, into: Path) -> None:
    from longwatch.cli.besides import print_besides
    from longwatch.cli.morning import morning
    from longwatch.cli.worklist_view import print_worklist

    print_line()
    today = morning(together)
    print_worklist(today, together.packs, windows=False)
    print_besides(together, into)
    first = today.lines[0].patient
    day = ("--as-of", AS_OF)
    tries = (
        (command("serve", "--demo"), "the same as pages for a browser, for nurse and patient"),
        (command("explain", into, first, *day), "why, down to results and sources"),
        (command("held", into), "what waits for a person, and the remedy"),
        (command("plan", into, "--patient", first, *day), "the dated plan of one person"),
        (command("protocol", "show", DEFAULT_PROTOCOL, "PLT-1"), "a rule with its source"),
    )
    width = max(len(words) for words, _ in tries)
    print_line()
    print_line(f"The Record lies in {into}. Try next:")
    for words, does in tries:
        print_line(f"  {words:<{width}}  {does}")
