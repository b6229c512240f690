"""The work of `longwatch doctor`: findings as lines or JSON, and whether all is well."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.failures import DONE, HELD_BACK
from longwatch.cli.listen_work import find_zone
from longwatch.cli.output import print_json, print_line
from longwatch.core.errors import UsageError

if TYPE_CHECKING:
    from longwatch.store.examination import Finding


def examine(database: str | None, zone: str | None, backups: Path | None, json: bool) -> int:
    """Looks at everything and prints it.

    Returns:
        The exit status: 1 when there is an error among the findings.
    """
    found = _findings(database, zone, backups)
    if json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            print_line(f"{one.level.value:8}{one.id}: {one.what}")
            if one.hint:
                print_line(f"        Mend: {one.hint}")
    return HELD_BACK if any(one.level == "error" for one in found) else DONE


def _findings(database: str | None, zone: str | None, backups: Path | None) -> list[Finding]:
    from longwatch.store.setup import configure, pending

    configure(database)
    # The models can be imported after that, and not before.
    from longwatch.store.examination import Finding, Level, examine_store

    now = datetime.now(UTC)
    found = []
    try:
        name = str(find_zone(zone))
        found.append(Finding("doctor.zone", Level.OK, f"the clinic's day is that of {name}"))
    except UsageError as error:
        problem = error.problems[0]
        found.append(Finding("doctor.zone", Level.ERROR, problem.what, problem.how))
    try:
        missing = pending()
    except UsageError as error:
        problem = error.problems[0]
        what = f"{problem.where}: {problem.what}"
        return [*found, Finding("doctor.database", Level.ERROR, what, problem.how)]
    if missing:
        what = f"{len(missing)} migrations are missing, the first is {missing[0]}"
        hint = "longwatch backup, then longwatch migrate"
        return [*found, Finding("doctor.migrations", Level.ERROR, what, hint)]
    found.append(Finding("doctor.migrations", Level.OK, "the tables are of this version"))
    return [*found, *examine_store(now, backups)]
