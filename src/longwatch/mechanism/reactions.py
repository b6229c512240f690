"""Infusion reactions: who has one in which course, on which day, how bad, with which symptoms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.rng import Stream, uniform

SYMPTOMS = ("rash", "headache", "fever", "nausea", "hives", "itching", "flushing")
"""Rows of `Reactions.symptoms`. The order is frozen: it numbers the draws."""
_ROOM = 32
"""Draws kept for each course in `Stream.REACTION`: any, day, symptoms at fixed places."""
_ANY, _DAY, _SYMPTOM = 0, 2, 8


class Reactions(NamedTuple):
    """By course, first axis C.

    any, serious: bool[C, n]. day: i32[C, n], infusion day of the first symptom, from 1.
    symptoms: bool[C, S, n] by `SYMPTOMS`, only in people with any.
    """

    any: Array
    serious: Array
    day: Array
    symptoms: Array


def reactions(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    courses: Array,
    infusions: Array,
    premedicated: Array | float = 1.0,
) -> Reactions:
    """Draws the infusion reactions of each course.

    Inputs:
        patients: u32[n].
        courses: f32[C, n] or f32[C, 1], first days, `inf` for a course not given.
        infusions: i32[C], infusions of each course.
        premedicated: 1 with the steroid on the first three days, 0 without; scalar or f32[n].

    Returns: `Reactions`.

    Source: mechanism.md §5 and §9, infusion.
    """
    number = jnp.arange(courses.shape[0])[:, None]
    given = jnp.isfinite(courses)
    first = number == 0

    chance = jnp.where(first, values["reactions.first"], values["reactions.later"])
    serious_chance = jnp.where(
        first, values["reactions.serious_first"], values["reactions.serious_later"]
    )
    without = 1.0 + (values["reactions.serious_without"] - 1.0) * (1.0 - premedicated)
    # One call for all: quicker to compile, and the numbers are the same.
    rows = jnp.concatenate([jnp.array([_ANY, _DAY]), _SYMPTOM + jnp.arange(len(SYMPTOMS))])
    drawn = uniform(
        seed, Stream.REACTION, patients[None, None], (number * _ROOM + rows)[:, :, None]
    )
    u = drawn[:, 0]
    # One number decides both: the worst reactions are among those who have any.
    serious = given & (u < serious_chance * without)
    reacts = given & (u < jnp.maximum(chance, serious_chance * without))
    share = jnp.stack([jnp.asarray(values[f"reactions.{name}"]) for name in SYMPTOMS])
    # Reported over both courses: the chance e in each solves 1 - (1 - p1 e)(1 - p2 e) = share.
    p1, p2 = values["reactions.first"], values["reactions.later"]
    root = jnp.sqrt((p1 + p2) ** 2 - 4.0 * p1 * p2 * share)
    each = (p1 + p2 - root) / (2.0 * p1 * p2)
    return Reactions(
        reacts,
        serious,
        _day(values, drawn[:, 1], infusions),
        (drawn[:, 2:] < each[:, None]) & reacts[:, None],
    )


def _day(values: Mapping[str, float], u: Array, infusions: Array) -> Array:
    """The infusion day of the first symptom; days that a course does not have count no more."""
    names = ("day_1", "day_2", "day_3", "day_later", "day_later")
    weight = jnp.stack([jnp.asarray(values[f"reactions.{name}"]) for name in names])
    there = jnp.arange(1, len(names) + 1) <= infusions[:, None]
    edges = jnp.cumsum(weight * there, axis=1)
    edges = edges / edges[:, -1:]
    return 1 + jnp.sum(u[:, None] >= edges[:, :-1, None], axis=1).astype(jnp.int32)
