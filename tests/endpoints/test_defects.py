"""What was found wrong in pymsprog 1.0.7 by running it, and does not happen here.

The numbers are those of the list in the facts of this project (endpoints, 1.3 and 1.4); the last
two were found by the differential runs of these tests.
"""

import copy
import datetime as dt
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.endpoints.msprog_settings import SDMT

from longwatch.core.errors import UsageError
from longwatch.endpoints.disability import disability_events, unconfirmed
from longwatch.endpoints.milestones import milestone
from longwatch.endpoints.rule import Rule

MSPROG = Rule.preset("msprog")
NOBODY = {"id": [], "day": []}


def _visits(*values, every=90, person=1):
    return {
        "id": [person] * len(values),
        "day": [every * place for place in range(len(values))],
        "value": [float(value) for value in values],
    }


def test_1_a_smaller_improvement_of_the_sdmt_is_a_rise_of_it():
    rule = MSPROG.with_(**SDMT, baseline="roving_impr", sub_threshold="improvement")

    events = disability_events(_visits(50, 48, 48, 48, 46, 46), None, rule)

    assert events["kind"].to_pylist() == ["CDW"]
    assert events["day"].to_pylist() == [360]


def test_2_the_order_of_relapses_does_not_matter():
    rng = np.random.default_rng(5)
    rule = Rule.preset("kappos2020")
    visits = {
        "id": np.repeat(np.arange(40), 12),
        "day": np.tile(np.arange(12) * 90, 40),
        "value": rng.integers(4, 12, 480) / 2,
    }
    relapses = {"id": rng.integers(0, 40, 120), "day": rng.integers(0, 1000, 120)}
    shuffled = rng.permutation(120)

    found = disability_events(visits, relapses, rule)
    again = disability_events(visits, {k: v[shuffled] for k, v in relapses.items()}, rule)

    assert found.num_rows > 5
    assert again.equals(found)


@pytest.mark.parametrize("values", [[3, 3, 3], [math.nan] * 3, []])
def test_3_and_4_without_events_there_is_an_empty_table_of_the_same_columns(values):
    some = disability_events(_visits(3, 4, 4, 4), None, MSPROG)

    none = disability_events(_visits(*values), None, MSPROG)

    assert none.num_rows == 0
    assert none.schema.names == some.schema.names
    assert none.schema.types[1:] == some.schema.types[1:]
    assert unconfirmed(_visits(*values), None, MSPROG).num_rows == 0


def test_5_a_milestone_needs_no_relapses_and_no_order():
    visits = _visits(5, 5, 6, 6, 6)
    turned = {name: cells[::-1] for name, cells in visits.items()}

    found = milestone(turned, None, 6.0, MSPROG)

    assert found["time"].to_pylist() == [180]
    assert milestone(visits, NOBODY, 6.0, MSPROG)["time"].to_pylist() == [180]


def test_5_a_level_at_the_last_visit_counts_when_the_rule_says_so_and_a_lost_one_never():
    always = MSPROG.with_(impute_last=math.inf)

    assert milestone(_visits(5, 5, 5, 6), None, 6, always)["time"].to_pylist() == [270]
    assert milestone(_visits(5, 5, 5, 6), None, 6, MSPROG)["status"].to_pylist() == ["censored"]
    for rule in (always, MSPROG):
        lost = milestone(_visits(5, 5, 5, 5, 5, 6, 5), None, 6, rule)
        assert lost["status"].to_pylist() == ["censored"]


def test_6_a_time_of_day_does_not_move_the_day():
    at = pd.to_datetime(["2020-01-01 17:30", "2020-04-01 08:00", "2020-07-01 09:00"])
    visits = pd.DataFrame({"id": ["a"] * 3, "date": at, "value": [3.0, 4.0, 4.0]})

    events = disability_events(visits, None, MSPROG)

    assert events["day"].to_pylist() == [dt.date(2020, 4, 1)]
    assert events["confirmed_day"].to_pylist() == [dt.date(2020, 7, 1)]
    assert events["time"].to_pylist() == [91]


def test_7_ids_of_another_type_are_refused_and_lose_no_relapse():
    with pytest.raises(UsageError, match="ids are int64 in visits and string in relapses"):
        disability_events(_visits(3, 4, 4), {"id": ["1"], "day": [80]}, MSPROG)


def test_7_dates_beside_day_numbers_are_refused():
    with pytest.raises(UsageError, match="count days differently"):
        disability_events(_visits(3, 4, 4), {"id": [1], "date": ["2020-01-01"]}, MSPROG)


def test_8_nothing_given_is_changed_and_no_chance_is_used():
    visits = pd.DataFrame(_visits(3, 4, 4, 3, 5, 5))
    relapses = pd.DataFrame({"id": [1], "day": [200]})
    steps, days = [[0, 1.5], [math.inf, 1.0]], [84, 168]
    before = copy.deepcopy((visits, relapses, steps, days))
    chance = np.random.get_state()[1].tolist()

    rule = Rule.preset("kappos2020").with_(rise=steps, confirm=days, impute_last=math.inf)
    disability_events(visits, relapses, rule)
    milestone(visits, relapses, 4, rule)

    pd.testing.assert_frame_equal(visits, before[0])
    pd.testing.assert_frame_equal(relapses, before[1])
    assert (steps, days) == before[2:]
    assert np.random.get_state()[1].tolist() == chance
    assert visits["value"].tolist() == before[0]["value"].tolist()


def test_9_the_words_of_a_rule_are_made_from_its_numbers():
    said = MSPROG.with_(**SDMT).describe()

    assert "a fall by at least 20 % from a baseline of up to 20, 4 points from a higher one" in said
    assert "points" in said
    assert MSPROG.with_(**{**SDMT, "rise": ((math.inf, 3),)}).describe() != said


def test_10_one_lasting_step_is_never_counted_again_unasked():
    lasting = _visits(2, 3, 3, 3, 3, 3, 3)
    with pytest.raises(UsageError, match="counts one lasting step again"):
        MSPROG.with_(event="multiple")
    asked = MSPROG.with_(event="multiple", recount=True)

    assert disability_events(lasting, None, asked).num_rows == 3
    roving = MSPROG.with_(event="multiple", baseline="roving")
    assert disability_events(lasting, None, roving).num_rows == 1


@pytest.mark.parametrize("event", ["firstPIRA", "firstRAW"])
@pytest.mark.parametrize("baseline", ["fixed", "roving_impr"])
def test_10_a_worsening_in_a_relapse_becomes_no_pira_later_unasked(event, baseline):
    lasting, relapse = _visits(2, 3, 3, 3, 3, 3, 3), {"id": [1], "day": [80]}
    with pytest.raises(UsageError, match="judges one lasting step again"):
        MSPROG.with_(event=event, baseline=baseline)

    if event == "firstPIRA":
        asked = MSPROG.with_(event=event, baseline=baseline, recount=True)
        assert disability_events(lasting, relapse, asked)["type"].to_pylist() == ["PIRA"]
        safe = MSPROG.with_(event=event, baseline="roving_wors")
        assert disability_events(lasting, relapse, safe).num_rows == 0


def test_a_baseline_that_never_becomes_better_is_never_higher_where_higher_is_better():
    rule = MSPROG.with_(
        **SDMT, event="multiple", baseline="roving", baseline_never_better=True,
        rebaseline_after_relapse=True,
    )  # fmt: skip
    relapse = {"id": [1], "day": [91]}

    events = disability_events(_visits(48, 48, 54, 54, 47, 47, 47), relapse, rule)

    assert events["kind"].to_pylist() == ["CDI"]
    falls = disability_events(
        _visits(48, 48, 54, 54, 47, 47, 47), relapse, rule.with_(baseline_never_better=False)
    )
    assert falls["kind"].to_pylist() == ["CDI", "CDW"]


def test_a_baseline_never_becomes_better_after_an_improvement_either():
    up_and_down = _visits(4, 3, 3, 4, 4, 4)
    rule = MSPROG.with_(event="multiple", baseline="roving")

    free = disability_events(up_and_down, None, rule)
    held = disability_events(up_and_down, None, rule.with_(baseline_never_better=True))

    assert free["kind"].to_pylist() == ["CDI", "CDW"]
    assert held["kind"].to_pylist() == ["CDI"]


def test_a_change_of_nothing_is_no_change_from_a_baseline_of_0():
    share = MSPROG.with_(rise=((math.inf, 0, 0.2),), fall=((math.inf, 0, 0.2),), scale=(0, 300, 0))

    assert disability_events(_visits(0, 0, 0, 0), None, share).num_rows == 0


def test_every_relapse_counts_also_one_long_before_the_first_visit():
    visits, early = _visits(3, 4, 4, 4, every=40), {"id": [1], "day": [-45]}
    rule = MSPROG.with_(classify=True)

    assert disability_events(visits, early, rule)["type"].to_pylist() == ["PIRA"]
    ours = rule.with_(early_relapses=True)
    assert disability_events(visits, early, ours)["type"].to_pylist() == ["RAW"]
    assert Rule.preset("care-ms").early_relapses


def test_relapses_of_nobody_are_counted_not_dropped_in_silence():
    from longwatch.endpoints.frames import set_aside

    events = disability_events(_visits(3, 4, 4), {"id": [1, 9], "day": [5, 5]}, MSPROG)

    assert set_aside(events) == {"relapse: of nobody with a visit": 1}
    assert isinstance(events, pa.Table)
