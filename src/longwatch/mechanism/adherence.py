"""Which tests are done, and on which day of their window: a scenario (mechanism.md §7).

Each person keeps a share of the tests of their own (beta), it declines with time, and missed
months come in runs: a latent autoregressive normal decides, so that every month keeps its share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import betainc, ndtr

from longwatch.mechanism.rng import Stream, normal, uniform

_KNOTS = 1024
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

    The distribution function of 1 - x is tabulated, because the mass lies near 1.

    >>> round(float(beta_quantile(0.5, 2.0, jnp.array([0.25]))[0]), 2)
    0.25
    """
    a = jnp.asarray(mean * concentration, jnp.float32)
    b = jnp.asarray((1.0 - mean) * concentration, jnp.float32)
    # Missed shares as the fourth power of an even grid: dense where the mass is.
    missed = jnp.asarray(np.linspace(0.0, 1.0, _KNOTS, dtype=np.float32)) ** 4
    table = betainc(b, a, missed)
    return 1.0 - jnp.interp(1.0 - u, table, missed)


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
    shocks = normal(seed, Stream.ADHERENCE_DRAW, patients, items[:, None])

    def follow(before: Array, shock: Array) -> tuple[Array, Array]:
        now = keep * before + jnp.sqrt(1.0 - keep**2) * shock
        return now, now

    start = normal(seed, Stream.ADHERENCE_DRAW, patients, 0)
    _, latent = jax.lax.scan(follow, start, shocks)
    part = 4 * items[:, None]
    late = uniform(seed, Stream.ADHERENCE_DAY, patients, part + _LATE)
    share = values["adherence.late_share"]
    is_late = late < share
    # The same uniform number, stretched, says how late.
    after = grace + jnp.ceil(late / share * values["adherence.late_days"])
    usual = jnp.round(
        values["adherence.day_sd"] * normal(seed, Stream.ADHERENCE_DAY, patients, part + _DAY)
    )
    reach = jnp.maximum(grace - 2.0, 0.0)
    offset = jnp.where(is_late, after, jnp.clip(usual, -reach, reach))
    urine = uniform(seed, Stream.ADHERENCE_DAY, patients, part + _URINE)
    return Attendance(ndtr(latent) < chance, offset, urine >= values["adherence.no_urine"])


def forms_done(
    values: Mapping[str, float], seed: int | Array, patients: Array, items: Array, series: int
) -> Array:
    """Which items of a yearly examination or a form are done, bool[K, n].

    Inputs:
        items: i32[K], numbers of the items, from 1 on.
        series: a number of the series, so that two of them are independent.
    """
    index = 4 * (items[:, None] + _SERIES * (1 + series)) + _FORM
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
    varicella = uniform(seed, Stream.ADHERENCE_DAY, patients, _VACCINES)
    each = uniform(seed, Stream.ADHERENCE_DAY, patients, _VACCINES + 1 + 2 * number)
    place = uniform(seed, Stream.ADHERENCE_DAY, patients, _VACCINES + 2 + 2 * number)
    day = values["adherence.influenza_day"] + values["adherence.influenza_spread"] * (place - 0.5)
    return Vaccines(
        varicella < values["adherence.varicella_vaccine"],
        each < values["adherence.influenza_vaccine"],
        day,
    )


_VACCINES = 1 << 24
"""First index of vaccinations in `Stream.ADHERENCE_DAY`, beyond every item; frozen."""
