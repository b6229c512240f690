"""Infections after courses: of all kinds, herpes, listeria; what antiviral and diet prevent.

Lymphocyte counts do not enter: they predict no infection (mechanism.md §2, S20).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.gamma import gamma_mean_one
from longwatch.mechanism.relapses import add_days
from longwatch.mechanism.rng import Stream, exponential, uniform

DAYS_A_WEEK = 7.0
WEEKS_A_STEP = 4
"""The hazard is integrated exactly over each step and taken as even within it."""
_FRAILTY, _EVENTS, _SERIOUS, _KIND, _FEVER, _LENGTH = 0, 1, 4096, 8192, 12288, 16384
"""First index of each decision in `Stream.INFECTION`; frozen."""
KINDS = ("nasopharyngitis", "urinary_tract", "upper_airways", "sinusitis", "fungal")
"""Numbers of `Infections.kind`. The order is frozen: it numbers the draws. New ones go last."""


class Infections(NamedTuple):
    """Days since the first infusion, `inf` for none.

    any: f32[K, n], infections of all kinds in order. serious, fever: bool[K, n].
    kind: i8[K, n], place in `KINDS`. lasts: f32[K, n], days.
    herpes: f32[C + 1, n], after each course; the last row without a course.
    zoster: bool[C + 1, n], whether it is shingles.
    listeria: f32[C, n], after each course.
    """

    any: Array
    serious: Array
    fever: Array
    kind: Array
    lasts: Array
    herpes: Array
    zoster: Array
    listeria: Array


def cumulative_hazard(values: Mapping[str, float], courses: Array, weeks: int) -> Array:
    """Integrated hazard of infections at the mean frailty, at the end of each step.

    Inputs:
        courses: f32[C, n] or f32[C, 1], first days, ascending, `inf` for one not given.
        weeks: the last step may end a little after them.

    Returns: f32[S + 1, n], 0 first.

    Source: mechanism.md §9, infections.
    """
    edges = step_edges(weeks)[:, None]
    decay = values["infections.decay"] * DAYS_A_MONTH
    # Only the newest course counts: each lifts the hazard to the same height, until the next one.
    lifted = jnp.zeros((edges.shape[0], courses.shape[1]), jnp.float32)
    before_a_year = jnp.minimum(edges, DAYS_A_YEAR)
    for number, start in enumerate(courses):
        following = jnp.min(courses[number + 1 :], axis=0, initial=jnp.inf)
        for until, factor in ((before_a_year, 1.0), (edges, values["infections.later_ratio"])):
            since_when = start if until is before_a_year else jnp.maximum(start, DAYS_A_YEAR)
            end = jnp.clip(until, since_when, jnp.maximum(following, since_when))
            begun = jnp.isfinite(start)
            early = jnp.exp(-jnp.where(begun, since_when - start, 0.0) / decay)
            late = jnp.exp(-jnp.where(begun, end - start, 0.0) / decay)
            lifted = lifted + factor * decay * (early - late)
    even = before_a_year + values["infections.later_ratio"] * (edges - before_a_year)
    hazard = values["infections.base"] / DAYS_A_YEAR
    return hazard * (even + values["infections.rise"] * lifted)


def step_edges(weeks: int) -> Array:
    """Days at which steps begin and end, f32[S + 1]."""
    steps = -(-weeks // WEEKS_A_STEP)
    return jnp.arange(steps + 1, dtype=jnp.float32) * (WEEKS_A_STEP * DAYS_A_WEEK)


def infections(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    courses: Array,
    weeks: int,
    most: int,
    antiviral: Array | float = 1.0,
    diet: Array | float = 1.0,
) -> Infections:
    """Draws infections over some weeks.

    Inputs:
        patients: u32[n].
        courses: f32[C, n], first days, `inf` for none.
        most: infections kept of each person.
        antiviral, diet: 1 for people who take or keep it, 0 for the others; scalar or f32[n].

    Returns: `Infections`.

    Source: mechanism.md §5, §9.
    """
    courses = jnp.broadcast_to(courses, (courses.shape[0], patients.shape[0]))
    frailty = gamma_mean_one(
        values["infections.frailty"], uniform(seed, Stream.INFECTION, patients, _FRAILTY)
    )
    hazard = cumulative_hazard(values, courses, weeks) * frailty
    number = jnp.arange(most)[:, None]
    gaps = exponential(seed, Stream.INFECTION, patients, _EVENTS + number)
    thresholds = jnp.cumsum(gaps, axis=0)
    day = add_days(jnp.zeros_like(thresholds), thresholds, step_edges(weeks), hazard)
    day = jnp.where((thresholds < hazard[-1]) & (day <= weeks * DAYS_A_WEEK), day, jnp.inf)
    # One call for all: quicker to compile, and the numbers are the same.
    firsts = jnp.array([_SERIOUS, _FEVER, _KIND, _LENGTH])[:, None, None]
    serious, fever, kind, length = uniform(seed, Stream.INFECTION, patients, firsts + number)
    herpes, zoster = _herpes(values, seed, patients, courses, weeks, antiviral)
    return Infections(
        day,
        serious < values["infections.serious_share"],
        fever < values["infections.fever_share"],
        _kind(values, kind),
        -values["infections.lasts"] * jnp.log(length),
        herpes,
        zoster,
        _listeria(values, seed, patients, courses, diet),
    )


def _kind(values: Mapping[str, float], u: Array) -> Array:
    weights = jnp.stack([jnp.asarray(values[f"infections.{name}"]) for name in KINDS])
    edges = jnp.cumsum(weights) / jnp.sum(weights)
    return jnp.sum(u[None] >= edges[:-1, None, None], axis=0).astype(jnp.int8)


def _herpes(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    courses: Array,
    weeks: int,
    antiviral: Array | float,
) -> tuple[Array, Array]:
    """First-month herpes of each course, and one that comes at any time; which is shingles."""
    rows = jnp.arange(courses.shape[0])[:, None]
    chance = values["infections.herpes_first_month"] * (
        1.0 - values["infections.antiviral_effect"] * antiviral
    )
    both = jnp.array([2, 3])[:, None, None]
    u, place = uniform(seed, Stream.HERPES, patients, 2 * rows + both)
    happens, when = u < chance, place * DAYS_A_MONTH
    early = jnp.where(happens, courses + when, jnp.inf)
    treated = jnp.any(jnp.isfinite(courses), axis=0)
    rate = jnp.where(
        treated, values["infections.herpes_later"], values["infections.herpes_untreated"]
    )
    later = exponential(seed, Stream.HERPES, patients, 0) / rate * DAYS_A_YEAR
    later = jnp.where(later <= weeks * DAYS_A_WEEK, later, jnp.inf)
    when_each = jnp.concatenate([early, later[None]])
    number = jnp.arange(when_each.shape[0])[:, None]
    zoster = uniform(seed, Stream.HERPES, patients, _ZOSTER + number)
    return when_each, zoster < values["infections.zoster_share"]


_ZOSTER = 4096
"""First index of that decision in `Stream.HERPES`; frozen."""


def _listeria(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    courses: Array,
    diet: Array | float,
) -> Array:
    rows = jnp.arange(courses.shape[0])[:, None]
    chance = values["infections.listeria"] * (1.0 - (1.0 - values["infections.diet_effect"]) * diet)
    three = jnp.arange(3)[:, None, None]
    u, soon, place = uniform(seed, Stream.LISTERIA, patients, 3 * rows + three)
    happens = u < chance
    first, middle = values["infections.listeria_first"], values["infections.listeria_early_days"]
    last = values["infections.listeria_last"]
    early = first + (middle - first) * place
    late = middle + (last - middle) * place
    since = jnp.where(soon < values["infections.listeria_early"], early, late)
    return jnp.where(happens, courses + since, jnp.inf)
