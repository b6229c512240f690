"""Further courses after the second, by the rule of the trials' extension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.imaging import gadolinium, new_t2_lesions
from longwatch.mechanism.people import Subjects
from longwatch.mechanism.relapses import (
    Relapses,
    Therapy,
    add_days,
    growth_of_hazard,
    half_months,
    personal_rates,
    running_sum,
    thresholds_of_events,
)
from longwatch.mechanism.rng import Stream, uniform

Values = Mapping[str, Any]

MONTHS_A_YEAR = 12
MOST_IN_EIGHT_YEARS = 40


class LongTerm(NamedTuple):
    """therapy: with the courses that were added. relapses: under it. lesions: new T2, f32[Y, n]."""

    therapy: Therapy
    relapses: Relapses
    lesions: Array


class _Sofar(NamedTuple):
    """What a year hands on to the next.

    courses: f32[C, n]. hazard: integrated, f32[n]. at_last: the same on the day of the latest
    course, f32[n].
    """

    courses: Array
    hazard: Array
    at_last: Array


def another_course(
    values: Values, day: float | Array, last_course: Array, relapses: Array, lesions: Array
) -> Array:
    """Does the rule allow another course on a day? bool[n].

    Inputs:
        day: of the visit.
        last_course: first day of the latest course, f32[n], inf = never treated.
        relapses: how many there were since then, [n].
        lesions: new T2 and enhancing ones on the image of this visit, f32[n].
    """
    apart = day - last_course >= values["retreatment.months_apart"] * DAYS_A_MONTH - 1.0
    reason = (relapses >= values["retreatment.relapses"]) | (
        lesions >= values["retreatment.lesions"]
    )
    return jnp.asarray(apart & reason)


def simulate_long_term(
    subjects: Subjects, therapy: Therapy, years: int, most: int = MOST_IN_EIGHT_YEARS
) -> LongTerm:
    """Relapses and courses year by year, with a visit at which another course may be given.

    Inputs:
        therapy: the planned courses, f32[C, n], and interferon.
        years: how long to look; visits are at the end of each year from the second on, but for
            the last.
        most: relapses kept.
    """
    values, seed, patient, _, group = subjects
    rates = personal_rates(subjects, therapy)
    threshold = thresholds_of_events(seed, Stream.RELAPSE_TIMES, patient, most)
    planned = therapy.courses.shape[0]
    room = jnp.full((max(years - 2, 0), patient.shape[0]), jnp.inf)
    row = jnp.arange(planned + room.shape[0])[:, None]
    within = half_months(MONTHS_A_YEAR)

    def live(state: _Sofar, year: Array) -> tuple[_Sofar, tuple[Array, Array]]:
        grid = year * DAYS_A_YEAR + within
        growth = growth_of_hazard(subjects, rates, state.courses, grid)
        before = jnp.concatenate([state.hazard[None], growth])
        hazard = running_sum(before)
        lived = (hazard[-1] - hazard[0]) / group.relapse_rate
        t2 = new_t2_lesions(values, seed, patient, lived[None], year)[0]
        rate = growth[-1] * (within.shape[0] - 1) / group.relapse_rate
        enhancing = gadolinium(values, seed, patient, rate[None], year)[0]
        number = year + 1
        last = jnp.max(jnp.where(jnp.isfinite(state.courses), state.courses, -jnp.inf), axis=0)
        last = jnp.where(jnp.isfinite(last), last, jnp.inf)
        # Relapses are counted by their hazard, which rises with the days: no day is worked out.
        share = jnp.clip((last - grid[:-1, None]) / jnp.diff(grid)[:, None], 0.0, 1.0)
        at_last = state.at_last + jnp.sum(share * growth, axis=0)
        since = jnp.sum((threshold > at_last) & (threshold < hazard[-1]), axis=0)
        asked = another_course(values, grid[-1], last, since, t2 + enhancing)
        accepted = uniform(seed, Stream.RETREATMENT, patient, number)
        given = asked & (accepted < values["retreatment.accepted"]) & (number >= 2)
        here = row == planned + number - 2
        courses = jnp.where(here & given, grid[-1], state.courses)
        at_last = jnp.where(given, hazard[-1], at_last)
        return _Sofar(courses, hazard[-1], at_last), (hazard[1:], t2)

    begin = _Sofar(
        jnp.concatenate([therapy.courses, room]),
        jnp.zeros(patient.shape, jnp.float32),
        jnp.zeros(patient.shape, jnp.float32),
    )
    end, (hazard, t2) = lax.scan(live, begin, jnp.arange(years))
    hazard = jnp.concatenate([jnp.zeros_like(hazard[0, :1]), hazard.reshape(-1, patient.shape[0])])
    grid = half_months(years * MONTHS_A_YEAR)
    days = add_days(jnp.zeros_like(threshold), threshold, grid, hazard)
    days = jnp.where(threshold < hazard[-1], days, jnp.inf)
    relapses = Relapses(days, hazard, grid)
    return LongTerm(Therapy(end.courses, therapy.interferon), relapses, t2)
