"""Whether one hazard ratio is enough: said where it is not, and never a silent number."""

from __future__ import annotations

import numpy as np
import pytest

from longwatch.endpoints.cox import cox


def rows(found, kind):
    return [row for row in found.table.to_pylist() if row["kind"] == kind]


@pytest.mark.parametrize("seed", range(5))
def test_an_effect_that_turns_around_is_called_into_question(seed):
    rng = np.random.default_rng(seed)
    arm = np.repeat(["a", "b"], 300)
    early = rng.exponential(np.where(arm == "a", 100, 900))
    later = 200 + rng.exponential(np.where(arm == "a", 900, 100))
    time = np.ceil(np.where(early < 200, early, later))

    found = cox({"time": time, "event": np.ones(600), "arm": arm}, "arm")

    assert rows(found, "proportional hazards")[0]["p"] < 1e-6
    assert any("not proportional" in one for one in found.warnings)
    assert "proportional hazards by score test" in found.method
    assert found.estimate == rows(found, "hazard ratio")[0]["estimate"]


def test_an_effect_that_stays_is_rarely_called_into_question():
    small = 0
    for seed in range(60):
        rng = np.random.default_rng(100 + seed)
        arm = rng.integers(0, 2, 200)
        time = np.ceil(rng.exponential(300 * np.exp(0.7 * arm)))
        found = cox({"time": time, "event": rng.random(200) < 0.8, "arm": arm}, "arm")
        small += rows(found, "proportional hazards")[0]["p"] < 0.05

    assert small <= 9  # 3 are expected; more than 9 in 60 have a chance of 1 in 1,000


def test_the_level_that_others_are_compared_with_does_not_matter():
    rng = np.random.default_rng(4)
    tte = {
        "time": np.ceil(rng.exponential(200, 150) / 10),
        "event": rng.random(150) < 0.7,
        "site": rng.choice(["x", "y", "z"], 150),
    }

    first, other = (cox(tte, "site", reference={"site": one}) for one in "xz")

    p = [rows(found, "proportional hazards")[0]["p"] for found in (first, other)]
    assert p[0] == pytest.approx(p[1], rel=1e-9)


def test_one_day_of_events_tells_nothing_and_says_so():
    tte = {"time": [5, 5, 5, 9], "event": [1, 1, 0, 0], "arm": [0, 1, 1, 0]}

    found = cox(tte, "arm")

    assert rows(found, "proportional hazards")[0]["p"] is None
    assert any("too few days with events" in one for one in found.warnings)


def test_rows_of_one_person_are_not_tested():
    tte = {"time": [5, 6, 7, 8], "event": [1, 1, 1, 0], "arm": [0, 1, 0, 1], "id": [1, 1, 2, 2]}

    assert rows(cox(tte, "arm", cluster="id"), "proportional hazards") == []
