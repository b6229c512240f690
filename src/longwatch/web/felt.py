"""What people here wrote in their diaries by time since an infusion, for groups only."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from longwatch.core.status import InfusionStatus
from longwatch.store.models import DiaryEntry, Infusion

FEWEST = 10
"""People of whom a group must consist before anything is told of it."""
FEWEST_NAMED = 3
"""Of these, how many must have felt something before their number is told."""
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Span:
    """Weeks since the newest infusion, both ends belong to it; `last` None: and later."""

    first: int
    last: int | None


SPANS = (Span(0, 0), Span(1, 4), Span(5, 12), Span(13, 26), Span(27, 52), Span(53, None))


@dataclass(frozen=True, slots=True)
class Group:
    """Who wrote in a span: how many people, and how many of them of each symptom."""

    span: Span
    people: int
    counts: Sequence[tuple[str, int]]


def felt_here(entries: Sequence[tuple[int, date, Sequence[str]]],
              infusions: Mapping[int, Sequence[date]]) -> list[Group]:  # fmt: skip
    """Groups that are large enough to be told.

    Inputs:
        entries: person, day and symptoms of each entry of the diaries.
        infusions: days of infusions by person, oldest first.
    """
    wrote: dict[Span, set[int]] = defaultdict(set)
    had: dict[Span, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for person, day, codes in entries:
        days = infusions.get(person, ())
        at = bisect_right(days, day)
        if not at:
            continue
        week = (day - days[at - 1]).days // _WEEK
        span = next(one for one in SPANS if one.last is None or week <= one.last)
        wrote[span].add(person)
        for code in codes:
            had[span][code].add(person)
    groups = []
    for span in SPANS:
        if len(wrote[span]) < FEWEST:
            continue
        counts = Counter({code: len(people) for code, people in had[span].items()})
        told = [(code, number) for code, number in counts.most_common() if number >= FEWEST_NAMED]
        groups.append(Group(span, len(wrote[span]), told))
    return groups


def read_felt() -> list[Group]:
    """The groups of this clinic, from the diaries as they stand."""
    rows = DiaryEntry.objects.filter(superseded_by=None, withdrawn=False)
    entries = [
        (patient, day, json.loads(codes))
        for patient, day, codes in rows.values_list("patient_id", "day", "codes")
    ]
    given: dict[int, list[date]] = defaultdict(list)
    days = Infusion.objects.filter(
        patient__in={patient for patient, _, _ in entries}, gone=False, superseded_by=None
    ).exclude(status__in=(InfusionStatus.PLANNED.value, InfusionStatus.NOT_DONE.value))
    for patient, day in days.order_by("date").values_list("patient_id", "date"):
        given[patient].append(day)
    return felt_here(entries, given)
