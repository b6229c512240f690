"""A patient's numbers belong to the patient: the same in any batch, independent between streams."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.random import threefry2x32_p
from scipy import stats

from longwatch.mechanism.beta import beta
from longwatch.mechanism.gamma import gamma_mean_one
from longwatch.mechanism.quadrature import running_share
from longwatch.mechanism.rng import Stream, bits, exponential, normal, uniform

PATIENTS = jnp.arange(20_000)
GOLDEN = [998862450, 3814068758, 4163190590]


def test_the_bits_of_a_patient_never_change():
    """Golden bits: a change of them would make every saved cohort another one."""
    got = bits(2026, Stream.PEOPLE, jnp.arange(3), 5)

    assert [int(part) for part in got] == GOLDEN


def test_the_bits_are_those_of_jax():
    patients, index = jnp.arange(1000, dtype=jnp.uint32), jnp.arange(1000, dtype=jnp.uint32)[::-1]
    key = jnp.full(1000, 2026, jnp.uint32), jnp.full(1000, int(Stream.TISSUE), jnp.uint32)

    theirs = threefry2x32_p.bind(*key, patients, index)[0]

    np.testing.assert_array_equal(bits(2026, Stream.TISSUE, patients, index), theirs)


def test_a_patient_has_the_same_numbers_in_any_batch():
    alone = normal(7, Stream.RELAPSE_TIMES, jnp.array([1234]), jnp.arange(4)[:, None])
    among = normal(7, Stream.RELAPSE_TIMES, PATIENTS, jnp.arange(4)[:, None])

    np.testing.assert_array_equal(alone[:, 0], among[:, 1234])


@pytest.mark.parametrize(
    ("draw", "law"),
    [(uniform, stats.uniform()), (normal, stats.norm()), (exponential, stats.expon())],
)
def test_draws_follow_their_law(draw, law):
    got = np.asarray(draw(1, Stream.TISSUE, PATIENTS, 0), float)

    assert stats.kstest(got, law.cdf).pvalue > 0.001
    assert np.all(np.isfinite(got))


def test_streams_seeds_and_indices_are_independent():
    one = np.asarray(normal(1, Stream.TISSUE, PATIENTS, 0))
    others = [
        normal(1, Stream.REACTION, PATIENTS, 0),
        normal(2, Stream.TISSUE, PATIENTS, 0),
        normal(1, Stream.TISSUE, PATIENTS, 1),
        normal(1, Stream.TISSUE, PATIENTS + 1, 0),
    ]

    assert all(abs(np.corrcoef(one, np.asarray(other))[0, 1]) < 0.03 for other in others)


@pytest.mark.parametrize("shape", [0.3, 1.0, 1.15, 4.0, 50.0])
def test_gamma_by_inversion_equals_scipy(shape):
    u = np.linspace(0.001, 0.999, 500, dtype=np.float32)
    got = np.asarray(gamma_mean_one(shape, jnp.asarray(u)))

    np.testing.assert_allclose(
        got, stats.gamma(shape, scale=1 / shape).ppf(u), rtol=0.01, atol=2e-4
    )


@pytest.mark.parametrize("shape", [0.05, 0.25, 1.15, 20.0])
def test_the_upper_tail_of_gamma_keeps_its_digits(shape):
    """Frailties of 1 in 10 000 and 1 in a million: a share just below 1 has few digits left."""
    u = np.array([0.99, 0.9999, 0.999999], np.float32)
    got = np.asarray(gamma_mean_one(shape, jnp.asarray(u)))

    want = stats.gamma(shape, scale=1 / shape).isf(1 - u.astype(float))
    np.testing.assert_allclose(got, want, rtol=2e-3)


def test_gamma_can_be_differentiated_in_its_shape():
    u = jnp.linspace(0.001, 0.999, 500)

    def spread(shape):
        return jnp.mean(gamma_mean_one(shape, u) ** 2)

    slope = jax.grad(spread)(1.15)
    difference = (spread(1.2) - spread(1.1)) / 0.1
    assert float(slope) == pytest.approx(float(difference), rel=0.02)


@pytest.mark.parametrize(("a", "b"), [(0.1, 0.2), (0.5, 0.5), (0.3, 2.0), (50.0, 50.0)])
def test_beta_equals_scipy_where_its_density_has_no_limit(a, b):
    u = np.linspace(0.001, 0.999, 500, dtype=np.float32)

    np.testing.assert_allclose(beta(a, b, jnp.asarray(u)), stats.beta(a, b).ppf(u), atol=3e-5)


def test_a_running_share_ends_at_one():
    pieces = jnp.asarray(np.random.default_rng(1).random(32 * 32), jnp.float32)
    share = np.asarray(running_share(pieces))

    want = np.concatenate([[0], np.cumsum(np.asarray(pieces, float))])
    np.testing.assert_allclose(share, want / want[-1], atol=2e-6)
    assert share[-1] == 1.0
