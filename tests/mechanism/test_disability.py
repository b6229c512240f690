"""Disability: recovery, progression, noise and the scale do what the facts say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.mechanism.disease import PATIENTS, VALUES, N, subjects, values

from longwatch.mechanism.disability import (
    fluctuation,
    rater_step,
    simulate_disability,
    snap_to_scale,
    steps_without_relapse,
)
from longwatch.mechanism.recovery import Attacks, draw_attacks, residual

MONTH = 365.25 / 12
VISITS = jnp.arange(0, 25, 3) * MONTH
NO_DAYS = jnp.full((1, N), jnp.inf)
NO_ATTACKS = Attacks(jnp.zeros((1, N)), jnp.zeros((1, N)))
SCALE = {0.0, *np.arange(1.0, 10.1, 0.5)}


def attacks():
    drawn = draw_attacks(VALUES, 2, PATIENTS, 2)
    return Attacks(np.asarray(drawn.size).ravel(), np.asarray(drawn.lasting).ravel())


def share(condition):
    return np.asarray(condition).mean()


@pytest.mark.parametrize(
    ("least_size", "days", "least_left", "published", "error"),
    [
        (0.0, 64, 0.5, 0.42, 0.025),
        (0.0, 64, 1.0, 0.28, 0.023),
        (2.0, MONTH, 1.0, 0.601, 0.029),
        (2.0, 2 * MONTH, 1.0, 0.559, 0.029),
        (2.0, 12 * MONTH, 1.0, 0.482, 0.030),
        (2.0, MONTH, 2.0, 0.374, 0.029),
        (2.0, 2 * MONTH, 2.0, 0.307, 0.027),
        (2.0, 12 * MONTH, 2.0, 0.207, 0.024),
    ],
)
def test_what_is_left_of_relapses_is_as_it_was_measured(
    least_size, days, least_left, published, error
):
    """mechanism.md §4, S35 and S36, each within two standard errors; scores by rounding."""
    drawn = attacks()
    counted = drawn.size >= least_size
    left = np.asarray(residual(VALUES, drawn, jnp.float32(days)))[counted]

    assert share(left >= least_left - 0.25) == pytest.approx(published, abs=2 * error)


def test_a_relapse_leaves_less_as_time_goes_and_nothing_before_it():
    one = Attacks(jnp.array([2.0]), jnp.array([0.25]))
    left = [float(residual(VALUES, one, jnp.array([day]))[0]) for day in (-1.0, 0, 21, 180, 9999)]

    assert left[0] == 0
    assert left[1] == pytest.approx(2.0)
    assert left[1:] == sorted(left[1:], reverse=True)
    assert left[-1] == pytest.approx(0.5)


def test_the_mean_lasting_harm_of_a_relapse_is_that_of_the_facts():
    drawn = attacks()

    assert share(drawn.size * drawn.lasting) == pytest.approx(0.41, abs=0.015)


def test_raters_agree_as_they_did_when_it_was_measured():
    """69 % perfect agreement, at least 92 % within one step (S39)."""
    one = np.asarray(rater_step(VALUES, 1, PATIENTS, 1))[0]
    two = np.asarray(rater_step(VALUES, 2, PATIENTS, 1))[0]

    assert share(one == two) == pytest.approx(0.69, abs=0.015)
    assert share(abs(one - two) <= 0.5) > 0.92
    assert one.mean() == pytest.approx(0, abs=0.01)


def test_fluctuation_is_stationary_and_forgets():
    noise = np.asarray(fluctuation(VALUES, 1, PATIENTS, VISITS))
    keep = np.exp(-3 / VALUES["disability.fluctuation_months"])

    np.testing.assert_allclose(noise.std(axis=1), VALUES["disability.fluctuation_sd"], rtol=0.03)
    assert np.corrcoef(noise[2], noise[3])[0, 1] == pytest.approx(keep, abs=0.02)
    assert np.corrcoef(noise[2], noise[4])[0, 1] == pytest.approx(keep**2, abs=0.02)


def test_every_score_is_on_the_scale():
    scores = np.asarray(snap_to_scale(VALUES, jnp.linspace(-3, 14, 2000)))

    assert set(scores.tolist()) == SCALE
    assert np.all(np.diff(scores) >= 0)


def test_progression_is_negative_binomial_in_half_steps():
    rate, years = 0.31, 2.0
    steps = np.asarray(
        steps_without_relapse(VALUES, 1, PATIENTS, rate, jnp.array([0.0, years * 365.25]), 20)
    )
    mean = rate * years

    assert steps[0].sum() == 0
    assert steps[1].mean() == pytest.approx(mean, rel=0.04)
    assert share(steps[1] == 0) == pytest.approx(1 / (1 + mean), abs=0.012)


SIMULATE = jax.jit(simulate_disability)


def simulate(treated=0.0, trial="care_ms_2", using=VALUES):
    who = subjects(trial, using)
    return who.people, SIMULATE(who, jnp.full(N, treated), NO_DAYS, NO_ATTACKS, VISITS)


def test_alemtuzumab_slows_progression_and_changes_nobodys_noise():
    _, without = simulate(0.0)
    _, treated = simulate(1.0)

    assert treated.true[-1].mean() < without.true[-1].mean() - 0.1
    np.testing.assert_array_equal(treated.observed[0], without.observed[0])


def test_without_noise_what_is_regained_is_what_the_parameter_says():
    quiet = values(
        disability__fluctuation_sd=0.0,
        disability__rater_half=0.0,
        disability__rater_whole=0.0,
        disability__progression_care_ms_2=0.0,
        disability__improvement_care_ms_2=0.1,
    )
    who, seen = simulate(using=quiet)
    high = np.asarray(who.edss) >= 2.0
    change = np.asarray(seen.true[-1] - who.edss)[high]

    assert change.mean() == pytest.approx(-0.1 * (1 - np.exp(-24 / 6)), rel=0.05)
    np.testing.assert_array_equal(seen.observed[0], who.edss)


def test_observed_scores_are_on_the_scale_and_true_ones_stay_within_it():
    _, seen = simulate()

    assert set(np.unique(seen.observed).tolist()) <= SCALE
    assert float(seen.true.min()) >= 0
