"""How people may be reached, from a CSV file that a clinic can make of its address book."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from longwatch.core.errors import Problem, UsageError
from longwatch.reminders.reach import change_reach
from longwatch.store.models import Patient

COLUMNS = (
    "patient", "email", "phone", "address", "language", "greeting", "channels", "opted_out",
    "quiet_from", "quiet_until", "zone",
)  # fmt: skip
"""Of the file; only `patient` has to be there. Channels stand in order, with blanks between."""

_LISTS = ("channels", "opted_out")


def read_people(path: Path, *, actor: str, at: datetime) -> tuple[int, list[Problem]]:
    """Reads the file; a column that is there counts, also where its cell is empty.

    Returns:
        How many rows were taken over, and what is wrong with the others, by line.

    Raises:
        UsageError: a column that does not exist, or no column `patient`.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        names = rows.fieldnames or []
        strange = [name for name in names if name not in COLUMNS]
        if strange or "patient" not in names:
            what = f"no column is called {strange[0]!r}" if strange else "no column 'patient'"
            raise UsageError(Problem(what, str(path), how=f"columns: {', '.join(COLUMNS)}"))
        taken, problems = 0, []
        for row in rows:
            where = f"{path}:{rows.line_num}"
            patient = Patient.objects.filter(reference=row.pop("patient")).first()
            if patient is None:
                problems.append(Problem("nobody here has this number", where, how="correct it"))
                continue
            values = {
                name: cell.split() if name in _LISTS else cell.strip()
                for name, cell in row.items()
                # An empty list of ways means: as everybody; an empty language: the first.
                if cell or name not in ("channels", "language")
            }
            try:
                change_reach(patient, values, actor=actor, at=at)
            except UsageError as error:
                problems += [Problem(one.what, where, how=one.how) for one in error.problems]
            else:
                taken += 1
    return taken, problems
