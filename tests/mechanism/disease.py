"""Small groups of virtual people for the tests of relapses, disability and imaging."""

import jax
import jax.numpy as jnp

from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.people import Subjects, draw_people, population
from longwatch.mechanism.relapses import Therapy

N = 20_000
DRAW = jax.jit(draw_people)
PATIENTS = jnp.arange(N, dtype=jnp.uint32)
VALUES = Parameters.load().values()
YEAR = 365.25


def values(**changed):
    return (
        Parameters.load()
        .with_values({k.replace("__", "."): v for k, v in changed.items()})
        .values()
    )


def untreated(n=N):
    return Therapy(jnp.full((2, n), jnp.inf), jnp.zeros(n))


def interferon(n=N):
    return Therapy(jnp.full((2, n), jnp.inf), jnp.ones(n))


def alemtuzumab(n=N):
    return Therapy(jnp.stack([jnp.zeros(n), jnp.full(n, 365.0)]), jnp.zeros(n))


def people(trial="care_ms_1", using=VALUES, patients=PATIENTS):
    group = population(using, trial)
    return group, DRAW(using, 1, patients, group)


def subjects(trial="care_ms_1", using=VALUES, patients=PATIENTS, seed=3):
    group, who = people(trial, using, patients)
    return Subjects(using, seed, patients, who, group)
