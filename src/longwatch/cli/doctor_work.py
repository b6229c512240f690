"""The work of `longwatch doctor`: findings as lines or JSON, and whether all is well."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.clinic_store import zone_in_force
from longwatch.cli.failures import DONE, HELD_BACK
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
    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.feeds import examine_feeds
    from longwatch.store.examination import Finding, Level, examine_store

    try:
        missing = pending()
    except UsageError as error:
        problem = error.problems[0]
        what = f"{problem.where}: {problem.what}"
        return [Finding("doctor.database", Level.ERROR, what, problem.how)]
    if missing:
        what = f"{len(missing)} migrations are missing, the first is {missing[0]}"
        hint = "longwatch backup, then longwatch migrate"
        return [Finding("doctor.migrations", Level.ERROR, what, hint)]
    found = [Finding("doctor.migrations", Level.OK, "the tables are of this version")]
    try:
        # That of the clinic, where it is set: the machine may stand elsewhere.
        in_force: tzinfo = zone_in_force(zone)
    except UsageError as error:
        problem = error.problems[0]
        found.append(Finding("doctor.zone", Level.ERROR, problem.what, problem.how))
        in_force = UTC
    else:
        found.append(Finding("doctor.zone", Level.OK, f"the clinic's day is that of {in_force}"))
    now = datetime.now(UTC)
    found += examine_store(now, backups)
    try:
        found += examine_feeds(now, read_clinic(in_force))
    except UsageError as error:
        problem = error.problems[0]
        found.append(Finding("doctor.settings", Level.ERROR, problem.what, problem.how))
    return found
