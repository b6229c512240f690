"""Endpoints of trials against answers worked out by hand and by other software."""

import warnings

import jax.numpy as jnp
import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight

from longwatch.trials.confirmed import Limits, confirmed_worsening
from longwatch.trials.design import load_design
from longwatch.trials.negative_binomial import arm_rates, dispersion
from longwatch.trials.survival import cox_ratio, kaplan_meier, kaplan_meier_at_visits
from longwatch.trials.trial import Course, limits_of

RNG = np.random.default_rng(20261122)
LIMITS = Limits(1.0, 1.5)
CONFIRM = 2


def test_kaplan_meier_equals_statsmodels():
    time = RNG.exponential(400, (3, 150)).round()
    event = RNG.random((3, 150)) < 0.6

    got = kaplan_meier(time, event, 500)

    for row in range(3):
        other = SurvfuncRight(time[row], event[row])
        assert got[row] == pytest.approx(other.surv_prob[other.surv_times <= 500][-1], abs=1e-12)


def test_kaplan_meier_with_nobody_leaving_is_a_share():
    event = np.array([[0, 3, 8, 0, 5]])
    last = np.full((1, 5), 8)

    assert kaplan_meier_at_visits(event, last, 8)[0] == pytest.approx(2 / 5)


def test_who_left_counts_as_long_as_seen():
    event, last = np.array([[0, 4, 0, 0]]), np.array([[2, 8, 8, 8]])

    assert kaplan_meier_at_visits(event, last, 8)[0] == pytest.approx(2 / 3)


def counts(rate, shape, years):
    return RNG.poisson(rate * years * RNG.gamma(shape, 1 / shape, years.shape))


@pytest.mark.parametrize("shape", [0.6, 1.2, 8.0])
def test_the_annual_rates_equal_statsmodels(shape):
    years = [RNG.uniform(0.3, 2.0, (2, 187)), RNG.uniform(0.3, 2.0, (2, 376))]
    seen = [counts(0.4, shape, years[0]), counts(0.18, shape, years[1])]

    got = arm_rates(seen, years)

    for row in range(2):
        y = np.concatenate([part[row] for part in seen])
        t = np.concatenate([part[row] for part in years])
        arm = np.repeat([0, 1], [187, 376])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = sm.NegativeBinomial(
                y, sm.add_constant(arm), loglike_method="nb2", offset=np.log(t)
            ).fit(disp=0, maxiter=500)
        assert got[0][row] == pytest.approx(np.exp(fit.params[0]), rel=1e-3)
        assert got[1][row] / got[0][row] == pytest.approx(np.exp(fit.params[1]), rel=1e-3)


def test_the_rate_of_people_without_relapse_is_almost_nothing():
    years = np.full((1, 20), 2.0)

    rates = arm_rates([np.zeros((1, 20)), counts(0.5, 1.0, years)], [years, years])

    assert rates[0][0] < 1e-3
    assert np.isfinite(rates[1][0])


def test_the_dispersion_is_that_of_the_facts():
    """mechanism.md §3: 122 events, 75 of 187 people give 1.10; 119 and 82 of 376 give 0.51."""
    for people, events, relapsing, expected in ((187, 122, 75, 1.10), (376, 119, 82, 0.51)):
        seen = np.zeros((1, people))
        seen[0, :relapsing] = 1
        seen[0, : events - relapsing] += 1
        assert dispersion(seen)[0] == pytest.approx(expected, abs=0.02)


def test_the_hazard_ratio_equals_statsmodels():
    event = [RNG.integers(0, 9, (1, 200)), RNG.integers(-9, 9, (1, 300)).clip(0)]
    last = [RNG.integers(6, 9, part.shape) for part in event]
    last = [np.maximum(one, two) for one, two in zip(event, last, strict=True)]
    until = np.concatenate(
        [np.where(one > 0, one, two)[0] for one, two in zip(event, last, strict=True)]
    )
    ended = np.concatenate([part[0] > 0 for part in event])
    arm = np.repeat([0.0, 1.0], [200, 300])

    fit = PHReg(until, arm[:, None], status=ended, ties="efron").fit()

    assert cox_ratio(event, last, 8)[0] == pytest.approx(np.exp(fit.params[0]), rel=1e-4)


def test_without_worsening_in_an_arm_there_is_no_hazard_ratio():
    last = np.full((1, 10), 8)

    assert np.isnan(cox_ratio([np.zeros((1, 10), int), last], [last, last], 8)[0])


@pytest.mark.parametrize(
    ("scores", "seen", "expected"),
    [
        ([2, 2, 3, 3, 3, 2, 2, 2, 2], 9, 2),  # a rise of 1.0 over three visits
        ([2, 2, 3, 3, 2.5, 2, 2, 2, 2], 9, 0),  # half a year later it is less
        ([0, 1, 1, 1, 1, 1, 1, 1, 1], 9, 0),  # from 0 a rise of 1.0 is not enough
        ([0, 0, 0, 1.5, 1.5, 2, 0, 0, 0], 9, 3),
        ([2, 2, 2, 2, 2, 2, 3, 3, 3], 9, 6),  # confirmed at the last visit
        ([2, 2, 2, 2, 2, 2, 2, 3, 3], 9, 0),  # no visit half a year later
        ([2, 2, 3, 3, 3, 3, 3, 3, 3], 4, 0),  # left before confirmation
        ([2, 3, 3, 2, 3, 3, 3, 2, 2], 9, 4),  # the first rise did not last
    ],
)
def test_worsening_counts_when_it_is_there_half_a_year_later(scores, seen, expected):
    attended = jnp.arange(9)[None, :] < seen

    visit, last = confirmed_worsening(
        jnp.array(scores, jnp.float32)[:, None], attended, LIMITS, CONFIRM
    )

    assert (int(visit[0]), int(last[0])) == (expected, seen - 1)


@pytest.mark.parametrize("trial", ["care-ms-1", "care-ms-2"])
def test_the_limits_of_the_designs_are_those_used_here(trial):
    design = load_design(trial)

    assert limits_of(design) == LIMITS
    assert Course.of(design).confirm == CONFIRM
