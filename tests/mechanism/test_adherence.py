"""Tests are kept as the scenario says: by person, with time, and in runs."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from longwatch.mechanism.adherence import attendance, beta_quantile, chance_done, forms_done
from longwatch.mechanism.parameters import Parameters

VALUES = Parameters.load().values()
N = 10_000
IDS = jnp.arange(N)
ITEMS = jnp.arange(1, 61)


_compiled = jax.jit(functools.partial(attendance, seed=2, every_months=1, grace=7.0))


@functools.cache
def _run(**changed):
    values = {**VALUES, **{f"adherence.{name}": value for name, value in changed.items()}}
    return jax.tree.map(np.asarray, _compiled(values, patients=IDS, items=ITEMS))


@pytest.mark.parametrize(("mean", "concentration"), [(0.92, 4.0), (0.6, 4.0), (0.5, 40.0)])
def test_beta_variates_have_their_law(mean, concentration):
    u = np.linspace(0.01, 0.99, 99)

    got = beta_quantile(mean, concentration, jnp.asarray(u, jnp.float32))

    exact = stats.beta(mean * concentration, (1 - mean) * concentration).ppf(u)
    np.testing.assert_allclose(got, exact, atol=2e-3)


@pytest.mark.parametrize("month", [1, 24, 60])
def test_each_month_keeps_its_share(month):
    """mechanism.md §7: 0.92 exp(-0.006 m)."""
    done = np.mean(_run().done[month - 1])

    assert done == pytest.approx(0.92 * np.exp(-0.006 * month), abs=0.015)


def test_the_low_scenario_keeps_fewer():
    assert np.mean(_run(first=0.6).done[0]) == pytest.approx(0.6, abs=0.015)


def test_people_differ():
    share = np.mean(_run(decline=0.0, clustering=0.0).done, axis=0)

    exact = stats.beta(0.92 * 4, 0.08 * 4)
    assert np.var(share) == pytest.approx(exact.var(), rel=0.15)
    assert np.mean(share > 0.99) > 0.35


def test_missed_months_come_in_runs():
    def repeat(done):
        return np.mean(~done[1:] & ~done[:-1]) / np.mean(~done[:-1])

    assert repeat(_run().done) > 1.15 * repeat(_run(clustering=0.0).done)


def test_tests_are_done_in_their_window_or_late():
    offset = _run().offset

    late = offset > 7
    assert np.mean(late) == pytest.approx(VALUES["adherence.late_share"], abs=0.004)
    assert np.all(np.abs(offset[~late]) <= 5)
    assert offset.max() <= 7 + VALUES["adherence.late_days"]
    assert np.all(offset == np.round(offset))


def test_more_months_change_no_earlier_one():
    longer = _compiled(VALUES, patients=IDS, items=jnp.arange(1, 91))

    np.testing.assert_array_equal(np.asarray(longer.done)[:60], _run().done)
    np.testing.assert_array_equal(np.asarray(longer.offset)[:60], _run().offset)


def test_the_chance_belongs_to_the_person():
    months = jnp.array([1.0, 10.0])
    few = chance_done(VALUES, 2, IDS[50:60], months)

    np.testing.assert_allclose(few, chance_done(VALUES, 2, IDS, months)[:, 50:60], rtol=1e-6)


def test_two_series_of_forms_are_independent():
    items = jnp.arange(1, 11)
    one, two = np.asarray(forms_done(VALUES, 2, IDS, items, 2))

    assert np.mean(one) == pytest.approx(VALUES["adherence.forms"], abs=0.004)
    assert np.mean(~one & ~two) == pytest.approx(0.05**2, abs=0.001)
