"""Laboratory values vary as published, follow the courses, and belong to the patient."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from longwatch.mechanism.laboratory import TESTS, Visits, laboratory, set_point
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.platelets import Platelets
from longwatch.mechanism.tissue import Effects

VALUES = Parameters.load().values()
N, D = 2000, 24
IDS = jnp.arange(N)
FEMALE = IDS % 2 == 0
CELLS = jnp.broadcast_to(jnp.array([820.0, 420.0, 210.0, 190.0, 90.0])[None, :, None], (D, 5, N))
NO_COURSE = jnp.full((1, 1), jnp.inf)
DAYS = jnp.broadcast_to(30.0 * jnp.arange(D, dtype=jnp.float32)[:, None], (D, N))


def _healthy():
    one = jnp.ones((D, N))
    never = jnp.full(N, jnp.inf)
    return Effects(*([one] * 9), 0 * one, 0 * one, Platelets(one, never, never), never, never)


@functools.partial(jax.jit, static_argnames="tests")
def _compiled(days, courses, effects, items, tests):
    return laboratory(VALUES, 9, IDS, FEMALE, Visits(days, items, CELLS, courses), effects, tests)


def _run(days=DAYS, courses=NO_COURSE, effects=None, tests=TESTS, shift=0):
    """Always compiled for all tests, so that the file is compiled once."""
    made = _compiled(days, courses, effects or _healthy(), jnp.arange(D) + shift, TESTS)
    return np.asarray(made)[[TESTS.index(test) for test in tests]]


@pytest.mark.parametrize(
    ("test", "within", "between"),
    [
        ("platelets", 0.073, 0.19), ("neutrophils", 0.14, 0.30), ("hemoglobin", 0.027, 0.06),
        ("creatinine", 0.045, 0.14), ("alt", 0.10, 0.35), ("tsh", 0.177, 0.36),
        ("free_t4", 0.048, 0.09),
    ],
)  # fmt: skip
def test_variation_is_as_in_the_table(test, within, between):
    """mechanism.md §6; CVI is inflated by 1.3 for people with MS, the analysis comes on top."""
    values = np.log(np.asarray(_run(tests=(test,)))[0])
    women = np.asarray(FEMALE)
    analytical = VALUES[f"laboratory.{test}_analytical"]

    spread = np.sqrt(np.mean(np.var(values, axis=0, ddof=1)))
    assert spread == pytest.approx(np.sqrt(np.log1p((1.3 * within) ** 2 + analytical**2)), rel=0.03)
    assert np.std(values[:, women].mean(0)) == pytest.approx(between, rel=0.1)


def test_set_points_have_their_medians():
    own = np.asarray(set_point(VALUES, 9, IDS, FEMALE, "hemoglobin"))

    assert np.median(own[::2]) == pytest.approx(VALUES["laboratory.hemoglobin_female"], rel=0.015)
    assert np.median(own[1::2]) == pytest.approx(VALUES["laboratory.hemoglobin_male"], rel=0.015)


def test_white_cells_are_the_sum_of_their_kinds():
    wbc, neutrophils, lymphocytes = np.asarray(_run(tests=("wbc", "neutrophils", "lymphocytes")))
    parts = neutrophils + lymphocytes + VALUES["laboratory.other_white_cells"]

    np.testing.assert_allclose(wbc / parts, 1.0, atol=6 * VALUES["laboratory.wbc_analytical"])


def test_lymphocytes_are_what_the_cells_say():
    lymphocytes, cd4 = np.asarray(_run(tests=("lymphocytes", "cd4")))

    assert np.median(lymphocytes) == pytest.approx(1.73, rel=0.01)
    assert np.median(cd4) == pytest.approx(820, rel=0.01)


def test_platelets_fall_in_everybody_around_a_course_and_are_normal_after_two_months():
    """mechanism.md §2: 22 of 22, normal within 2 months (S16)."""
    grid = jnp.broadcast_to(jnp.array([-3.0, 5.0, 60.0] * 8)[:, None], (D, N))
    course = jnp.array([[0.0]])
    with_it = np.asarray(_run(days=grid, courses=course, tests=("platelets",)))[0]
    without = np.asarray(_run(days=grid, tests=("platelets",)))[0]
    factor = with_it / without

    np.testing.assert_allclose(factor[0], 1.0, rtol=1e-5)
    assert np.all(factor[1] < 0.95)
    assert np.all(factor[2] > 0.97)


def test_the_steroid_lifts_neutrophils_for_less_than_four_weeks():
    grid = jnp.broadcast_to(jnp.array([-3.0, 2.0, 28.0] * 8)[:, None], (D, N))
    with_it = np.asarray(_run(days=grid, courses=jnp.array([[0.0]]), tests=("neutrophils",)))[0]
    factor = with_it / np.asarray(_run(days=grid, tests=("neutrophils",)))[0]

    assert np.all(factor[0] == 1.0)
    assert np.all(factor[1] > 1.4)
    assert np.all(factor[2] < 1.02)


def test_a_disease_multiplies_its_test_and_no_other():
    sick = _healthy()._replace(tsh=jnp.full((D, N), 0.01))
    tsh, alt = np.asarray(_run(effects=sick, tests=("tsh", "alt")))
    healthy_tsh, healthy_alt = np.asarray(_run(tests=("tsh", "alt")))

    np.testing.assert_allclose(tsh, 0.01 * healthy_tsh, rtol=1e-5)
    np.testing.assert_array_equal(alt, healthy_alt)


def test_urine_is_mostly_clean_and_shows_nephritis():
    clean = np.asarray(_run(tests=("urine_rbc", "urine_wbc", "urine_protein")))
    one = jnp.ones((D, N))
    sick = np.asarray(
        _run(
            effects=_healthy()._replace(hematuria=one, proteinuria=one),
            tests=("urine_rbc", "urine_protein"),
        )
    )

    assert np.mean(clean[0] >= 3) < 0.08
    assert np.mean(clean[2] >= 1) == pytest.approx(VALUES["laboratory.protein_one"], abs=0.002)
    assert np.all(sick[0] >= VALUES["tissue.hematuria_cells"])
    assert np.all(sick[1] == VALUES["tissue.protein_grade"])


def test_a_value_belongs_to_patient_test_and_visit():
    """Another choice of tests, or other visits beside it, leave a value as it is."""
    all_tests = _run()
    alone = np.asarray(_compiled(DAYS, NO_COURSE, _healthy(), jnp.arange(D), ("alt",)))[0]
    shifted = _run(tests=("alt",), shift=1)[0]

    np.testing.assert_array_equal(alone, all_tests[TESTS.index("alt")])
    np.testing.assert_array_equal(shifted[:-1], alone[1:])
