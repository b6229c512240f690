"""The scan: Python and machine code agree, rows come in any order, nobody touches a neighbor."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.endpoints import msprog_cohorts as random
from tests.endpoints.msprog_settings import rule_of

from longwatch.endpoints import scan_run
from longwatch.endpoints.disability import disability_events, unconfirmed
from longwatch.endpoints.frames import set_aside
from longwatch.endpoints.milestones import milestone
from longwatch.endpoints.rule import Rule
from longwatch.endpoints.scan_run import plan_of

CARE_MS = Rule.preset("care-ms")
MSPROG = Rule.preset("msprog")

series = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 20).map(lambda half: half / 2)),
    min_size=1, max_size=9, unique_by=lambda visit: visit[0],
)  # fmt: skip


def _of(visits, person=1):
    return {
        "id": [person] * len(visits),
        "day": [day for day, _ in visits],
        "value": [value for _, value in visits],
    }


def _first_worsening(visits, rule):
    """The definition read aloud: fixed baseline, one window, every visit in between."""
    visits = sorted(visits)
    base = visits[0][1]
    least = next(points for up_to, points, _ in rule.rise if base <= up_to)
    low, high = rule.windows[0]
    for onset in range(1, len(visits)):
        for confirming in range(onset + 1, len(visits)):
            if low <= visits[confirming][0] - visits[onset][0] <= high:
                if all(value - base >= least for _, value in visits[onset : confirming + 1]):
                    return visits[onset][0], visits[confirming][0]
                break
    return None


@settings(max_examples=100, deadline=None)
@given(series, st.sampled_from(["care-ms", "opera", "msprog"]), st.integers(0, 150))
def test_the_first_worsening_is_the_one_that_the_definition_read_aloud_finds(visits, name, days):
    rule = Rule.preset(name).with_(confirm=[days], tolerance=(10, 120))

    events = disability_events(_of(visits), None, rule, engine="python").to_pylist()

    found = [(row["day"], row["confirmed_day"]) for row in events]
    assert found == [one for one in [_first_worsening(visits, rule)] if one]


@pytest.mark.parametrize("seed", range(12))
def test_machine_code_and_python_give_the_same_answer(seed):
    rng = np.random.default_rng(seed)
    rule = rule_of(random.settings(rng))
    visits, relapses = random.cohort(rng, 40)

    for question in (disability_events, unconfirmed):
        slow = question(visits, relapses, rule, engine="python")
        fast = question(visits, relapses, rule, engine="compiled")
        assert fast.equals(slow, check_metadata=True)


@pytest.mark.parametrize("ids", [int, lambda one: f"patient {one}"])
@pytest.mark.parametrize("name", ["care-ms", "mueller2023", "kappos2020", "msbase2015"])
def test_the_order_of_rows_never_matters(name, ids):
    rng = np.random.default_rng(8)
    visits, relapses = (table.assign(id=table["id"].map(ids)) for table in random.cohort(rng, 60))
    # A second value on some days, which the rule has to choose from.
    visits.loc[visits.index % 7 == 0, "day"] += 30
    rule = Rule.preset(name)

    once = disability_events(visits, relapses, rule)
    for seed in range(3):
        mixed = [table.sample(frac=1, random_state=seed) for table in (visits, relapses)]
        assert disability_events(*mixed, rule).equals(once)
    assert once.num_rows > 3


def test_one_person_alone_gets_the_same_events_as_among_many():
    rng = np.random.default_rng(4)
    visits, relapses = random.cohort(rng, 50)
    rule = Rule.preset("mueller2025")
    together = disability_events(visits, relapses, rule).to_pylist()

    for person in range(50):
        alone = disability_events(
            visits[visits["id"] == person], relapses[relapses["id"] == person], rule
        )
        assert alone.to_pylist() == [row for row in together if row["id"] == person]


def test_people_without_visits_or_with_one_have_no_events_and_harm_nobody():
    visits = {"id": [1, 2, 2, 2, 3], "day": [0, 0, 90, 180, 5], "value": [9, 3, 4, 4, 0]}

    events = disability_events(visits, {"id": [0, 2, 4], "day": [9, 1, 9]}, MSPROG)

    assert events["id"].to_pylist() == [2]


@settings(max_examples=50, deadline=None)
@given(series, st.data())
def test_a_value_that_is_missing_is_as_if_the_visit_had_not_been(visits, data):
    gone = data.draw(st.integers(0, len(visits) - 1))
    blank = _of(visits)
    blank["value"][gone] = None
    rule = MSPROG.with_(event="multiple", baseline="roving")

    with_blank = disability_events(blank, None, rule, engine="python")
    without = disability_events(
        _of(visits[:gone] + visits[gone + 1 :]), None, rule, engine="python"
    )

    assert with_blank.to_pylist() == without.to_pylist()
    assert set_aside(with_blank) == {"visit: no value": 1}


def test_values_off_the_scale_are_set_aside_and_counted():
    visits = {"id": [1] * 6, "day": [0, 90, 95, 100, 105, 180], "value": [3, 4, 4.2, -1, 10.5, 4]}

    events = disability_events(visits, None, MSPROG)

    assert events["day"].to_pylist() == [90]
    assert set_aside(events) == {"visit: value off the scale": 3}


@pytest.mark.parametrize(
    ("which", "worse", "onset"),
    [("last", "higher", [180]), ("worst", "higher", [90]), ("best", "higher", [180])],
)
def test_of_two_values_of_a_day_the_one_the_rule_names_counts(which, worse, onset):
    visits = {"id": [1] * 5, "day": [0, 90, 90, 180, 270], "value": [3, 4, 3, 4, 4]}

    events = disability_events(visits, None, MSPROG.with_(same_day=which, worse=worse))

    assert events["day"].to_pylist() == onset
    assert set_aside(events) == {"visit: another on the same day": 1}


def test_more_events_than_there_was_space_for_are_all_found():
    many = {"id": [1] * 21, "day": [90 * n for n in range(21)], "value": [n / 2 for n in range(21)]}
    rule = MSPROG.with_(event="multiple", baseline="roving", proceed_from="event")

    for engine in ("python", "compiled"):
        events = disability_events(many, None, rule, engine=engine)
        assert events["event"].to_pylist() == list(range(1, events.num_rows + 1))
        assert events.num_rows > 8


def test_events_found_out_of_order_after_a_new_baseline_come_sorted_and_once():
    rng = np.random.default_rng(11)
    for _ in range(6):
        visits, relapses = random.cohort(rng, 60)
        rule = rule_of(
            {**random.settings(rng), "event": "multiple", "relapse_rebl": True, "bl_geq": False}
        )
        events = disability_events(visits, relapses, rule, engine="python")
        keys = list(zip(events["id"].to_pylist(), events["day"].to_pylist(), strict=True))
        assert keys == sorted(set(keys))


@pytest.mark.parametrize("engine", ["python", "compiled"])
def test_a_change_seen_again_from_a_new_baseline_is_one_event_from_that_baseline(engine):
    days = [18, 186, 216, 306, 396, 487, 655, 685, 853, 1021]
    values = [3, 2.5, 3, 2, 2.5, 1.5, 2.5, 1.5, 1.5, 2]
    visits = {"id": [1] * 10, "day": days, "value": values}
    rule = MSPROG.with_(
        event="multiple", baseline="roving_wors", proceed_from="event", confirm=[84, 168],
        sub_threshold="worsening", rebaseline_after_relapse=True, relapse_to_confirmation=0,
        recount=True,
    )  # fmt: skip

    events = disability_events(visits, {"id": [1], "day": [613]}, rule, engine=engine)

    assert events["day"].to_pylist() == [685]
    assert events["baseline_day"].to_pylist() == [655]
    assert events["event"].to_pylist() == [1]


def test_the_last_visit_of_one_and_the_first_of_the_next_on_one_day_are_two():
    visits = {"id": [1] * 3 + [2] * 3, "day": [0, 90, 180, 180, 270, 360]}
    events = disability_events({**visits, "value": [3, 4, 4, 3, 4, 4]}, None, MSPROG)

    assert events["id"].to_pylist() == [1, 2]
    assert set_aside(events) == {}


@pytest.mark.parametrize(
    ("values", "days", "relapse", "more", "reason"),
    [
        ([3, 4], [0, 90], [], {}, "last_visit"),
        ([3, 4, 4], [0, 90, 140], [], {}, "too_early"),
        ([3, 4, 4], [0, 90, 1000], [], {}, "no_visit"),
        ([3, 4, 4], [0, 90, 180], [160], {}, "relapse"),
        ([3, 4, 4], [0, 90, 180], [], {"scheduled": [1, 1, 0]}, "not_scheduled"),
        ([3, 4, 3, 4], [0, 90, 130, 180], [], {}, "reverted"),
        ([3, 4, 4, 3], [0, 90, 180, 270], [], {}, "not_sustained"),
    ],
)
def test_why_a_change_was_not_confirmed(values, days, relapse, more, reason):
    visits = {"id": [1] * len(days), "day": days, "value": values, **more}
    rule = MSPROG.with_(sustained=math.inf)

    found = unconfirmed(visits, {"id": [1] * len(relapse), "day": relapse}, rule).to_pylist()

    assert found[0]["day"] == 90
    assert found[0]["reason"] == reason


def test_only_the_direction_asked_for_is_listed_as_unconfirmed():
    visits = {"id": [1] * 4, "day": [0, 90, 180, 270], "value": [4, 3, 4, 5]}

    worse = unconfirmed(visits, None, MSPROG)["kind"].to_pylist()
    better = unconfirmed(visits, None, MSPROG.with_(event="firstCDI"))["kind"].to_pylist()

    assert (worse, better) == (["CDW"], ["CDI"])


def test_a_sustained_reduction_of_disability_starts_from_2():
    rule = CARE_MS.with_(event="firstCDI")
    days = {"id": [1] * 4, "day": [0, 90, 180, 270]}

    assert disability_events({**days, "value": [2, 1, 1, 1]}, None, rule).num_rows == 1
    assert disability_events({**days, "value": [1.5, 0, 0, 0]}, None, rule).num_rows == 0


def test_the_scan_is_compiled_once_whatever_the_tables_looked_like():
    rule = MSPROG.with_(classify=True)
    step = scan_run._compiled()
    days, values = [0, 90, 90, 180, 270], [3.0, 3, 4, 4, 4]
    plain = {"id": [1] * 5, "day": days, "value": values}

    disability_events(plain, None, rule, engine="compiled")
    for table in (
        {**plain, "scheduled": [1, 1, 1, 0, 1]},
        {name: cells[:4] for name, cells in plain.items()},
        {name: cells[::-1] for name, cells in plain.items()},
        {name: np.array(cells) for name, cells in plain.items()},
        {**plain, "value": [None, *values[1:]]},
    ):
        disability_events(table, {"id": [1], "day": [4]}, rule, engine="compiled")
        milestone(table, None, 4, rule, engine="compiled")
        unconfirmed(table, None, rule.with_(confirm=[84, 168]), engine="compiled")

    assert len(getattr(step, "__wrapped__", step).signatures) == 1


def test_few_visits_do_not_wait_for_a_compiler(monkeypatch):
    monkeypatch.setattr(scan_run, "_ready", False)
    monkeypatch.setattr(scan_run, "_compiled", lambda: pytest.fail("compiled"))

    events = disability_events(_of([(0, 3), (90, 4), (180, 4)]), None, MSPROG)

    assert isinstance(events, pa.Table)
    assert plan_of(MSPROG).event == 0
