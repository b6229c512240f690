"""Holds an answer (of engine or oracle) against what a case of a pack expects."""

from typing import Any

from longwatch.protocols.cases import Case, Expect

Rows = dict[str, list[dict[str, Any]]]


def unmet(case: Case, answer: Rows, texts: bool) -> list[str]:
    """What the answer has and the case does not expect, in words.

    `texts`: compare texts for people too (the oracle writes none).
    """
    expect: Expect = case.expect
    told = []
    for table, key in (("status", "activity"), ("adherence", "activity")):
        found = {row[key]: row for row in answer[table]}
        for name, row in getattr(expect, table).items():
            told += row_differs(f"{table} of {name}", row, found.get(name), texts)
    for table, key in (("readiness", "activity"), ("prophylaxis", "period")):
        found = {(row["course"], row[key]): row for row in answer[table]}
        for name, row in getattr(expect, table).items():
            told += row_differs(f"{table} of {name}", row, found.get(name), texts)
    for table, wanted in (
        ("findings", lambda row: row["active"]),
        ("findings_all", lambda row: True),
        ("undecided", lambda row: row["undecided"]),
    ):
        for rule, dates in getattr(expect, table).items():
            found = sorted(r["date"] for r in answer["findings"] if r["rule"] == rule and wanted(r))
            if found != sorted(dates):
                told.append(f"{table} of {rule}: expected {list(dates)}, found {found}")
    if expect.names_worklist:
        row = answer["worklist"][0] if answer["worklist"] else None
        told += row_differs("worklist", expect.worklist, row, texts)
    return told


def row_differs(where: str, wanted: Any, found: Any, texts: bool) -> list[str]:
    if wanted is None or found is None:
        return [] if wanted is found is None else [f"{where}: expected {wanted}, found {found}"]
    told = []
    for column, cell in wanted.items():
        if column.endswith("_contains"):
            text = found.get(column.removesuffix("_contains"))
            if texts and (text is None or cell not in text):
                told.append(f"{where}: {cell!r} is not in {text!r}")
        elif column in ("reason", "detail") and not texts:
            continue
        elif (found[column] or None) != (cell or None):
            told.append(f"{where}: {column} expected {cell}, found {found[column]}")
    return told
