"""Concentrations against the closed solution, and against the label's peaks."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.pharmacokinetics import Amounts, Body, advance, draw_body
from longwatch.mechanism.schedule import Course, Schedule

VALUES = Parameters.load().values()
ALIKE = dict.fromkeys(
    (
        "pk.v1_cv",
        "pk.cl_cv",
        "pk.weight_cv",
        "pk.antibodies.first_course",
        "pk.antibodies.later_courses",
    ),
    0.0,
)
END_1, END_2 = 4 + 4 / 24, 365.25 + 2 + 4 / 24
LABEL = Schedule.label(VALUES, [0, 365.25])
DAYS = np.linspace(0, 120, 2401)


def _peaks(values):
    """Concentrations after each course and on day 30 (one shape for all tests: one compilation)."""
    got = simulate_cells(values, 1, jnp.arange(4000), LABEL, 13, (END_1, 30, END_2))
    return np.asarray(got.early_concentration)


def _curve(values, mg=12.0):
    """A typical person's concentration on `DAYS` after one course."""
    schedule = Schedule.of([Course(0, 5, mg, 4)])
    got = simulate_cells(VALUES | ALIKE | values, 1, jnp.arange(1), schedule, 4, DAYS)
    return np.asarray(got.early_concentration[:, 0], float)


def _body(v1=12.4, v2=4.0, q=0.82):
    one = jnp.ones(1, jnp.float32)
    return Body(one, one, q * one, v1 * one, v2 * one, jnp.inf * one, 1.0 * one)


@pytest.mark.parametrize("h", [0.001, 0.1, 1.0, 10.0, 60.0])
@pytest.mark.parametrize("rate", [0.0, 72.0])
def test_a_step_is_the_matrix_exponential(h, rate):
    v1, v2, q, cl = 12.4, 4.0, 0.82, 2.9
    flow = np.array([[-(cl + q) / v1, q / v2, 1.0], [q / v1, -q / v2, 0], [0, 0, 0]])
    start = np.array([10.0, 3.0, rate])
    want, halfway = expm(flow * h) @ start, expm(flow * h / 2) @ start

    amounts = Amounts(jnp.full(1, 10.0), jnp.full(1, 3.0))
    middle, after = advance(_body(), amounts, jnp.full(1, cl), jnp.float32(rate), jnp.float32(h))

    np.testing.assert_allclose(float(after.central[0]), want[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(float(after.peripheral[0]), want[1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(float(middle[0]), halfway[0] / v1, rtol=1e-5, atol=1e-7)


def test_without_clearance_no_drug_is_lost():
    amounts = Amounts(jnp.zeros(1), jnp.zeros(1))
    for rate, h in ((72.0, 4 / 24), (0.0, 0.5), (72.0, 4 / 24), (0.0, 0.5)):
        _, amounts = advance(_body(), amounts, jnp.full(1, 0.01), jnp.float32(rate), jnp.float32(h))

    assert float(amounts.central[0] + amounts.peripheral[0]) == pytest.approx(24.0, rel=1e-3)


def test_a_typical_person_has_the_peaks_of_the_prototype():
    """facts, mechanism.md §1: 3.00 and 2.22 mg/L, 0.06 at day 30."""
    typical = _peaks(VALUES | ALIKE)[:, 0]

    np.testing.assert_allclose(typical, [3.00, 0.06, 2.22], rtol=0.06)


def test_mean_peaks_are_those_of_the_label():
    """Calibration rows 1 and 2: 3.01 and 2.28 mg/L; most below quantification by day 30."""
    first, month, second = _peaks(VALUES)

    assert first.mean() == pytest.approx(3.01, rel=0.02)
    assert second.mean() == pytest.approx(2.28, rel=0.02)
    assert np.median(month) == pytest.approx(0.06, abs=0.015)


def test_exposure_is_dose_over_clearance():
    """Linear drug at constant clearance: the integral of the concentration is known."""
    area = np.trapezoid(_curve({"pk.cl_lymphocytes": 0.0}), DAYS)

    assert area == pytest.approx(60 / VALUES["pk.cl"], rel=0.002)


def test_twice_the_dose_is_twice_the_concentration_without_cells():
    once, twice = (_curve({"pk.cl_lymphocytes": 0.0}, mg) for mg in (12.0, 24.0))

    np.testing.assert_allclose(twice, 2 * once, rtol=1e-4, atol=1e-6)


def test_lymphocytes_speed_the_clearance_and_antibodies_slow_it():
    day_20 = int(np.searchsorted(DAYS, 20))
    plain, full, immune = (
        _curve(changed)[day_20]
        for changed in ({}, {"cells.kmax": 0.1}, {"pk.antibodies.first_course": 1.0})
    )

    assert full < plain < immune


def test_given_weights_take_the_place_of_drawn_ones():
    starts = np.array([[0.0]])
    light = draw_body(VALUES, 1, jnp.arange(3), starts, jnp.full(3, 50.0))
    heavy = draw_body(VALUES, 1, jnp.arange(3), starts, jnp.full(3, 100.0))

    np.testing.assert_allclose(heavy.v1, 2 * light.v1, rtol=1e-6)
    np.testing.assert_allclose(heavy.cl, light.cl, rtol=1e-6)
