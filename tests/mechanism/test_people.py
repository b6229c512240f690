"""The people of a trial look like those who were published, and each one stays the same person."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from tests.mechanism.disease import PATIENTS, VALUES, N, people

from longwatch.mechanism.beta import beta, beta_between
from longwatch.mechanism.gamma_varied import gamma_of_shapes
from longwatch.mechanism.poisson import poisson

U = jnp.asarray((np.arange(N) + 0.5) / N, jnp.float32)


@pytest.mark.parametrize("trial", ["care_ms_1", "care_ms_2"])
def test_people_have_the_published_means_and_spreads(trial):
    group, who = people(trial)

    for trait in ("age", "duration"):
        drawn, asked = np.asarray(getattr(who, trait)), getattr(group, trait)
        assert drawn.mean() == pytest.approx(asked.mean, rel=0.02)
        assert drawn.std() == pytest.approx(asked.sd, rel=0.03)
        assert asked.low <= drawn.min() <= drawn.max() <= asked.high
    assert np.asarray(who.edss).mean() == pytest.approx(group.edss.mean, abs=0.04)
    assert np.asarray(who.female).mean() == pytest.approx(group.female, abs=0.012)
    assert np.asarray(who.prior_12).mean() == pytest.approx(group.prior_12, abs=0.02)
    assert np.asarray(who.prior_24).mean() == pytest.approx(group.prior_24, abs=0.03)


def test_everybody_meets_the_rule_of_relapses_before_entry():
    _, who = people()

    assert float(who.prior_12.min()) >= 1
    assert float(who.prior_24.min()) >= 2
    assert bool(jnp.all(who.prior_24 >= who.prior_12))


def test_a_person_is_the_same_in_any_batch():
    chosen = jnp.array([3, 19_998, 40], jnp.uint32)
    _, alone = people(patients=chosen)
    _, among = people()

    for one, all_of_them in zip(alone, among, strict=True):
        np.testing.assert_allclose(one, all_of_them[chosen], rtol=2e-6)


@pytest.mark.parametrize(("a", "b"), [(5.7, 1.63), (0.8, 0.8), (1.2, 3.0)])
def test_beta_by_inversion_equals_scipy(a, b):
    got = np.asarray(beta(a, b, U))

    np.testing.assert_allclose(got, stats.beta(a, b).ppf(U), atol=3e-3)


def test_a_stretched_beta_has_the_moments_asked_for():
    got = np.asarray(beta_between(33.2, 8.5, 18.0, 50.0, U))

    assert got.mean() == pytest.approx(33.2, abs=0.05)
    assert got.std() == pytest.approx(8.5, abs=0.05)


@pytest.mark.parametrize("mean", [0.0, 0.3, 2.0, 11.0])
def test_poisson_by_inversion_equals_scipy(mean):
    got = np.asarray(poisson(jnp.float32(mean), U))

    assert (got == stats.poisson(mean).ppf(U)).mean() > 0.999


def test_the_people_of_the_parameters_are_used():
    assert float(people("care_ms_2")[1].age.mean()) == pytest.approx(
        VALUES["people.age_mean_care_ms_2"], abs=0.2
    )
    assert PATIENTS.shape == (N,)


@pytest.mark.parametrize("shape", [0.15, 0.5, 1.326, 2.6, 40.0])
def test_gamma_with_shapes_of_their_own_equals_scipy(shape):
    u = jnp.concatenate([U, jnp.array([1e-3, 1 - 1e-5], jnp.float32)])
    got = np.asarray(gamma_of_shapes(jnp.full(u.shape, shape), u))
    exact = stats.gamma(shape, scale=1 / shape).ppf(np.asarray(u, float))

    np.testing.assert_allclose(got, exact, rtol=5e-3, atol=1e-4)
    assert got[:N].mean() == pytest.approx(1.0, abs=2e-3)


def test_beyond_its_table_a_shape_counts_as_the_nearest_in_it():
    got = gamma_of_shapes(jnp.array([0.01, 0.1, 400.0, 9e9]), jnp.full(4, 0.9, jnp.float32))

    assert got[0] == got[1]
    assert got[2] == got[3]
