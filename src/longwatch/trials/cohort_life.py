"""What befalls the people of a chunk: relapses, diseases, infections, reactions, what they feel."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.autoimmunity import Onsets, autoimmunity
from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.diary import Feelings, feelings
from longwatch.mechanism.infections import DAYS_A_WEEK, Infections, infections
from longwatch.mechanism.people import People, Subjects, population
from longwatch.mechanism.reactions import Reactions, reactions
from longwatch.mechanism.relapses import Therapy, relapses_of
from longwatch.trials.cohort_engine import Care, named
from longwatch.trials.cohort_people import RELAPSES_KEPT

INFECTIONS_KEPT = 64
"""Infections kept of each person; who has more in five years, a few in 10 000, is counted."""


class Life(NamedTuple):
    """Days since the first infusion, `inf` for never."""

    relapses: Array
    onsets: Onsets
    infections: Infections
    reactions: Reactions
    feelings: Feelings


@partial(jax.jit, static_argnames=("names", "months", "trial"))
def live(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    courses: Array,
    doses: Array,
    care: Care,
    *,
    names: tuple[str, ...],
    months: int,
    trial: str,
) -> Life:
    """Draws what happens over some months.

    Inputs:
        courses: f32[C, n], days since the first infusion, `inf` for none; doses: i32[C].
    """
    own = named(names, values)
    subjects = Subjects(own, seed, patients, people, population(own, trial))
    therapy = Therapy(courses, jnp.zeros(patients.shape, jnp.float32))
    weeks = int(months * DAYS_A_MONTH / DAYS_A_WEEK) + 1
    return Life(
        relapses_of(subjects, therapy, months, RELAPSES_KEPT).days,
        autoimmunity(own, seed, patients, people.female > 0.5, courses),
        infections(
            own,
            seed,
            patients,
            courses,
            weeks,
            INFECTIONS_KEPT,
            jnp.float32(care.antiviral),
            jnp.float32(care.diet),
        ),
        reactions(own, seed, patients, courses, doses, jnp.float32(care.steroid)),
        feelings(own, seed, patients, len(courses)),
    )
