"""Which tests are done, and on which day of their window: a scenario (mechanism.md §7).

Each person keeps a share of the tests of their own (beta), it declines with time, and missed
months come in runs: a latent autoregressive normal decides, so that every month keeps its share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import ndtr

from longwatch.mechanism.beta import beta
from longwatch.mechanism.rng import Stream, normal, normal_of, uniform

_LATE, _DAY, _URINE, _FORM = range(4)
"""Part of a test's draws in `Stream.ADHERENCE_DAY`: index = 4 item + part; frozen."""


class Attendance(NamedTuple):
    """What became of each item of the monthly series; arrays [D, n].

    done: bool, the test was done at all.
    offset: f32 whole days from the due day.
    urine: bool, urine was brought too.
    """

    done: Array
    offset: Array
    urine: Array


def beta_quantile(mean: float | Array, concentration: float | Array, u: Array) -> Array:
    """Beta variates of a mean and a concentration (a + b), from uniform `u`.

    By way of 1 - x, because the mass lies near 1.

    >>> round(float(beta_quantile(0.5, 2.0, jnp.array([0.25]))[0]), 2)
    0.25
    """
    a = jnp.asarray(mean * concentration, jnp.float32)
    b = jnp.asarray((1.0 - mean) * concentration, jnp.float32)
    return 1.0 - beta(b, a, 1.0 - u)


def chance_done(
    values: Mapping[str, float], seed: int | Array, patients: Array, months: Array
) -> Array:
    """The chance that each person's test of each month is done, f32[D, n].

    Inputs:
        months: f32[D], months since the first infusion.

    Source: mechanism.md §7: 0.92 exp(-0.006 m), patient frailty beta with about 4.
    """
    u = uniform(seed, Stream.ADHERENCE_FRAILTY, patients)
    own = beta_quantile(values["adherence.first"], values["adherence.concentration"], u)
    return own * jnp.exp(-values["adherence.decline"] * months)[:, None]


def attendance(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    items: Array,
    every_months: int,
    grace: float,
) -> Attendance:
    """Draws the items of a series that are done, and when.

    Inputs:
        items: i32[D], numbers of the items in a row, from 1 on.
        every_months: between two items.
        grace: days after the due day that the protocol allows; late tests come after them.

    Returns: `Attendance`.

    Source: mechanism.md §7.
    """
    chance = chance_done(values, seed, patients, items * float(every_months))
    keep = values["adherence.clustering"]
    # One call for all: quicker to compile, and the numbers are the same.
    index = jnp.concatenate([jnp.zeros(1, items.dtype), items])
    drawn = normal(seed, Stream.ADHERENCE_DRAW, patients, index[:, None])

    def follow(before: Array, shock: Array) -> tuple[Array, Array]:
        now = keep * before + jnp.sqrt(1.0 - keep**2) * shock
        return now, now

    _, latent = jax.lax.scan(follow, drawn[0], drawn[1:])
    part = jnp.array([_LATE, _DAY, _URINE])[:, None, None]
    late, day, urine = uniform(seed, Stream.ADHERENCE_DAY, patients, 4 * items[:, None] + part)
    share = values["adherence.late_share"]
    is_late = late < share
    # The same uniform number, stretched, says how late.
    after = grace + jnp.ceil(late / share * values["adherence.late_days"])
    usual = jnp.round(values["adherence.day_sd"] * normal_of(day))
    reach = jnp.maximum(grace - 2.0, 0.0)
    offset = jnp.where(is_late, after, jnp.clip(usual, -reach, reach))
    return Attendance(ndtr(latent) < chance, offset, urine >= values["adherence.no_urine"])


def forms_done(
    values: Mapping[str, float], seed: int | Array, patients: Array, items: Array, series: int
) -> Array:
    """Which items of yearly examinations or forms are done, bool[F, K, n].

    Inputs:
        items: i32[K], numbers of the items, from 1 on.
        series: how many of them there are, F; they are independent.
    """
    first = _SERIES * jnp.arange(1, series + 1)[:, None, None]
    index = 4 * (items[:, None] + first) + _FORM
    draw = uniform(seed, Stream.ADHERENCE_DAY, patients, index)
    return draw < values["adherence.forms"]


_SERIES = 1024
"""Items kept for each series."""


class Vaccines(NamedTuple):
    """What is given against infections.

    varicella: bool[n], before the first course. influenza: bool[Y, n], in which years;
    day: f32[Y, n], of the year, from 0 on.
    """

    varicella: Array
    influenza: Array
    day: Array


def vaccines(
    values: Mapping[str, float], seed: int | Array, patients: Array, years: int
) -> Vaccines:
    """Draws vaccinations before the first course and every autumn.

    Inputs:
        years: of the calendar, from that of the first infusion on.
    """
    number = jnp.arange(years)[:, None]
    index = jnp.concatenate([jnp.zeros((1, 1), int), 1 + 2 * number, 2 + 2 * number])
    drawn = uniform(seed, Stream.ADHERENCE_DAY, patients, _VACCINES + index)
    varicella, each, place = drawn[0], drawn[1 : years + 1], drawn[years + 1 :]
    day = values["adherence.influenza_day"] + values["adherence.influenza_spread"] * (place - 0.5)
    return Vaccines(
        varicella < values["adherence.varicella_vaccine"],
        each < values["adherence.influenza_vaccine"],
        day,
    )


_VACCINES = 1 << 24
"""First index of vaccinations in `Stream.ADHERENCE_DAY`, beyond every item; frozen."""
