"""What visits show: laboratory values, the EDSS, and when diseases are found."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from longwatch.mechanism.autoimmunity import CONDITIONS, Onsets
from longwatch.mechanism.disability import simulate_disability
from longwatch.mechanism.laboratory import Visits, laboratory, set_point
from longwatch.mechanism.people import People, Subjects, population
from longwatch.mechanism.platelets import Platelets
from longwatch.mechanism.recovery import draw_attacks
from longwatch.mechanism.tissue import Drawn, Effects, tissue
from longwatch.trials.cohort_engine import COMPILED, QUICKLY_COMPILED, Frozen, named
from longwatch.trials.cohort_tables import steps

ROOM = 32767
"""Greatest whole number of 16 bits: reported values are kept in so many."""
FEW = 512
"""People whose diseases show are computed so many at a time."""
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
    finite: NDArray[np.bool_]


def look(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    onsets: Onsets,
    ill: NDArray[np.intp],
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

    Programs of their own: in one, values that several tests need are computed for each of them.

    Inputs:
        ill: lanes of the people whose diseases show.
        courses: f32[C, n]. days: f32[D, n], of the visits, row 0 the first baseline.
        drawn: bool[D, n] each. cells: f32[D, 5, n].
        relapses: f32[K, n]. examined: f32[V, n], days of examinations, ascending.
    """
    begins = (values, seed, patients, people)
    effects = _effects(*begins, onsets, ill, days, drawn, names=names)
    visits = Visits(days, jnp.arange(len(days)), cells, courses)
    reported = values_reported(*begins, visits, effects, names=names, asked=asked)
    edss = edss_examined(*begins, relapses, examined, names=names, trial=trial)
    finite = _finite(np.asarray(reported)) & _finite(np.asarray(edss))
    return Seen(reported, edss, effects.found, effects.felt, effects.itp.bleeding, finite)


@partial(jax.jit, static_argnames=("names", "asked"), compiler_options=QUICKLY_COMPILED)
def values_reported(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    visits: Visits,
    effects: Effects,
    *,
    names: tuple[str, ...],
    asked: Frozen,
) -> Array:
    """`reported` of `Seen`; -1 for what is not finite."""
    own, tests = named(names, values), asked.asked.tests
    measured = laboratory(own, seed, patients, people.female > 0.5, visits, effects, tests)
    digits = np.array([steps(test) for test in tests])
    printed = jnp.round(measured * jnp.asarray(digits, jnp.float32)[:, None, None])
    return _whole(printed)


@partial(jax.jit, static_argnames=("names", "trial"), compiler_options=COMPILED)
def edss_examined(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    relapses: Array,
    examined: Array,
    *,
    names: tuple[str, ...],
    trial: str,
) -> Array:
    """`edss` of `Seen`; -1 for what is not finite."""
    own = named(names, values)
    subjects = Subjects(own, seed, patients, people, population(own, trial))
    attacks = draw_attacks(own, seed, patients, len(relapses))
    treated = jnp.ones(patients.shape, jnp.float32)
    score = simulate_disability(subjects, treated, relapses, attacks, examined, MOST_STEPS).observed
    return _whole(jnp.round(score * steps("edss")))


def _whole(printed: Array) -> Array:
    found = jnp.where(jnp.isfinite(printed), jnp.clip(printed, 0, ROOM), -1.0)
    return found.astype(jnp.int16)


def _finite(whole: NDArray[np.int16]) -> NDArray[np.bool_]:
    """By NumPy: where XLA looks at what it computes, it computes all of that twice."""
    found: NDArray[np.bool_] = whole.reshape(-1, whole.shape[-1]).min(axis=0) >= 0
    return found


def _effects(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    onsets: Onsets,
    ill: NDArray[np.intp],
    days: Array,
    drawn: Drawn,
    *,
    names: tuple[str, ...],
) -> Effects:
    """What diseases do, computed for those who have one, and put among the healthy."""
    onset = np.asarray(onsets.day)
    is_there = np.isfinite(onset)
    told = onset + np.asarray(values)[names.index("tissue.other_told_after")]
    whole = _healthy(days.shape, told, is_there)
    for begin in range(0, len(ill), FEW):
        some = ill[begin : begin + FEW]
        # Always as many: another number would be another program. The last person fills up.
        lanes = np.full(FEW, patients.shape[0] - 1, np.int32)
        lanes[: len(some)] = some
        part = diseases(values, seed, patients, people, onsets, lanes, days, drawn, names=names)
        leaves = zip(jax.tree.leaves(whole), map(np.asarray, jax.tree.leaves(part)), strict=True)
        for into, found in leaves:
            rows = zip(into.reshape(-1, len(told[0])), found.reshape(-1, FEW), strict=True)
            # Row by row is five times as fast as all rows by one index.
            for row, values_found in rows:
                row[some] = values_found[: len(some)]
    return whole


@partial(jax.jit, static_argnames=("names",), compiler_options=COMPILED)
def diseases(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    onsets: Onsets,
    lanes: Array,
    days: Array,
    drawn: Drawn,
    *,
    names: tuple[str, ...],
) -> Effects:
    """The effects of diseases on the people of `FEW` lanes."""
    own, female = named(names, values), people.female[lanes] > 0.5
    some = Onsets(onsets.day[:, lanes], onsets.thyroid[lanes], onsets.anti_gbm[lanes])
    set_points = set_point(own, seed, patients[lanes], female, "platelets")
    taken = Drawn(*(part[:, lanes] for part in drawn))
    return tissue(own, seed, patients[lanes], some, set_points, days[:, lanes], taken)


def _healthy(
    shape: tuple[int, ...], found: NDArray[np.float32], felt: NDArray[np.bool_]
) -> Effects:
    """The effects on healthy people, to be written into."""
    ones = [np.ones(shape, np.float32) for _ in range(_FACTORS + 1)]
    never = [np.full(shape[-1:], np.inf, np.float32) for _ in range(2)]
    nothing = [np.zeros(shape, np.float32) for _ in range(2)]
    itp: Any = (ones[-1], *never)
    effects: Any = (*ones[:_FACTORS], *nothing, Platelets(*itp), found, felt)
    return Effects(*effects)


_FACTORS = Effects._fields.index("hematuria")
