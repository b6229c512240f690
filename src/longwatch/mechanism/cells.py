"""Drug and lymphocytes of many virtual patients, from the infusions to counts by month."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError
from longwatch.mechanism import lymphocytes, pharmacokinetics
from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.compiler import WIDE_VECTORS
from longwatch.mechanism.grid import Grid, make_grid
from longwatch.mechanism.lymphocytes import Subset
from longwatch.mechanism.pharmacokinetics import Amounts, Values
from longwatch.mechanism.schedule import Course, Schedule

_SECTIONS = ("pk.", "cells.")


class Cells(NamedTuple):
    """Counts per µL by month and on chosen days, rows as `Subset`; patients on the last axis.

    `counts` is `(months+1, 5, n)`, its first row before the first infusion; `early` is
    `(days, 5, n)`; `concentration` (mg/L) is `(months+1, n)` and `early_concentration`
    `(days, n)`; `baseline` is `(5, n)`. `failed` marks patients whose numbers are not finite.
    """

    counts: Array
    early: Array
    concentration: Array
    early_concentration: Array
    baseline: Array
    failed: Array


def simulate_cells(
    values: Values,
    seed: int | Array,
    patients: Array,
    schedule: Schedule,
    months: int,
    days: Sequence[float] = (),
    *,
    weight_kg: Array | None = None,
    level: float = 1.0,
) -> Cells:
    """Simulates drug and lymphocytes over `months` months.

    Inputs:
        values: `Parameters.values()`; may be traced, so that calibration differentiates.
        seed: of the whole simulation.
        patients: patient numbers, `(n,)`.
        schedule: shared, or of each of the `n` patients. Day 0 is the first infusion.
        days: further days at which counts are wanted (`early`), none before 0.
        weight_kg: body weights; drawn where not given.
        level: steps in time are `level` times as many as usual.

    >>> from longwatch.mechanism.parameters import Parameters
    >>> values = Parameters.load().values()
    >>> found = simulate_cells(values, 1, jnp.arange(100), Schedule.label(values, [0, 365]), 24)
    >>> found.counts.shape
    (25, 5, 100)
    """
    patients = jnp.asarray(patients, jnp.uint32)
    _check(patients, schedule, months, days)
    marks, place = _marks(months, days)
    grid = make_grid(schedule, marks, level)
    starts = np.asarray(schedule.start, np.float32)
    weight = None if weight_kg is None else jnp.asarray(weight_kg, jnp.float32)
    at_marks, baseline = _run(_used(values), seed, patients, grid, starts, weight)
    return _picked(at_marks, baseline, place, months)


def states_where_given(
    values: Values,
    seed: int | Array,
    patients: Array,
    courses: Sequence[Course],
    given: Any,
    marks: NDArray[np.float64],
    level: float = 1.0,
) -> tuple[Array, Array]:
    """`simulate_cells` for people whose courses begin on the same days, if they get them at all.

    All step together, several times as fast as with schedules of their own; at most one block of
    people at a time.

    Inputs:
        courses: every course that anybody gets. given: bool[courses, n], who gets which.
        marks: the days on which the state is wanted, rising, none before 0.

    Returns: f32[K, 6, n], the five subsets and the concentration; the baseline, f32[5, n].
    """
    patients = jnp.asarray(patients, jnp.uint32)
    schedule = Schedule.of(courses)
    _check(patients, schedule, 1, marks)
    grid = make_grid(schedule, marks, level)
    middle = np.asarray(grid.middle, np.float64)
    rates = np.stack([Schedule.of([course]).rate(middle)[:, 0] for course in courses])
    given = np.asarray(given)
    starts = np.where(given, np.asarray(schedule.start, np.float32), np.inf).astype(np.float32)
    # A column of one rate for all becomes one of a rate for each person. Not by a product of
    # matrices: the library behind it keeps a thread that spins, and takes a core from the others.
    own = np.zeros((len(middle), given.shape[1]), np.float32)
    for rate, has in zip(rates.astype(np.float32), given, strict=True):
        own[rate > 0] += rate[rate > 0, None] * has
    steps = grid._replace(rate=own[:, None])
    states: tuple[Array, Array] = _run(_used(values), seed, patients, steps, starts, None)
    return states


def _used(values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name.startswith(_SECTIONS)}


def _marks(months: int, days: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The days at which the state is kept, rising; which of them each month and day is."""
    monthly = np.arange(months + 1) * DAYS_A_MONTH
    asked = np.concatenate([monthly, np.asarray(days, float)])
    marks, place = np.unique(asked, return_inverse=True)
    return marks, place


def _picked(at_marks: Array, baseline: Array, place: NDArray[np.int64], months: int) -> Cells:
    by_month, by_day = at_marks[place[: months + 1]], at_marks[place[months + 1 :]]
    subsets = len(Subset)
    return Cells(
        counts=by_month[:, :subsets],
        early=by_day[:, :subsets],
        concentration=by_month[:, subsets],
        early_concentration=by_day[:, subsets],
        baseline=baseline,
        failed=~jnp.all(jnp.isfinite(at_marks), axis=(0, 1)),
    )


def _check(
    patients: Array,
    schedule: Schedule,
    months: int,
    days: Sequence[float] | NDArray[np.float64],
) -> None:
    people = schedule.people
    if people not in (1, len(patients)):
        what = f"a schedule for {people} patients, but {len(patients)} patients"
        raise UsageError(Problem(what, how="give one schedule for all, or one for each"))
    if months < 1:
        raise UsageError(Problem(f"{months} months cannot be simulated", how="give 1 or more"))
    if any(day < 0 for day in days):
        what = "a day before the first infusion is asked for"
        raise UsageError(Problem(what, how="before it the counts are `baseline`"))


class _State(NamedTuple):
    amounts: Amounts
    counts: Array
    total: Array
    slope: Array
    kills: Array


class _Scene(NamedTuple):
    body: pharmacokinetics.Body
    pools: lymphocytes.Pools


def _begin(
    values: Values, seed: int | Array, patients: Array, starts: Array, weight: Array | None
) -> tuple[_Scene, _State]:
    body = pharmacokinetics.draw_body(values, seed, patients, starts, weight)
    pools = lymphocytes.draw_pools(values, seed, patients)
    zero = jnp.zeros(patients.shape, jnp.float32)
    total = pools.baseline.sum(axis=0)
    state = _State(Amounts(zero, zero), pools.baseline, total, zero, pools.baseline * 0)
    return _Scene(body, pools), state


def _step(scene: _Scene, state: _State, h: Array, rate: Array, day: Array) -> tuple[_State, Array]:
    """One step; also the concentration after it."""
    # Clearance in the middle of the step, from the slope of the last one: second order.
    ahead = jnp.maximum(state.total + state.slope * h / 2, 0.0)
    cl = pharmacokinetics.clearance(scene.body, ahead, day, h)
    middle, amounts = pharmacokinetics.advance(scene.body, state.amounts, cl, rate, h)
    concentration = amounts.central / scene.body.v1
    end = lymphocytes.kill(scene.pools, concentration)
    kills = (state.kills, lymphocytes.kill(scene.pools, middle), end)
    counts = lymphocytes.advance(scene.pools, state.counts, kills, h)
    total = counts.sum(axis=0)
    slope = jnp.where(h > 0, (total - state.total) / jnp.where(h > 0, h, 1.0), state.slope)
    return _State(amounts, counts, total, slope, end), concentration


def _row(state: _State, concentration: Array) -> Array:
    return jnp.concatenate([state.counts, concentration[None]])


@partial(jax.jit, compiler_options=WIDE_VECTORS)
def _run(
    values: Values,
    seed: int | Array,
    patients: Array,
    grid: Grid,
    starts: Array,
    weight: Array | None,
) -> tuple[Array, Array]:
    """State at the marks `(marks, 6, n)` and baseline `(5, n)`, block by block."""
    people = len(patients)
    blocks = -(-people // _BLOCK)
    if blocks <= 1:
        return _block(values, seed, grid, patients, starts, weight)
    short = blocks * _BLOCK - people

    def cut(table: Array) -> Array:
        """Blocks of the last axis first; the last one is filled up with its last person."""
        filled = jnp.pad(table, [(0, 0)] * (table.ndim - 1) + [(0, short)], mode="edge")
        return jnp.moveaxis(filled.reshape(*table.shape[:-1], blocks, _BLOCK), -2, 0)

    own: dict[str, Array] = {"patients": cut(patients)}
    if weight is not None:
        own["weight"] = cut(weight)
    if not grid.shared:
        own["starts"] = cut(starts)
        own |= {name: cut(jnp.asarray(part)) for name, part in grid._asdict().items()}

    def one(part: dict[str, Array]) -> tuple[Array, Array]:
        steps = grid if grid.shared else Grid(*(part[name] for name in Grid._fields))
        days = part.get("starts", starts)
        return _block(values, seed, steps, part["patients"], days, part.get("weight"))

    parts = jax.lax.map(one, own)
    rows, baseline = (jnp.moveaxis(p, 0, -2).reshape(*p.shape[1:-1], -1) for p in parts)
    return rows[..., :people], baseline[..., :people]


_BLOCK = 4096
"""Patients whose state fits a core's cache: twice as fast as all at once on a CPU."""


def _block(
    values: Values,
    seed: int | Array,
    grid: Grid,
    patients: Array,
    starts: Array,
    weight: Array | None,
) -> tuple[Array, Array]:
    scene, state = _begin(values, seed, patients, starts, weight)
    if grid.shared:
        return _kept_at_marks(scene, state, grid), scene.pools.baseline

    def one(state: _State, step: tuple[Array, ...]) -> tuple[_State, Array]:
        state, concentration = _step(scene, state, *step)
        return state, _row(state, concentration)

    # Everybody has own steps: all are kept, and the marks picked out afterwards.
    _, rows = jax.lax.scan(one, state, (grid.h, grid.rate, grid.middle))
    rows = jnp.concatenate([_row(state, state.total * 0)[None], rows])
    ends = jnp.asarray(grid.ends)[:, None, :]
    return jnp.take_along_axis(rows, ends, axis=0), scene.pools.baseline


def _kept_at_marks(scene: _Scene, state: _State, grid: Grid) -> Array:
    """All step together: the state is kept at the marks only."""
    ends = jnp.asarray(grid.ends)[:, 0]
    # The mark towards which each step goes; later steps overwrite earlier ones.
    mark = jnp.searchsorted(ends, jnp.arange(1, len(grid.h) + 1))
    kept = jnp.zeros((len(ends), len(Subset) + 1, len(state.total)), jnp.float32)
    kept = kept.at[0].set(_row(state, state.total * 0))

    def one(
        carry: tuple[_State, Array], step: tuple[Array, ...]
    ) -> tuple[tuple[_State, Array], None]:
        state, kept = carry
        *now, towards = step
        state, concentration = _step(scene, state, *now)
        row = _row(state, concentration)
        return (state, jax.lax.dynamic_update_index_in_dim(kept, row, towards, 0)), None

    steps = (grid.h[:, 0], grid.rate[:, 0], grid.middle[:, 0], mark)
    (_, kept), _ = jax.lax.scan(one, (state, kept), steps)
    return kept
