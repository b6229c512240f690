"""What visits show: laboratory values, the EDSS, and when diseases are found."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from longwatch.mechanism.autoimmunity import CONDITIONS, Onsets
from longwatch.mechanism.disability import simulate_disability
from longwatch.mechanism.laboratory import Visits, laboratory, set_point
from longwatch.mechanism.people import People, Subjects, population
from longwatch.mechanism.recovery import draw_attacks
from longwatch.mechanism.tissue import Drawn, Effects, tissue
from longwatch.trials.cohort_engine import Frozen, named
from longwatch.trials.cohort_tables import steps

ROOM = 32767
"""Greatest whole number of 16 bits: reported values are kept in so many."""
FEW = 512
"""People whose diseases show are put together in so many, or a multiple of it."""
SHOWN = CONDITIONS[: CONDITIONS.index("pancytopenia") + 1]
"""Conditions that change a laboratory value."""
MOST_STEPS = 24
"""Half steps of progression kept of each person."""


class Seen(NamedTuple):
    """What the visits show.

    reported: i16[T, D, n], in the last digit that a laboratory prints. edss: i16[V, n].
    found, felt: [K, n], of the conditions; treated, bleeding: f32[n], of thrombocytopenia.
    finite: bool[n], whether every number of a person is one.
    """

    reported: Array
    edss: Array
    found: Array
    felt: Array
    bleeding: Array
    finite: Array


@partial(jax.jit, static_argnames=("names", "asked", "trial"))
def look(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    onsets: Onsets,
    ill: Array,
    courses: Array,
    days: Array,
    drawn: Drawn,
    cells: Array,
    relapses: Array,
    examined: Array,
    *,
    names: tuple[str, ...],
    asked: Frozen,
    trial: str,
) -> Seen:
    """The values of every visit.

    Inputs:
        ill: i32[few], people whose diseases show; beyond the last person for none.
        courses: f32[C, n]. days: f32[D, n], of the visits, row 0 the first baseline.
        drawn: bool[D, n] each. cells: f32[D, 5, n].
        relapses: f32[K, n]. examined: f32[V, n], days of examinations, ascending.
    """
    own, plan = named(names, values), asked.asked
    female = people.female > 0.5
    effects = _effects(own, seed, patients, female, onsets, ill, days, drawn)
    visits = Visits(days, jnp.arange(len(days)), cells, courses)
    measured = laboratory(own, seed, patients, female, visits, effects, plan.tests)
    digits = np.array([steps(test) for test in plan.tests])
    printed = jnp.round(measured * jnp.asarray(digits, jnp.float32)[:, None, None])
    finite = jnp.all(jnp.isfinite(printed), axis=(0, 1))
    subjects = Subjects(own, seed, patients, people, population(own, trial))
    attacks = draw_attacks(own, seed, patients, len(relapses))
    treated = jnp.ones(patients.shape, jnp.float32)
    score = simulate_disability(subjects, treated, relapses, attacks, examined, MOST_STEPS).observed
    return Seen(
        jnp.clip(jnp.nan_to_num(printed), 0, ROOM).astype(jnp.int16),
        jnp.round(jnp.nan_to_num(score) * steps("edss")).astype(jnp.int16),
        effects.found,
        effects.felt,
        effects.itp.bleeding,
        finite & jnp.all(jnp.isfinite(score), axis=0),
    )


def _effects(
    own: dict[str, Any],
    seed: Array,
    patients: Array,
    female: Array,
    onsets: Onsets,
    ill: Array,
    days: Array,
    drawn: Drawn,
) -> Effects:
    """What diseases do, computed for those who have one, and put among the healthy."""
    there = jnp.minimum(ill, len(patients) - 1)
    some = Onsets(onsets.day[:, there], onsets.thyroid[there], onsets.anti_gbm[there])
    set_points = set_point(own, seed, patients[there], female[there], "platelets")
    taken = Drawn(*(part[:, there] for part in drawn))
    found = tissue(own, seed, patients[there], some, set_points, days[:, there], taken)
    told = jnp.where(jnp.isfinite(onsets.day), onsets.day + own["tissue.other_told_after"], jnp.inf)
    healthy = jnp.ones(days.shape, jnp.float32)
    nothing = jnp.zeros(days.shape, jnp.float32)
    never = jnp.full(len(patients), jnp.inf)
    factors: dict[str, Any] = dict.fromkeys(Effects._fields[:_FACTORS], healthy)
    rest = Effects(
        **factors,
        hematuria=nothing,
        proteinuria=nothing,
        itp=found.itp._replace(factor=healthy, treated=never, bleeding=never),
        found=told,
        felt=jnp.isfinite(onsets.day),
    )
    put: Effects = jax.tree.map(
        lambda whole, part: whole.at[..., ill].set(part, mode="drop"), rest, found
    )
    return put


_FACTORS = Effects._fields.index("hematuria")
