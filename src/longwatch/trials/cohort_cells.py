"""Lymphocytes of a chunk, and their counts on the days of visits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.cells import states_where_given
from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.schedule import Course
from longwatch.trials.cohort_kernels import kernels

NEAR_COURSE = (0.0, 1.0, 3.0, 7.0, 14.0)
"""Days of a course at which cells are kept besides the months: they fall within days."""
_LEVEL = 0.5
"""Steps of the simulation; p99 error 2.5e-3, far below a laboratory's own error."""
_SUBSETS = 5


class Counts(NamedTuple):
    """at_visits: f32[D, 5, n], CD4, CD8, B, NK, other per microliter. failed: bool[n]."""

    at_visits: NDArray[np.float32]
    failed: NDArray[np.bool_]


def cells_at_visits(
    values: dict[str, float],
    seed: int,
    patients: NDArray[np.uint32],
    courses: Sequence[Course],
    given: NDArray[np.bool_],
    months: int,
    days: NDArray[np.float32],
) -> Counts:
    """Simulates the cells of a chunk.

    Inputs:
        courses: on the same days for everybody; given: bool[C, n], who gets which.
        days: [D, n], of the visits.
    """
    near = [course.day + day for course in courses for day in NEAR_COURSE]
    marks = np.unique(np.concatenate([np.arange(months + 1) * DAYS_A_MONTH, near]))
    states, _ = states_where_given(
        values, seed, jnp.asarray(patients), courses, given, marks, level=_LEVEL
    )
    found = np.empty((len(days), _SUBSETS, len(patients)), np.float32)
    failed = np.zeros(len(patients), np.bool_)
    kernels().between(marks.astype(np.float32), np.asarray(states), days, found, failed)
    return Counts(found, failed)
