"""The fast steps against an ordinary solver in double precision, and against finer steps."""

from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest

from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.lymphocytes import draw_pools
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.pharmacokinetics import draw_body
from longwatch.mechanism.reference import Person, solve
from longwatch.mechanism.schedule import Schedule

VALUES = Parameters.load().values()
LABEL = Schedule.label(VALUES, [0, 365.25])
MONTHS = 24
SEED = 7


PEOPLE = 2000


@cache
def _counts(level):
    got = simulate_cells(VALUES, SEED, jnp.arange(PEOPLE), LABEL, MONTHS, level=level)
    return np.asarray(got.counts, float)


def _error(got, want):
    return np.abs(got - want) / (want + 1)


@pytest.fixture(scope="module")
def reference():
    patients = jnp.arange(16)
    body = draw_body(VALUES, SEED, patients, np.float32(LABEL.start))
    pools = draw_pools(VALUES, SEED, patients)
    days = np.arange(MONTHS + 1) * DAYS_A_MONTH
    people = [Person.of(body, pools, number) for number in range(16)]
    return np.stack([solve(person, LABEL, days, 1e-8)[:, :5] for person in people], axis=-1)


def test_the_steps_meet_the_reference(reference):
    error = _error(_counts(1.0)[..., :16], reference)

    assert np.quantile(error, 0.99) < 1e-3
    assert np.median(error) < 1e-4


def test_finer_steps_come_nearer_at_second_order(reference):
    coarse, fine = (np.quantile(_error(_counts(n)[..., :16], reference), 0.98) for n in (0.5, 2.0))

    # Two halvings at second order are a sixteenth; half of that gain must be there.
    assert fine < coarse / 8


def test_other_people_are_met_as_well():
    """2000 people on whom nothing was tuned, against steps twice as fine."""
    error = _error(_counts(1.0), _counts(2.0))

    assert np.quantile(error, 0.99) < 1e-3
