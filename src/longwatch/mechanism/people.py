"""The people of a trial or a clinic before their first infusion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.beta import beta_between
from longwatch.mechanism.disability import snap_to_scale
from longwatch.mechanism.poisson import poisson
from longwatch.mechanism.rng import Stream, uniform

Number = float | Array
Values = Mapping[str, Any]


class Trait(NamedTuple):
    """Mean and standard deviation of a trait among people within [low, high]."""

    mean: Number
    sd: Number
    low: Number
    high: Number


class Population(NamedTuple):
    """What the people of one arm, or of a clinic, have in common; all fields may be traced.

    `relapse_rate`: a year, untreated, at the mean age. `progression`: half steps a year without
    relapses. `improvement`: mean EDSS regained after entry. `prior_12`, `prior_24`: mean numbers
    of relapses before entry (at least one, at least two).
    """

    age: Trait
    edss: Trait
    duration: Trait
    female: Number
    prior_12: Number
    prior_24: Number
    relapse_rate: Number
    progression: Number
    improvement: Number


class People(NamedTuple):
    """One value a person, float32[n]: years, score, counts; `start` is a day of the year."""

    age: Array
    female: Array
    edss: Array
    duration: Array
    prior_12: Array
    prior_24: Array
    start: Array


class Subjects(NamedTuple):
    """Virtual people with all that decides over them: what every process of the disease takes.

    `values`: of the parameters, each a number, or f32[n] where it differs between people.
    `seed`: of the whole simulation. `patient`: numbers, uint32[n]. `group`: where they come from.
    """

    values: Values
    seed: int | Array
    patient: Array
    people: People
    group: Population


TRIALS = ("care_ms_1", "care_ms_2")
AGE, FEMALE, EDSS, DURATION, START = range(5)
RECENT, EARLIER = 0, 1


def population(values: Values, trial: str = "care_ms_1") -> Population:
    """The population of `parameters/people.yaml` that is like the people of one trial.

    >>> from longwatch.mechanism.parameters import Parameters
    >>> population(Parameters.load().values(), "care_ms_2").female > 0.6
    True
    """

    def trait(name: str) -> Trait:
        return Trait(*(values[f"people.{name}_{part}_{trial}"] for part in Trait._fields))

    return Population(
        age=trait("age"),
        edss=trait("edss"),
        duration=trait("duration"),
        female=values[f"people.female_{trial}"],
        prior_12=values[f"people.prior_12_{trial}"],
        prior_24=values[f"people.prior_24_{trial}"],
        relapse_rate=values[f"relapse.rate_{trial}"],
        progression=values[f"disability.progression_{trial}"],
        improvement=values[f"disability.improvement_{trial}"],
    )


def enroll(values: Values, seed: int | Array, patient: Array, group: Population) -> Subjects:
    """People of a group, drawn and ready for the processes of the disease; inputs as below."""
    return Subjects(values, seed, patient, draw_people(values, seed, patient, group), group)


def draw_people(values: Values, seed: int | Array, patient: Array, group: Population) -> People:
    """Draw people: patient k is the same person in any batch.

    Inputs:
        values: of the parameters.
        seed: of the whole simulation.
        patient: patient numbers, uint32[n].
        group: the population they come from.
    """
    # One call for all: quicker to compile, and the numbers are the same.
    u = uniform(seed, Stream.PEOPLE, patient, jnp.arange(START + 1)[:, None])
    history = uniform(seed, Stream.PEOPLE_HISTORY, patient, jnp.arange(EARLIER + 1)[:, None])
    traits = zip(group.age, group.edss, group.duration, strict=True)
    mean, sd, low, high = (
        jnp.stack([jnp.asarray(part, jnp.float32) for part in three]) for three in traits
    )
    age, edss, duration = beta_between(mean, sd, low, high, u[jnp.array([AGE, EDSS, DURATION])])
    # Two relapses in two years are asked for: who had only one in the last year had one before.
    # The rest of the published mean is spread over everybody.
    had_one_only = jnp.exp(1.0 - jnp.asarray(group.prior_12))
    rest = jnp.maximum(group.prior_24 - group.prior_12 - had_one_only, 0.0)
    means = jnp.stack([jnp.asarray(group.prior_12) - 1.0, rest])
    more, before = poisson(means[:, None], history)
    recent = 1.0 + more
    earlier = (recent < 2.0) + before
    return People(
        age=age,
        female=(u[FEMALE] < group.female).astype(jnp.float32),
        edss=snap_to_scale(values, edss),
        duration=duration,
        prior_12=recent,
        prior_24=recent + earlier,
        start=values["people.days_of_year"] * u[START],
    )
