"""On the same data `endpoints` and the many replicates of `trials` give the same figures."""

import numpy as np
import pytest

from longwatch.endpoints.cox import cox
from longwatch.endpoints.rates import relapse_rate
from longwatch.endpoints.survival import km
from longwatch.trials.negative_binomial import arm_rates
from longwatch.trials.survival import cox_ratio, kaplan_meier, kaplan_meier_at_visits

REPLICATES = range(3)
ARMS = (187, 376)


@pytest.fixture(scope="module")
def trial():
    """Of each arm: days followed, relapses, first relapse, visit of worsening, last visit."""
    rng = np.random.default_rng(20261122)
    arms = []
    for many, rate, harm in zip(ARMS, (0.4, 0.18), (0.03, 0.02), strict=True):
        size = (len(REPLICATES), many)
        days = np.where(rng.random(size) < 0.1, rng.integers(60, 700, size), 731)
        relapses = rng.poisson(rate * days / 365.25 * rng.gamma(1.1, 1 / 1.1, size))
        first = np.where(relapses > 0, rng.integers(1, days + 1), np.inf)
        visit = np.where(rng.random(size) < 6 * harm, rng.integers(1, 7, size), 0)
        last = np.where(days < 731, np.maximum(visit, days // 91), 8)
        arms.append((days, relapses, first, visit, last))
    return arms


def joined(trial, replicate):
    parts = [np.concatenate([arm[place][replicate] for arm in trial]) for place in range(5)]
    return (*parts, np.repeat(["control", "tested"], ARMS))


@pytest.mark.parametrize("replicate", REPLICATES)
def test_the_share_without_relapse(trial, replicate):
    days, _, first, _, _, arm = joined(trial, replicate)
    had = np.isfinite(first)
    found = km({"time": np.where(had, first, days), "event": had, "arm": arm}, "arm", times=[731])

    for place, row in enumerate(found.table.to_pylist()):
        at, _, one, _, _ = trial[place]
        other = kaplan_meier(np.where(np.isfinite(one), one, at), np.isfinite(one), 731)
        assert row["estimate"] == pytest.approx(other[replicate], rel=1e-12)


@pytest.mark.parametrize("replicate", REPLICATES)
def test_the_share_without_worsening(trial, replicate):
    _, _, _, visit, last, arm = joined(trial, replicate)
    data = {"time": np.where(visit > 0, visit, last), "event": visit > 0, "arm": arm}
    found = km(data, "arm", times=[8])

    for place, row in enumerate(found.table.to_pylist()):
        other = kaplan_meier_at_visits(trial[place][3], trial[place][4], 8)
        assert row["estimate"] == pytest.approx(other[replicate], rel=1e-12)


@pytest.mark.parametrize("replicate", REPLICATES)
def test_the_hazard_ratio_of_worsening(trial, replicate):
    _, _, _, visit, last, arm = joined(trial, replicate)
    data = {"time": np.where(visit > 0, visit, last), "event": visit > 0, "arm": arm}
    other = cox_ratio([trial[0][3], trial[1][3]], [trial[0][4], trial[1][4]], 8)[replicate]

    assert cox(data, "arm", ties="efron").estimate == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize("replicate", REPLICATES)
def test_the_annual_rates(trial, replicate):
    days, relapses, _, _, _, arm = joined(trial, replicate)
    others = arm_rates([one[1] for one in trial], [one[0] / 365.25 for one in trial])
    place = np.concatenate([np.arange(many) for many in relapses])
    people = {"id": range(len(days)), "start": np.zeros(len(days), int), "end": days, "arm": arm}

    found = relapse_rate({"id": np.repeat(range(len(days)), relapses), "day": place}, people, "arm")

    for row, other in zip(found.table.to_pylist(), others, strict=False):
        assert row["estimate"] == pytest.approx(other[replicate], rel=1e-7)
