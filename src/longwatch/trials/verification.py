"""How far the fast steps are from the equations: against a slow solver, at several step lengths."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.grid import make_grid
from longwatch.mechanism.lymphocytes import Subset, draw_pools
from longwatch.mechanism.pharmacokinetics import draw_body
from longwatch.mechanism.reference import Person, solve
from longwatch.mechanism.schedule import Schedule

LEVELS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Steps over the usual number of steps."""
PEOPLE, SEED, MONTHS = 24, 7, 60
_TOLERANCE = 1e-8


@dataclass(frozen=True)
class Convergence:
    """Errors of counts at one length of the steps: |count - reference| / (reference + 1).

    `worst_count` is the largest difference in cells per µL; `concentration` the largest difference
    in mg/L over the highest concentration of that person.
    """

    level: float
    steps: int
    median: float
    p99: float
    highest: float
    worst_count: float
    concentration: float


def convergence(
    values: Mapping[str, float],
    levels: Sequence[float] = LEVELS,
    people: int = PEOPLE,
    months: int = MONTHS,
    progress: Callable[[int, int], None] | None = None,
) -> list[Convergence]:
    """Errors of monthly counts over two courses, for the first people of a seed.

    Inputs:
        people: each is solved anew by SciPy's LSODA at 1e-8, restarted at each edge and floor.
        progress: called with people solved and in all.
    """
    schedule = Schedule.label(dict(values), [0.0, DAYS_A_YEAR])
    days = np.asarray(np.arange(months + 1) * DAYS_A_MONTH, np.float64)
    want = _reference(values, schedule, days, people, progress)
    found = []
    for level in levels:
        got = simulate_cells(values, SEED, jnp.arange(people), schedule, months, level=level)
        counts = np.asarray(got.counts, np.float64)
        drug = np.asarray(got.concentration, np.float64)
        wanted = want[:, : len(Subset)]
        far = np.abs(counts - wanted)
        error = far / (wanted + 1.0)
        peak = want[:, len(Subset)].max(axis=0)
        found.append(
            Convergence(
                level,
                len(make_grid(schedule, days, level).h),
                float(np.median(error)),
                float(np.quantile(error, 0.99)),
                float(error.max()),
                float(far.max()),
                float((np.abs(drug - want[:, len(Subset)]) / peak).max()),
            )
        )
    return found


def _reference(
    values: Mapping[str, float],
    schedule: Schedule,
    days: NDArray[np.float64],
    people: int,
    progress: Callable[[int, int], None] | None,
) -> NDArray[np.float64]:
    """Counts and concentration `(days, 6, people)`."""
    numbers = jnp.arange(people)
    body = draw_body(values, SEED, numbers, jnp.asarray(schedule.start, jnp.float32))
    pools = draw_pools(values, SEED, numbers)
    rows = []
    for number in range(people):
        rows.append(solve(Person.of(body, pools, number), schedule, days, _TOLERANCE))
        if progress is not None:
            progress(number + 1, people)
    return np.stack(rows, axis=-1)
