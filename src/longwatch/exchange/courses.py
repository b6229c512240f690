"""Which course and day an infusion belongs to, where the source does not count them."""

from __future__ import annotations

from datetime import date

from longwatch.core.dates import add_months
from longwatch.exchange.fhir.codes import new_course_after_months
from longwatch.exchange.shelf import Row

INFERRED = "inferred"
"""Column of `infusions`: `yes` where course or day were counted here and not sent."""


def count_courses(rows: list[Row]) -> bool:
    """Numbers courses and days of one patient by the run of dates; sent numbers stay.

    A gap of more than `new_course_after_months` (`fhir/codes.yaml`) begins a new course. Counted
    anew whenever infusions arrive, so that the order of arrival does not matter.

    Inputs:
        rows: all infusions of the patient, changed in place.

    Returns:
        Whether anything changed.

    >>> days = date(2025, 3, 3), date(2026, 3, 9)
    >>> rows = [{"date": day, "inferred": "yes"} for day in days]
    >>> count_courses(rows), [(row["course"], row["day"]) for row in rows]
    (True, [(1, 1), (2, 1)])
    """
    if not any(row.get(INFERRED) for row in rows):
        return False
    changed = False
    course = 0
    for group in _groups([row for row in rows if row.get("status") != "not-done"]):
        sent = [row["course"] for row in group if not row.get(INFERRED) and row.get("course")]
        course = sent[0] if sent else course + 1
        days = {day: place for place, day in enumerate(sorted({row["date"] for row in group}), 1)}
        for row in group:
            if row.get(INFERRED):
                counted = (course, days[row["date"]])
                changed |= (row.get("course"), row.get("day")) != counted
                row["course"], row["day"] = counted
    for row in rows:
        # What was not done takes the number of the course nearest to it, and no day of its own.
        if row.get(INFERRED) and row.get("status") == "not-done":
            near = [r for r in rows if r.get("status") != "not-done" and r.get("course")]
            if near and row.get("course") is None:
                closest = min(near, key=lambda r: (abs((r["date"] - row["date"]).days), r["date"]))
                row["course"] = closest["course"]
                changed = True
    return changed


def _groups(rows: list[Row]) -> list[list[Row]]:
    groups: list[list[Row]] = []
    last: date | None = None
    for row in sorted(rows, key=lambda row: row["date"]):
        if last is None or row["date"] > add_months(last, new_course_after_months()):
            groups.append([])
        groups[-1].append(row)
        last = row["date"]
    return groups
