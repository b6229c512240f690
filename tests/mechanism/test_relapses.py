"""Relapses follow their rate: analytical answers, treatment, and one stream for each decision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats
from tests.mechanism.disease import (
    PATIENTS,
    VALUES,
    YEAR,
    N,
    alemtuzumab,
    interferon,
    people,
    subjects,
    untreated,
    values,
)

from longwatch.mechanism.relapses import (
    MOST_IN_TWO_YEARS,
    Therapy,
    days_of_events,
    effect_of_alemtuzumab,
    relapses_of,
)
from longwatch.mechanism.rng import Stream

SIMULATE = jax.jit(relapses_of, static_argnums=(2, 3))
PROTOTYPE = {
    "rate_care_ms_1": 0.48,
    "rate_care_ms_2": 0.73,
    "frailty_shape": 1.15,
    "interferon_ratio": 0.68,
    "alemtuzumab_left": 0.33,
    "response_variance": 0.35,
}
CONSTANT = {"relapse__age_ratio": 1.0, "relapse__season_amplitude": 0.0}


def simulate(therapy, using=VALUES, trial="care_ms_1", months=24, patients=PATIENTS, most=16):
    return SIMULATE(subjects(trial, using, patients), therapy, months, most)


def counts(relapses, until=2 * YEAR):
    return np.asarray((relapses.days <= until).sum(axis=0))


def test_counts_without_age_and_season_are_negative_binomial():
    using = values(**CONSTANT)
    got = counts(simulate(untreated(), using))
    mean, shape = 2 * VALUES["relapse.rate_care_ms_1"], VALUES["relapse.frailty_shape"]
    expected = stats.nbinom(shape, shape / (shape + mean))

    for number in range(5):
        share = expected.pmf(number)
        assert (got == number).mean() == pytest.approx(share, abs=4 * np.sqrt(share / N))
    assert got.var() == pytest.approx(expected.var(), rel=0.06)


def test_events_of_a_constant_hazard_are_poisson_in_time():
    grid = jnp.array([0.0, 10.0, 30.0, 100.0])
    hazard = jnp.broadcast_to((0.01 * grid)[:, None], (4, N))
    days = np.asarray(days_of_events(5, Stream.RELAPSE_TIMES, PATIENTS, grid, hazard, 8))
    first, second = days[0], days[1]

    assert stats.kstest(first[first < 100], stats.truncexpon(b=1.0, scale=100).cdf).pvalue > 1e-3
    assert np.isinf(first).mean() == pytest.approx(np.exp(-1), abs=0.015)
    early = first < 20
    between = second[early] - first[early]
    assert (between < 50).mean() == pytest.approx(1 - np.exp(-0.5), abs=0.03)
    assert np.all(first[np.isfinite(second)] <= second[np.isfinite(second)])


@pytest.mark.parametrize("day", [10.0, 200.0, 400.0, 700.0])
def test_the_effect_comes_and_wanes_as_the_formula_says(day):
    onset, wane = VALUES["relapse.onset"] * YEAR / 12, VALUES["relapse.wane"] / YEAR

    def after(strength, passed):
        return (1 - (1 - strength) * np.exp(-passed / onset)) * np.exp(-wane * passed)

    expected = after(0, day) if day < 365 else after(after(0, 365), day - 365)
    courses = jnp.array([[0.0], [365.0]])

    got = effect_of_alemtuzumab(VALUES, courses, jnp.array([day]))

    assert float(got[0, 0]) == pytest.approx(expected, rel=1e-5)


def test_a_course_that_was_not_given_between_two_others_changes_nothing():
    day = jnp.linspace(0, 2000, 50)
    with_gap = jnp.array([[0.0], [jnp.inf], [900.0], [jnp.inf]])

    got = effect_of_alemtuzumab(VALUES, with_gap, day)

    expected = effect_of_alemtuzumab(VALUES, jnp.array([[0.0], [900.0]]), day)
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_the_integral_equals_a_quadrature_of_the_rate():
    using = values(relapse__frailty_shape=20.0)
    _, who = people(using=using)
    relapses = simulate(alemtuzumab(), using)
    person = 7
    turn = 2 * np.pi / YEAR

    def shape(day, left):
        season = 1 + using["relapse.season_amplitude"] * np.cos(
            turn * (float(who.start[person]) + day - using["relapse.season_peak"])
        )
        courses = jnp.array([[0.0], [365.0]])
        effect = np.asarray(effect_of_alemtuzumab(using, courses, jnp.asarray(day)))[:, 0]
        return using["relapse.age_ratio"] ** (day / YEAR) * season * (1 - effect * (1 - left))

    # Frailty and response are unknown here: two integrals fix them, the third is the test.
    days = np.linspace(0, float(relapses.grid[-1]), 1461)
    flat = shape(days, 1.0)
    full = shape(days, 0.0)
    basis = [integrate.cumulative_simpson(part, x=days, initial=0) for part in (flat - full, full)]
    at = [np.interp([120.0, 500.0, 730.0], days, part) for part in basis]
    known = np.interp([120.0, 500.0, 730.0], relapses.grid, relapses.hazard[:, person])
    a, b = np.linalg.solve(np.array([[at[0][0], at[1][0]], [at[0][2], at[1][2]]]), known[[0, 2]])

    assert known[1] == pytest.approx(a * at[0][1] + b * at[1][1], rel=2e-3)


def test_treatment_lowers_the_rate_in_its_order():
    rates = [counts(simulate(what())).mean() for what in (untreated, interferon, alemtuzumab)]

    assert rates[1] / rates[0] == pytest.approx(VALUES["relapse.interferon_ratio"], abs=0.03)
    assert rates[2] < 0.62 * rates[1]


def test_the_prototypes_shares_without_relapse_come_out():
    """mechanism.md §9; CARE-MS I on alemtuzumab (78.2 there) is left out: see the model card.

    The formula printed there gives 74.4 with one common response, in NumPy too. The prototype had
    no drop-out; age and season are left out here. Its values are the middles of the priors.
    """
    expected = {("care_ms_1", interferon): 60.1, ("care_ms_2", interferon): 48.4}
    expected[("care_ms_2", alemtuzumab)] = 65.4
    using = values(
        relapse__wane=0.0, **CONSTANT, **{f"relapse__{k}": v for k, v in PROTOTYPE.items()}
    )
    for (trial, therapy), share in expected.items():
        got = 100 * (counts(simulate(therapy(), using, trial)) == 0).mean()
        assert got == pytest.approx(share, abs=1.3), (trial, therapy)


def test_a_patient_relapses_on_the_same_days_in_any_batch():
    chosen = jnp.array([17, 4, 9_999], jnp.uint32)
    alone = simulate(alemtuzumab(3), patients=chosen)
    among = simulate(alemtuzumab())

    np.testing.assert_allclose(alone.days, among.days[:, chosen], rtol=2e-6)


def test_another_treatment_later_leaves_earlier_relapses_as_they_are():
    later = Therapy(jnp.full((1, N), 300.0), jnp.zeros(N))
    with_course, without = simulate(later).days, simulate(untreated()).days
    before = np.asarray(without) < 280

    np.testing.assert_allclose(np.asarray(with_course)[before], np.asarray(without)[before])
    assert np.isfinite(with_course).sum() < np.isfinite(without).sum()


def test_few_people_have_more_relapses_than_are_kept():
    many = simulate(untreated(), trial="care_ms_2", months=24, most=40)

    assert (counts(many) > MOST_IN_TWO_YEARS).mean() < 1e-3


def test_older_people_relapse_less_and_winter_is_worse():
    _, who = people()
    relapses = simulate(untreated())
    old = np.asarray(who.age) > 40
    number = counts(relapses)
    assert number[old].mean() < 0.8 * number[~old].mean()

    strong = values(relapse__season_amplitude=0.5)
    days = np.asarray(simulate(untreated(), strong).days + who.start)
    of_year = (days[np.isfinite(days)] - VALUES["relapse.season_peak"]) % YEAR
    near, far = np.abs(of_year - YEAR / 2) > YEAR / 4, np.abs(of_year - YEAR / 2) < YEAR / 4
    assert near.sum() / far.sum() == pytest.approx((1 + 1 / np.pi) / (1 - 1 / np.pi), rel=0.08)
