"""A course planned by hand: its infusions stand on file as planned, so that readiness is asked.

Where a hospital's system sends its plans, they stand there already and nobody plans here.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils.timezone import localdate

from longwatch.core.errors import Problem, UsageError
from longwatch.exchange.filing_dated import INFUSION_EXTRAS
from longwatch.exchange.shelf import Row
from longwatch.protocols.model import Course, Pack
from longwatch.store.by_hand import MARK, MAY, Doing, follow, note
from longwatch.store.models import Patient
from longwatch.store.roles import acting, needs_reason
from longwatch.store.shelves import StoredShelf

_SOURCE = f"{MARK}as planned"
_MILLIGRAM = "mg"


def plan_course(person: Patient, pack: Pack, first: date, doing: Doing) -> int:
    """Plans the next course from a day on; one that was planned here before moves.

    Returns:
        The number of the course.

    Raises:
        UsageError: a day that is over, a course that a hospital's system has planned, or one that
            the protocol does not know; nothing was changed then.
    """
    if first < localdate(doing["at"], doing["reception"].zone):
        raise UsageError(Problem("the first day is over", how="give today or a later day"))
    with transaction.atomic():
        acting(doing["by"], MAY, doing["at"])
        shelf = _shelf(person)
        rows = shelf.rows(person.reference)
        others = [row for row in rows if not _is_ours(row)]
        number = _next(others)
        rows[:] = others
        for day, milligrams in _doses(_course(pack, number)):
            shelf.add(
                person.reference,
                {
                    "patient": person.reference,
                    "date": first + timedelta(days=day - 1),
                    "course": number,
                    "day": day,
                    "dose_mg": milligrams,
                    "drug": pack.drug,
                    "started": None,
                    "ended": None,
                    "status": "planned",
                    "source": _SOURCE,
                },
            )
        shelf.write(doing["at"], None)
        note(person, "planned a course by hand", {"course": number, "first": str(first)}, doing)
        follow(person, {}, doing)
    return number


def unplan_course(person: Patient, reason: str, doing: Doing) -> None:
    """What was planned here is planned no more.

    Raises:
        UsageError: nothing was, or no reason was given.
    """
    why = needs_reason(reason)
    with transaction.atomic():
        acting(doing["by"], MAY, doing["at"])
        shelf = _shelf(person)
        rows = shelf.rows(person.reference)
        kept = [row for row in rows if not _is_ours(row)]
        if len(kept) == len(rows):
            how = "what a hospital's system has planned is changed there"
            raise UsageError(Problem("no course was planned here", how=how))
        rows[:] = kept
        shelf.changed = True
        shelf.write(doing["at"], None)
        note(person, "took back a course planned by hand", {"reason": why}, doing)
        follow(person, {}, doing)


def planned_here(person: Patient) -> list[Row]:
    """The infusions that were planned by hand, the first day first."""
    rows = _shelf(person).rows(person.reference)
    return sorted((row for row in rows if _is_ours(row)), key=lambda row: row["date"])


def _shelf(person: Patient) -> StoredShelf:
    return StoredShelf("infusions", INFUSION_EXTRAS, {person.reference: person.pk})


def _is_ours(row: Row) -> bool:
    return row["status"] == "planned" and row.get("source") == _SOURCE


def _next(rows: list[Row]) -> int:
    if any(row["status"] == "planned" for row in rows):
        how = "what a hospital's system has planned is changed there"
        raise UsageError(Problem("a course is planned already", how=how))
    return max((row["course"] or 0 for row in rows if row["status"] != "not-done"), default=0) + 1


def _course(pack: Pack, number: int) -> Course:
    named = {part.course: part for part in pack.courses}
    course = named.get(number) or named.get("further")
    if course is None:
        what = f"the protocol {pack.id} knows no course {number}"
        raise UsageError(Problem(what, how="a neurologist decides; the protocol is the clinic's"))
    return course


def _doses(course: Course) -> list[tuple[int, float]]:
    """Day of the course and milligrams of each infusion."""
    found = []
    for step in course.steps:
        if step.dose.unit != _MILLIGRAM:
            what = f"the doses of {course.id} are not in mg"
            raise UsageError(Problem(what, how="plan it in the hospital's system"))
        found += [(day, float(step.dose.value)) for day in step.days]
    return found
