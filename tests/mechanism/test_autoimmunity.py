"""Autoimmune onsets follow the cohorts they were fitted to, and belong to the patient."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from longwatch.mechanism.autoimmunity import (
    CONDITIONS,
    Thyroid,
    autoimmunity,
    cumulative_hazard,
    onset_day,
)
from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.rng import Stream, exponential, uniform

VALUES = Parameters.load().values()
TWO_COURSES = jnp.array([[0.0], [371.0]])
N = 20_000
IDS = jnp.arange(N)
FEMALE = uniform(3, Stream.PEOPLE, IDS) < VALUES["autoimmunity.female_share"]


@pytest.fixture(scope="module")
def onsets():
    run = jax.jit(lambda: autoimmunity(VALUES, 3, IDS, FEMALE, TWO_COURSES))
    return run()


def _months(onsets, condition):
    return np.asarray(onsets.day[CONDITIONS.index(condition)]) / DAYS_A_MONTH


def test_thyroid_disease_comes_as_often_as_in_the_cohorts(onsets):
    """mechanism.md §9: 16.2 % at 24 months, 41 % in a lifetime."""
    months = _months(onsets, "thyroid")

    assert np.mean(months <= 24) == pytest.approx(0.162, abs=0.01)
    assert np.mean(np.isfinite(months)) == pytest.approx(0.415, abs=0.012)


def test_thyroid_disease_comes_when_it_came_in_the_cohorts(onsets):
    """Median 28 months from the first and 16 from the last dose, 89 % within 3 years of it."""
    months = _months(onsets, "thyroid")
    ill = months[np.isfinite(months)]

    assert np.median(ill) == pytest.approx(28, abs=1)
    assert np.median(ill) - 371 / DAYS_A_MONTH == pytest.approx(16, abs=1)
    assert np.mean(ill - 371 / DAYS_A_MONTH <= 36) == pytest.approx(0.89, abs=0.02)


def test_women_have_it_more_often(onsets):
    months = _months(onsets, "thyroid")
    women, men = np.asarray(FEMALE), ~np.asarray(FEMALE)

    ratio = np.mean(np.isfinite(months[women])) / np.mean(np.isfinite(months[men]))

    assert ratio == pytest.approx(VALUES["autoimmunity.thyroid_female_ratio"], abs=0.12)


def test_kinds_of_thyroid_disease_have_their_shares(onsets):
    kinds = np.bincount(np.asarray(onsets.thyroid), minlength=4) / N

    graves = kinds[Thyroid.GRAVES] + kinds[Thyroid.FLUCTUATING]
    assert graves == pytest.approx(0.72, abs=0.01)
    assert kinds[Thyroid.HASHIMOTO] == pytest.approx(0.20, abs=0.01)
    assert kinds[Thyroid.FLUCTUATING] / graves == pytest.approx(0.30, abs=0.01)


@pytest.mark.parametrize(("condition", "share"), [("itp", 0.022), ("nephropathy", 0.003)])
def test_rare_diseases_are_as_rare_as_reported(onsets, condition, share):
    found = np.mean(np.isfinite(_months(onsets, condition)))

    assert found == pytest.approx(share, abs=4 * np.sqrt(share / N))


def test_the_onset_is_where_the_hazard_reaches_its_threshold():
    courses = jnp.array([[0.0], [371.0], [1000.0], [jnp.inf]])
    threshold = exponential(5, 1, jnp.arange(500))

    day = onset_day(VALUES, threshold, courses)

    np.testing.assert_allclose(cumulative_hazard(VALUES, day, courses), threshold, rtol=1e-3)


def test_one_course_has_the_weibull_answer():
    threshold = jnp.array([0.1, 1.0, 3.0])
    scale = VALUES["autoimmunity.scale"] * 365.25

    day = onset_day(VALUES, threshold, jnp.array([[0.0]]))

    expected = scale * np.asarray(threshold) ** (1 / VALUES["autoimmunity.shape"])
    np.testing.assert_allclose(day, expected, rtol=1e-4)


def test_a_further_course_never_delays_an_onset(onsets):
    third = jnp.array([[0.0], [371.0], [800.0]])
    more = autoimmunity(VALUES, 3, IDS, FEMALE, third)

    assert bool(jnp.all(more.day <= onsets.day * 1.00001))
    before = np.asarray(onsets.day) < 800
    np.testing.assert_allclose(np.asarray(more.day)[before], np.asarray(onsets.day)[before], 1e-4)


def test_without_a_course_only_the_background_of_thyroid_disease_is_left():
    none = autoimmunity(VALUES, 3, IDS, FEMALE, jnp.full((1, 1), jnp.inf))
    years = np.asarray(none.day[0]) / 365.25

    assert np.mean(years <= 2) == pytest.approx(1 - np.exp(-2 * 0.027), abs=0.006)
    assert not np.any(np.isfinite(none.day[1:]))


def test_a_patient_falls_ill_on_the_same_day_in_any_batch(onsets):
    some = autoimmunity(VALUES, 3, IDS[700:900], FEMALE[700:900], TWO_COURSES)

    np.testing.assert_allclose(some.day, onsets.day[:, 700:900], rtol=1e-5)
    np.testing.assert_array_equal(some.thyroid, onsets.thyroid[700:900])
