"""What `longwatch demo` does: import the sample clinic, watch it, and say what can be tried."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.import_report import account
from longwatch.cli.import_work import import_into
from longwatch.cli.options import DEFAULT_PROTOCOL
from longwatch.cli.output import hint, print_json, print_line, rows_of
from longwatch.cli.progress import waiting
from longwatch.sample import AS_OF, sample_files

if TYPE_CHECKING:
    from longwatch.cli.together import Together
    from longwatch.exchange import ImportReport

_HOUR_OF_IMPORT = timedelta(hours=7)


def run_demo(into: Path, *, as_json: bool = False, quiet: bool = False) -> None:
    """Imports, watches, prints."""
    started = time.perf_counter()
    into = _place(into)
    quiet = quiet or as_json
    hint("Sample clinic: 150 invented people, one hospital, two laboratories.", quiet)
    report = import_into(
        sample_files(),
        into,
        received=datetime.combine(AS_OF, datetime.min.time()) + _HOUR_OF_IMPORT,
        quiet=quiet,
    )
    from longwatch.cli.together import watch_together

    with waiting("Watching …", quiet=quiet):
        together = watch_together(report.record, AS_OF)
        together.worklist  # noqa: B018 (made here, while the sign turns)
    if as_json:
        print_json({"record": str(into), "as_of": AS_OF, "worklist": rows_of(together.worklist)})
        return
    _print(report, together, into)
    hint(f"({time.perf_counter() - started:.1f} s)", quiet)


def _place(into: Path) -> Path:
    """The folder asked for, or a temporary one where nothing can be written."""
    parent = into if into.is_dir() else into.absolute().parent
    if os.access(parent, os.W_OK):
        return into
    return Path(tempfile.mkdtemp(prefix="longwatch-")) / into.name


def _print(report: ImportReport, together: Together, into: Path) -> None:
    from longwatch.cli.morning import morning
    from longwatch.cli.worklist_view import print_worklist

    for line in account(report):
        print_line(line)
    print_line()
    today = morning(together)
    print_worklist(today, together.packs, windows=False)
    first = today.lines[0].patient
    day = f"--as-of {AS_OF}"
    command = "./run" if os.environ.get("LONGWATCH_RUN") else "longwatch"
    print_line()
    print_line(f"The Record lies in {into}. Try next:")
    print_line(f"  {command} explain {into} {first} {day}     why, down to results and sources")
    print_line(f"  {command} watch {into} {day} --patient {first}")
    print_line(f"  {command} held {into}                      what waits for a person")
    print_line(f"  {command} protocol show {DEFAULT_PROTOCOL} PLT-1     a rule with its source")
    sys.stdout.flush()
