"""Missing in, never reassuring out (invariant 3): every single cell of a Record is blanked once.

Exceptions, each with its reason:

- `status` of results and infusions, `drug`: a blank has a documented default.
- `comparator`, `value_high`: a blank says that the value is exact.
- `received`: a blank says that it was known on its date.
- `birth_date`: without it nobody can see that an infusion was before birth.
- a row that takes away what others say (cancelled, corrected): it has to be there to do so.
"""

import pytest
from tests.watch.outcomes import US, answers, existing, joined, only, patients_of, renamed, sample

from longwatch.core.status import REASSURING, Status
from longwatch.core.tables import RECORD

DEFAULTS = {
    ("results", "status"),
    ("infusions", "status"),
    ("infusions", "drug"),
    ("results", "comparator"),
    ("results", "value_high"),
    ("results", "received"),
    ("patients", "birth_date"),
}


def worse(old: str, new: str) -> bool:
    """The new status lets somebody relax whom the old one did not."""
    if new in REASSURING:
        return old not in REASSURING
    return old == Status.OVERDUE and new == Status.DUE


def takes_away(name: str, row: dict) -> bool:
    return name == "results" and row["status"] in ("cancelled", "corrected")


def blanked(rows):
    """Every Record with one cell fewer, with the name of the cell."""
    for name, table in rows.items():
        for place, row in enumerate(table):
            for column in RECORD[name].names:
                if column == "patient" or row.get(column) is None:
                    continue
                if (name, column) in DEFAULTS or takes_away(name, row):
                    continue
                changed = list(table)
                changed[place] = {**row, column: None}
                yield f"{name} {place} {column} of {row}", {**rows, name: changed}


@pytest.mark.parametrize("seed", range(4))
def test_blanking_any_cell_never_reassures(seed):
    pack, rows, as_of = sample(US, 200 + seed, 6)
    rows = existing(rows, as_of)
    for patient in patients_of(rows):
        mine = only(rows, patient)
        mine["results"] = mine["results"][:60]
        variants = list(blanked(mine))
        many = joined([renamed(each, f"v{n:05d}") for n, (_, each) in enumerate(variants)])
        before = {r["activity"]: r["status"] for r in answers(pack, mine, as_of)["status"]}
        told = []
        for row in answers(pack, many, as_of)["status"]:
            if worse(before[row["activity"]], row["status"]):
                what = variants[int(row["patient"][1:])][0]
                told.append(
                    f"{row['activity']}: {before[row['activity']]} → {row['status']}: {what}"
                )
        assert not told, "\n".join(told)
