"""Virtual patients after a first and after a later course, as shares of their baseline."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import jax.numpy as jnp
import numpy as np

from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.clock import DAYS_A_YEAR
from longwatch.mechanism.lymphocytes import draw_pools
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.schedule import Schedule

PEOPLE = 1000
SEED = 2026
KNOTS = (
    *(0, 0.5, 1, 1.5, 2, 3, 5, 14, 21, 28, 35, 42, 49, 56, 63, 70, 80, 90, 100, 110, 120),
    *(135, 150, 165, 180, 210, 240, 270, 300, 365),
)
MONTHS = 25


def digest(values: dict[str, float]) -> str:
    """Of the parameters that the table depends on: tells a stale table."""
    used = {k: v for k, v in sorted(values.items()) if k.startswith(("pk.", "cells."))}
    used = {k: v for k, v in used.items() if not k.startswith("pk.bcll.")}
    return hashlib.sha256(json.dumps(used).encode()).hexdigest()


def make_table() -> dict[str, Any]:
    """The arrays of the shipped file."""
    values = Parameters.load().values()
    patients = jnp.arange(PEOPLE)
    knots = np.array(KNOTS, float)
    courses = Schedule.label(values, [0.0, DAYS_A_YEAR])
    # A knot on a course's first day is before it: the later course begins where the first ends.
    days = np.unique([*knots, *(knots + DAYS_A_YEAR)])
    got = simulate_cells(values, SEED, patients, courses, MONTHS, days.tolist())
    baseline = np.asarray(got.baseline)
    shares = np.asarray(got.early) / baseline
    after = [shares[np.searchsorted(days, knots + start - 1e-6)] for start in (0.0, DAYS_A_YEAR)]
    pools = draw_pools(values, SEED, patients)
    return {
        "knots": knots.astype(np.float32),
        "after": np.stack(after).astype(np.float16),
        "target": (np.asarray(pools.target) / baseline).astype(np.float32),
        "rate": np.asarray(pools.rate, np.float32),
        "baseline": baseline.astype(np.float32),
        "gap": np.float32(values["pk.dose.course_gap"]),
        "parameters": np.array(digest(values)),
    }
