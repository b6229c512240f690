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
from longwatch.trials.cohort_engine import COMPILED, QUICKLY_COMPILED, Care, named
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
    """Draws what happens over some months, in programs of their own: they compile side by side.

    Inputs:
        courses: f32[C, n], days since the first infusion, `inf` for none; doses: i32[C].
    """
    begins = (values, seed, patients)
    return Life(
        relapse_days(*begins, people, courses, names=names, months=months, trial=trial),
        onset_days(*begins, people, courses, names=names),
        infections_caught(*begins, courses, care, names=names, months=months),
        *felt_when_infused(*begins, courses, doses, care, names=names),
    )


@partial(jax.jit, static_argnames=("names", "months", "trial"), compiler_options=COMPILED)
def relapse_days(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    courses: Array,
    *,
    names: tuple[str, ...],
    months: int,
    trial: str,
) -> Array:
    """`relapses` of `Life`."""
    own = named(names, values)
    subjects = Subjects(own, seed, patients, people, population(own, trial))
    therapy = Therapy(courses, jnp.zeros(patients.shape, jnp.float32))
    return relapses_of(subjects, therapy, months, RELAPSES_KEPT).days


@partial(jax.jit, static_argnames=("names",), compiler_options=QUICKLY_COMPILED)
def onset_days(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    courses: Array,
    *,
    names: tuple[str, ...],
) -> Onsets:
    """`onsets` of `Life`."""
    return autoimmunity(named(names, values), seed, patients, people.female > 0.5, courses)


@partial(jax.jit, static_argnames=("names", "months"), compiler_options=COMPILED)
def infections_caught(
    values: Array,
    seed: Array,
    patients: Array,
    courses: Array,
    care: Care,
    *,
    names: tuple[str, ...],
    months: int,
) -> Infections:
    """`infections` of `Life`."""
    return infections(
        named(names, values),
        seed,
        patients,
        courses,
        int(months * DAYS_A_MONTH / DAYS_A_WEEK) + 1,
        INFECTIONS_KEPT,
        jnp.float32(care.antiviral),
        jnp.float32(care.diet),
    )


@partial(jax.jit, static_argnames=("names",), compiler_options=QUICKLY_COMPILED)
def felt_when_infused(
    values: Array,
    seed: Array,
    patients: Array,
    courses: Array,
    doses: Array,
    care: Care,
    *,
    names: tuple[str, ...],
) -> tuple[Reactions, Feelings]:
    """`reactions` and `feelings` of `Life`."""
    own = named(names, values)
    return (
        reactions(own, seed, patients, courses, doses, jnp.float32(care.steroid)),
        feelings(own, seed, patients, len(courses)),
    )
