"""Planned courses that are blocked, in time for somebody to mend it (docs/semantics.md, 5).

Readiness is asked one person at a time, in plain Python; only people with a planned course near
enough are asked, and of most Records that is a handful.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from longwatch.core.status import TIERS
from longwatch.protocols.model import Pack
from longwatch.watch.compiling import Compiled
from longwatch.watch.facts import PLANNED, Facts
from longwatch.watch.readiness import BLOCKED, COURSE, readiness
from longwatch.watch.view import View, date_of


@dataclass(frozen=True)
class Ahead:
    """A planned course of one patient of a batch that cannot begin as things stand.

    Inputs:
        tier: place in `core.status.TIERS`.
        since: the day on which the worklist began to look at it.
        detail: what blocks it.
    """

    patient: int
    course: int
    day: int
    tier: int
    since: int
    detail: str

    @property
    def words(self) -> str:
        """The course, its day and what blocks it, in a line."""
        return f"Course {self.course} planned for {date_of(self.day)} is blocked: {self.detail}"


def courses_ahead(compiled: Compiled, facts: Facts) -> list[Ahead]:
    """Every blocked course of a batch that is near, or whose day has passed without an infusion.

    Returns nothing when the pack does not say from when on (`course_ahead`).
    """
    pack = compiled.pack
    if pack.course_ahead is None:
        return []
    horizon = pack.course_ahead.steps[0].days_before
    asked = _with_plans(facts, facts.as_of + horizon)
    if not len(asked):
        return []
    view = View(compiled, _of_these(facts, asked))
    found = []
    for spot, patient in enumerate(asked.tolist()):
        view.open(spot)
        begun = {one.number for one in view.courses() if one.given_from is not None}
        for check in readiness(view):
            if check.activity != COURSE or check.state != BLOCKED or check.course in begun:
                continue
            tier = tier_ahead(pack, check.day - facts.as_of)
            if tier is not None:
                found.append(
                    Ahead(patient, check.course, check.day, tier, check.day - horizon, check.detail)
                )
    return found


def tier_ahead(pack: Pack, days_left: int) -> int | None:
    """How urgent a blocked course is so many days before it; None: not yet on the worklist."""
    steps = pack.course_ahead.steps if pack.course_ahead is not None else ()
    reached = [step.tier for step in steps if days_left <= step.days_before]
    return TIERS.index(reached[-1]) if reached else None


def _with_plans(facts: Facts, until: int) -> np.ndarray:
    """Patients of the batch with a planned infusion up to a day."""
    infusions = facts.infusions
    if not len(infusions.begin):
        return np.zeros(0, np.int64)
    # The infusions of everybody lie here, whoever is in the batch: only their part is looked at.
    low, high = infusions.begin.min(), infusions.end.max()
    planned = (infusions.status[low:high] == PLANNED) & (infusions.day[low:high] <= until)
    if not planned.any():
        return np.zeros(0, np.int64)
    before = np.append(0, np.cumsum(planned))
    return np.flatnonzero(before[infusions.end - low] > before[infusions.begin - low])


def _of_these(facts: Facts, patients: np.ndarray) -> Facts:
    """The facts of some patients of a batch alone, copied."""
    rows, row_at = _spans(facts.rows.at[patients], facts.rows.at[patients + 1])
    given, given_at = _spans(facts.infusions.begin[patients], facts.infusions.end[patients])
    events, event_at = _spans(facts.events.begin[patients], facts.events.end[patients])
    return facts._replace(
        rows=type(facts.rows)(row_at, *(column[rows] for column in facts.rows[1:])),
        infusions=type(facts.infusions)(
            given_at[:-1], given_at[1:], *(column[given] for column in facts.infusions[2:])
        ),
        events=facts.events._replace(
            begin=event_at[:-1],
            end=event_at[1:],
            day=facts.events.day[events],
            ends=facts.events.ends[events],
            pair=facts.events.pair[events],
        ),
        persons=type(facts.persons)(*(column[patients] for column in facts.persons)),
    )


def _spans(begin: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every row of some spans, and where each span's rows then lie."""
    lengths = end - begin
    at = np.append(0, np.cumsum(lengths))
    return np.arange(at[-1]) + np.repeat(begin - at[:-1], lengths), at
