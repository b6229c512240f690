"""Further courses after the second, by the rule of the trials' extension."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.imaging import gadolinium, new_t2_lesions
from longwatch.mechanism.people import People, Population
from longwatch.mechanism.relapses import Relapses, Therapy, simulate_relapses
from longwatch.mechanism.rng import Stream, uniform

Values = dict[str, float]

MONTHS_A_YEAR = 12
MOST_IN_EIGHT_YEARS = 40


class LongTerm(NamedTuple):
    """therapy: with the courses that were added. relapses: under it. lesions: new T2, f32[Y, n]."""

    therapy: Therapy
    relapses: Relapses
    lesions: Array


def another_course(
    values: Values, day: float, last_course: Array, relapse_days: Array, lesions: Array
) -> Array:
    """Does the rule allow another course on a day? bool[n].

    Inputs:
        day: of the visit.
        last_course: first day of the latest course, f32[n], inf = never treated.
        relapse_days: f32[K, n].
        lesions: new T2 and enhancing ones on the image of this visit, f32[n].
    """
    since = jnp.sum((relapse_days > last_course) & (relapse_days <= day), axis=0)
    apart = day - last_course >= values["retreatment.months_apart"] * DAYS_A_MONTH - 1.0
    return apart & (
        (since >= values["retreatment.relapses"]) | (lesions >= values["retreatment.lesions"])
    )


def simulate_long_term(
    values: Values,
    seed: int | Array,
    patient: Array,
    people: People,
    group: Population,
    therapy: Therapy,
    years: int,
    most: int = MOST_IN_EIGHT_YEARS,
) -> LongTerm:
    """Relapses and courses over years, with a yearly visit at which another course may be given.

    Each year all is worked out again with the courses so far: thresholds belong to the person, so
    that what happened before a course stays as it was.

    Inputs:
        therapy: the planned courses, f32[C, n], and interferon.
        years: how long to look; visits are at the end of each year from the second on.
    """
    months = years * MONTHS_A_YEAR
    courses = therapy.courses

    def look(courses: Array) -> tuple[Relapses, Array, Array]:
        now = Therapy(courses, therapy.interferon)
        relapses = simulate_relapses(values, seed, patient, people, group, now, months, most)
        stride = (relapses.hazard.shape[0] - 1) // years
        at_year = relapses.hazard[::stride]
        growth = at_year[1:] - at_year[:-1]
        rate = (relapses.hazard[stride::stride] - relapses.hazard[stride - 1 :: stride]) * (
            (relapses.grid.shape[0] - 1) / years
        )
        t2 = new_t2_lesions(values, seed, patient, growth)
        return relapses, t2, gadolinium(values, seed, patient, rate)

    for year in range(2, years):
        relapses, t2, enhancing = look(courses)
        day = year * DAYS_A_YEAR
        last = jnp.max(jnp.where(jnp.isfinite(courses), courses, -jnp.inf), axis=0)
        last = jnp.where(jnp.isfinite(last), last, jnp.inf)
        lesions = t2[year - 1] + enhancing[year - 1]
        asked = another_course(values, day, last, relapses.days, lesions)
        given = asked & (
            uniform(seed, Stream.RETREATMENT, patient, year) < values["retreatment.accepted"]
        )
        courses = jnp.concatenate([courses, jnp.where(given, day, jnp.inf)[None, :]])
    relapses, t2, _ = look(courses)
    return LongTerm(Therapy(courses, therapy.interferon), relapses, t2)
