"""One chunk of a cohort: from the numbers of its people to the tables of a Record."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.tissue import Drawn
from longwatch.trials.cohort_cells import cells_at_visits
from longwatch.trials.cohort_engine import LANES, Care, Frozen, Numbers
from longwatch.trials.cohort_events import Plans, events_of
from longwatch.trials.cohort_harm import Harm
from longwatch.trials.cohort_kernels import kernels
from longwatch.trials.cohort_life import Life, live
from longwatch.trials.cohort_look import SHOWN, Seen, look
from longwatch.trials.cohort_people import Met, course_days, meet, possible_courses
from longwatch.trials.cohort_plan import MONTHS_A_YEAR, Asked
from longwatch.trials.cohort_tables import (
    events_table,
    identifiers,
    infusions_table,
    patients_table,
    results_table,
    steps,
)
from longwatch.trials.cohort_visits import (
    NEVER,
    Calendar,
    asked_at,
    calendar,
    first_monday,
    highest_so_far,
    item_months,
    months_later,
)
from longwatch.trials.truth import truth_table

Bools = NDArray[np.bool_]
Groups = list[tuple[Bools, tuple[str, ...]]]
EDSS = "edss"
LONGER = 2
"""Months that cells are simulated beyond the last item: it may come late."""


class Setting(NamedTuple):
    """What every chunk of a cohort is made from; days are day numbers."""

    asked: Asked
    care: Care
    seed: int
    values: dict[str, float]
    numbers: Numbers
    trial: str
    months: int
    start: int
    weeks: int
    until: int


def chunk_tables(setting: Setting, start: int, count: int) -> dict[str, pa.Table]:
    """The tables of `count` people from number `start` on.

    All `LANES` are computed, whatever the count, so that nobody's bits depend on it.
    """
    patients = np.arange(start, start + LANES, dtype=np.uint32)
    met = _meet(setting, patients)
    possible = possible_courses(setting.asked, setting.months)
    courses = course_days(setting.asked, possible, np.asarray(met.wanted), np.asarray(met.leaves))
    doses = np.array([int(course.doses) for course in possible])
    first = first_monday(setting.start, setting.weeks, np.asarray(met.first))
    leaves = np.asarray(met.leaves)
    last = np.minimum(months_later(first, setting.months), setting.until)
    gone = first + np.floor(np.minimum(leaves, NEVER)).astype(np.int64)
    last = np.minimum(last, gone)
    days = calendar(
        setting.asked,
        first,
        courses,
        doses,
        np.asarray(met.before),
        np.asarray(met.attendance.done),
        np.asarray(met.attendance.offset),
        last,
    )
    female = np.asarray(met.people.female) > 0.5
    urine = np.asarray(met.attendance.urine)
    groups = _drawn(setting.asked, days, urine, female, round(setting.values[_EDSS_MONTHS]))
    life, seen, failed = _simulate(setting, patients, met, courses, doses, days, groups)
    groups, released = _waiting(setting.asked, days, np.asarray(seen.reported), groups)
    kept = _kept(count, first, last, days, groups, released, failed)
    people = _first_lanes((met, life, seen), count)
    return _tables(setting, start, kept, people, female[:count], leaves[:count])


_EDSS_MONTHS = "adherence.edss_months"


def _meet(setting: Setting, patients: NDArray[np.uint32]) -> Met:
    met: Met = meet(
        setting.numbers.values,
        jnp.uint32(setting.seed),
        jnp.asarray(patients),
        setting.care,
        names=setting.numbers.names,
        asked=Frozen(setting.asked),
        slots=setting.months // setting.asked.every,
        years=-(-setting.months // MONTHS_A_YEAR),
        trial=setting.trial,
    )
    return met


def _simulate(
    setting: Setting,
    patients: NDArray[np.uint32],
    met: Met,
    courses: NDArray[np.float64],
    doses: NDArray[np.int64],
    days: Calendar,
    groups: Groups,
) -> tuple[Life, Seen, Bools]:
    """What happens to everybody, what their visits show, and whose numbers are not finite."""
    common: dict[str, Any] = {"names": setting.numbers.names, "trial": setting.trial}
    begins = (setting.numbers.values, jnp.uint32(setting.seed), jnp.asarray(patients), met.people)
    starts = jnp.asarray(courses, jnp.float32)
    life = live(*begins, starts, jnp.asarray(doses), setting.care, months=setting.months, **common)
    since = (days.day - days.first).astype(np.float32)
    counts = cells_at_visits(
        setting.values,
        setting.seed,
        patients,
        possible_courses(setting.asked, setting.months),
        np.isfinite(courses),
        setting.months + LONGER,
        since,
    )
    onsets = np.asarray(life.onsets.day)[: len(SHOWN)]
    ill = np.flatnonzero((onsets <= since[-1] + NEAR_END).any(axis=0))
    by_test = {test: mask for mask, tests in groups for test in tests}
    blood = days.attended
    seen = look(
        *begins,
        life.onsets,
        ill,
        starts,
        jnp.asarray(since),
        Drawn(
            *(jnp.asarray(by_test.get(test, blood)) for test in ("platelets", "tsh", "urine_rbc"))
        ),
        jnp.asarray(counts.at_visits),
        life.relapses,
        jnp.asarray(_examined(setting, days, by_test[EDSS])),
        asked=Frozen(setting.asked),
        **common,
    )
    return life, seen, counts.failed | ~seen.finite


_SHOWING = ("platelets", "tsh", "urine_rbc")
"""The tests of `Drawn`: who has one has the others of its kind."""
NEAR_END = 400.0
"""Days after the last visit: an onset that late changes no value any more."""


def examinations(setting: Setting) -> int:
    """How many with an EDSS there are: one before the first course, then at fixed intervals."""
    slots = setting.months // setting.asked.every
    return slots * setting.asked.every // round(setting.values[_EDSS_MONTHS]) + 1


def _examined(setting: Setting, days: Calendar, mask: Bools) -> NDArray[np.float32]:
    """The day of each examination with an EDSS, f32[V, n], ascending; if left out, near it."""
    every = round(setting.values[_EDSS_MONTHS])
    slot = item_months(days, setting.asked.every) // every
    since = (days.day - days.first).astype(np.float32)
    usual = np.arange(examinations(setting))[:, None] * (every * DAYS_A_MONTH)
    found = np.broadcast_to(usual, (len(usual), since.shape[1])).astype(np.float32)
    row, person = np.nonzero(mask)
    found[slot[row], person] = since[row, person]
    return highest_so_far(found)


def _drawn(asked: Asked, days: Calendar, urine: Bools, female: Bools, edss: int) -> Groups:
    """At which visits tests are drawn, all but those that wait for a value."""
    everywhere = days.attended.copy()
    everywhere[0] = False
    with_urine = everywhere.copy()
    with_urine[1:] &= urine | days.baseline[1:]
    kinds: dict[tuple[tuple[int, ...], bool, bool], list[str]] = {}
    for test in asked.tests:
        if test not in {part.test for part in asked.waiting}:
            before = test in asked.baseline
            key = (asked.intervals.get(test, ()), test.startswith("urine"), before)
            kinds.setdefault(key, []).append(test)
    found: Groups = []
    for (intervals, is_urine, before), tests in kinds.items():
        mask = np.zeros_like(everywhere)
        for interval in intervals:
            if interval == asked.every:
                mask |= with_urine if is_urine else everywhere
            else:
                mask |= asked_at(days, asked.every, interval)
        found.append((mask | days.baseline if before else mask, tuple(tests)))
    opening = days.baseline.copy()
    opening[1:] = False
    for test, told in asked.told.items():
        concerned = female | ("male" in told.sexes or not told.sexes)
        found.append(((days.baseline if told.again else opening) & concerned, (test,)))
    found.append((asked_at(days, asked.every, edss) | opening, (EDSS,)))
    return found


def _waiting(
    asked: Asked, days: Calendar, reported: NDArray[np.int16], groups: Groups
) -> tuple[Groups, NDArray[np.int64]]:
    """The tests that wait for a value; and when it let each course go, -1 for not yet."""
    released = np.full(days.starts.shape, -1)
    found = list(groups)
    for waiting in asked.waiting:
        high = reported[asked.tests.index(waiting.test)] >= round(
            waiting.at_least * steps(waiting.test)
        )
        drawn = np.zeros_like(days.attended)
        released = np.full(days.starts.shape, -1)
        kernels().waits(
            days.day,
            days.attended,
            high,
            days.starts,
            months_later(days.starts, waiting.first_month) - waiting.early,
            days.starts + days.doses[:, None] - 1,
            drawn,
            released,
        )
        found.append((drawn, (waiting.test,)))
    return found, released


class _Kept(NamedTuple):
    """The lanes of a chunk that are written."""

    last: NDArray[np.int64]
    days: Calendar
    groups: Groups
    released: NDArray[np.int64]
    failed: Bools


def _kept(
    count: int,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    days: Calendar,
    groups: Groups,
    released: NDArray[np.int64],
    failed: Bools,
) -> _Kept:
    """The first `count` lanes; of people whose numbers are not finite nothing is known."""
    last = np.where(failed, -NEVER, last)[:count]
    some = [(mask[:, :count] & ~failed[:count], tests) for mask, tests in groups]
    some_days = Calendar(
        days.first[:count],
        days.starts[:, :count],
        days.doses,
        days.day[:, :count],
        days.attended[:, :count],
        days.baseline[:, :count],
        days.end[:count],
    )
    return _Kept(last, some_days, some, released[:, :count], failed[:count])


def _first_lanes(trees: tuple[Met, Life, Seen], count: int) -> tuple[Met, Life, Seen]:
    cut: tuple[Met, Life, Seen] = jax.tree.map(lambda part: np.asarray(part)[..., :count], trees)
    return cut


def _tables(
    setting: Setting,
    start: int,
    kept: _Kept,
    people: tuple[Met, Life, Seen],
    female: Bools,
    leaves: NDArray[np.float32],
) -> dict[str, pa.Table]:
    asked, values, days = setting.asked, setting.values, kept.days
    met, life, seen = people
    ids = identifiers(np.arange(start, start + len(female)) + 1)
    care = setting.care
    plans = Plans(
        female,
        np.asarray(met.forms),
        kept.released,
        met.vaccines if care.vaccines else None,
        care.antiviral,
        setting.months,
    )
    harm = Harm(life, seen)
    tests = (*asked.tests, EDSS, *asked.told)
    slot = item_months(days, asked.every) // round(values[_EDSS_MONTHS])
    reported = np.concatenate([seen.reported, seen.edss[slot][None]])
    return {
        "patients": patients_table(
            asked,
            ids,
            female,
            _years_before(days.first, met.people.age),
            _years_before(days.first, met.people.duration),
        ),
        "infusions": infusions_table(asked, ids, days, kept.last),
        "results": results_table(tests, kept.groups, reported, days.day, _least(values), ids),
        "events": events_table(events_of(asked, values, days, plans, harm), ids, kept.last),
        "truth": truth_table(ids, days.first, harm, leaves, kept.failed),
    }


def _least(values: dict[str, float]) -> dict[str, int]:
    return {"tsh": round(values["laboratory.tsh_least"] * steps("tsh"))}


def _years_before(day: NDArray[np.int64], years: object) -> NDArray[np.int64]:
    return day - np.floor(np.asarray(years, np.float64) * DAYS_A_YEAR).astype(np.int64)
