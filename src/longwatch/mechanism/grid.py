"""Where time is cut: fine while the drug runs and fades, then from mark to mark."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.schedule import HOURS_A_DAY, Schedule

# Found by trial against `reference.py`; `tests/mechanism/test_cells_convergence.py` holds it.
_FIRST_INFUSION = 4
"""Steps in a course's first infusion: the concentration passes the half-effect within minutes."""
_NEXT_INFUSION = 1
_REST_OF_FIRST_DAY = 4
_REST_OF_DAY = 1
_FADING = ((1.0, 1), (84.0, 42), (150.0, 14), (280.0, 6))
"""Up to how many days after the last infusion, in how many steps."""
_SAME = 1e-9
"""Days below which two times are one."""


class Grid(NamedTuple):
    """Steps of length `h` (days) with infused `rate` (mg/d) around `middle`, NumPy's or JAX's.

    `h`, `rate`, `middle` are float32, `(S, 1)` when all share a schedule, else `(S, n)`; `ends`
    is int32 `(K, 1 or n)`: after how many steps each of the K marks is reached.
    """

    h: Any
    rate: Any
    middle: Any
    ends: Any

    @property
    def shared(self) -> bool:
        """Whether all people step together."""
        return bool(self.h.shape[1] == 1)


def make_grid(schedule: Schedule, marks: NDArray[np.float64], level: float = 1.0) -> Grid:
    """Cuts the time from day 0 to the last mark.

    Inputs:
        schedule: shared, or of each person.
        marks: days at which the state is wanted, rising, none before day 0.
        level: steps are `level` times as many as usual.
    """
    last = float(marks[-1])
    people = schedule.people
    columns = [np.broadcast_to(marks[:, None], (len(marks), people)), np.zeros((1, people))]
    for row in range(len(schedule.start)):
        columns += [schedule.start[row] + offset for offset in _offsets(schedule, row, level)]
    times = np.clip(np.concatenate(columns), 0.0, last)
    # Rows of a person in one piece: NumPy sorts those several times as fast.
    times = np.sort(np.ascontiguousarray(times.T), axis=1)
    if people == 1:
        keep = np.concatenate([[True], np.diff(times[0]) > _SAME])
        times = times[:, keep]
    h = np.diff(times, axis=1)
    middle = times[:, :-1] + h / 2
    ends = _reached(times, marks)
    days = np.ascontiguousarray(middle.T, np.float32)
    if people == 1:
        rate = schedule.rate(middle.T).astype(np.float32)
    else:
        # Millions of steps: compiled, several times as fast as `schedule.rate`.
        rate = _rates(
            days,
            np.float32(schedule.start),
            schedule.doses,
            schedule.mg,
            schedule.hours,
            schedule.every,
        )
    return Grid(np.ascontiguousarray(h.T, np.float32), rate, days, ends)


@jax.jit
def _rates(
    days: jax.Array,
    start: jax.Array,
    doses: jax.Array,
    mg: jax.Array,
    hours: jax.Array,
    every: jax.Array,
) -> jax.Array:
    """`Schedule.rate` for many people at once; a course that never comes starts at `inf`."""
    found = jnp.zeros_like(days)
    for row in range(len(start)):
        since = days - start[row]
        which = jnp.floor(since / every[row])
        long = hours[row] / HOURS_A_DAY
        inside = since - which * every[row]
        running = (since >= 0) & (which < doses[row]) & (inside < long)
        found += jnp.where(running, mg[row] / long, 0.0)
    return found


def _reached(times: NDArray[np.float64], marks: NDArray[np.float64]) -> NDArray[np.int32]:
    """Number of steps after which each mark is reached, `(marks, people)`."""
    close = _SAME / 2
    if len(times) == 1:
        return np.searchsorted(times[0], marks - close).astype(np.int32)[:, None]
    # One search for all: a person's times are moved behind those of the one before.
    wide = float(times[0, -1]) + 1.0
    moved = np.arange(len(times))[:, None] * wide
    flat = np.searchsorted((times + moved).ravel(), (marks - close + moved).ravel())
    steps = flat.reshape(len(times), -1) - np.arange(len(times))[:, None] * times.shape[1]
    return np.ascontiguousarray(steps.T, np.int32)


def _offsets(schedule: Schedule, row: int, level: float) -> list[NDArray[np.float64]]:
    """Days after a course's start at which steps end, each `(times, 1 or n)`."""
    long = schedule.hours[row] / HOURS_A_DAY
    every, doses = schedule.every[row], schedule.doses[row]
    found = [np.zeros((1, 1))]
    for infusion in range(int(doses.max())):
        given = infusion < doses
        first = infusion == 0
        during = _cut(_FIRST_INFUSION if first else _NEXT_INFUSION, level) ** (2 if first else 1)
        after = _cut(_REST_OF_FIRST_DAY if first else _REST_OF_DAY, level) ** 2
        # An infusion that this person does not get falls on the last one: steps of no length.
        base = every * np.where(given, infusion, doses - 1)
        found.append(base + during[:, None] * long)
        found.append(base + long + after[:, None] * (every - long))
    end = every * doses
    for (low, _), (high, steps) in pairwise(((0.0, 0), *_FADING)):
        found.append(end + low + (high - low) * _cut(steps, level)[:, None])
    return found


def _cut(steps: int, level: float) -> NDArray[np.float64]:
    count = max(1, round(steps * level))
    return np.arange(1, count + 1) / count
