"""The oracle on rules computed by hand from semantics, section 4."""

import pytest
from tests.oracle import oracle
from tests.oracle.rows import day, event, infusions, result, tables
from tests.oracle.tiny import rule, tiny

G = "10*9/L"
COURSE = infusions("2025-03-03", 5)
LOW = {"test": "platelets", "unit": G, "below": 100}
FALL = {
    "test": "platelets",
    "fall": {"at_least": 50, "unit": "%", "against": "previous"},
}
BLEEDING = {"event": {"kind": "symptom", "codes": ["nosebleed"]}}


def plt(date: str, value: float, **more: object) -> dict:
    return result(date, "platelets", value, G, **more)


def run(when, results=(), events=(), as_of="2026-01-01", patient=None, **fields):
    pack = tiny(rules=[rule("R", when, **fields)])
    record = tables(
        patients=[{"patient": "p", **(patient or {})}],
        infusions=COURSE,
        results=list(results),
        events=list(events),
    )
    return oracle(pack, record, day(as_of))


CASES = {
    "below is strict": (LOW, [plt("2025-04-01", 100.0)], []),
    "just below": (LOW, [plt("2025-04-01", 99.9)], ["2025-04-01"]),
    "up to 50 is certainly below 100": (
        LOW, [plt("2025-04-01", 50.0, comparator="<=")], ["2025-04-01"],
    ),
    "over 90 may be below 100: undecided": (
        LOW, [plt("2025-04-01", 90.0, comparator=">")], ["2025-04-01?"],
    ),
    "over 100 is not": (LOW, [plt("2025-04-01", 100.0, comparator=">")], []),
    "below 100 certainly is": (
        LOW, [plt("2025-04-01", 100.0, comparator="<")], ["2025-04-01"],
    ),
    "an interval across the bound is undecided": (
        LOW, [plt("2025-04-01", 90.0, value_high=110.0)], ["2025-04-01?"],
    ),
    "other units are converted": (
        LOW, [result("2025-04-01", "platelets", 99000.0, "/uL")], ["2025-04-01"],
    ),
    "a fall by exactly half": (
        FALL, [plt("2025-04-01", 240.0), plt("2025-05-01", 120.0)], ["2025-05-01"],
    ),
    "and by a little less": (FALL, [plt("2025-04-01", 240.0), plt("2025-05-01", 120.1)], []),
    "the highest of the day before counts for a fall": (
        FALL,
        [plt("2025-04-01", 200.0), plt("2025-04-01", 240.0), plt("2025-05-01", 120.0)],
        ["2025-05-01"],
    ),
    "a preliminary value is no previous value": (
        FALL,
        [plt("2025-04-01", 200.0), plt("2025-04-20", 120.0, status="preliminary"),
         plt("2025-05-01", 95.0)],
        ["2025-05-01"],
    ),
    "but raises": (
        LOW, [plt("2025-04-20", 20.0, status="preliminary")], ["2025-04-20"],
    ),
    "a cancelled one does not": (LOW, [plt("2025-04-20", 20.0, status="cancelled")], []),
    "a corrected value supersedes": (
        LOW, [plt("2025-04-20", 20.0), plt("2025-04-20", 200.0, status="corrected")], [],
    ),
    "new: the first low value only": (
        {**LOW, "new": True},
        [plt("2025-04-01", 200.0), plt("2025-05-01", 90.0), plt("2025-06-01", 80.0)],
        ["2025-05-01"],
    ),
    "two in a row": (
        {**LOW, "consecutive": 2},
        [plt("2025-04-01", 90.0), plt("2025-05-01", 80.0), plt("2025-06-01", 200.0),
         plt("2025-07-01", 80.0)],
        ["2025-05-01"],
    ),
}  # fmt: skip


def told(findings):
    return [f"{row['date']}{'?' if row['undecided'] else ''}" for row in findings]


@pytest.mark.parametrize("name", CASES, ids=str)
def test_triggers(name):
    when, results, expected = CASES[name]
    assert told(run(when, results)["findings"]) == expected


def test_a_fall_stays_active_while_it_is_a_fall_from_the_same_value():
    values = [plt("2025-04-01", 240.0), plt("2025-05-01", 110.0), plt("2025-06-01", 105.0)]
    (row,) = run(FALL, values)["findings"]
    assert (row["date"], row["active"]) == (day("2025-05-01"), True)
    (row,) = run(FALL, [*values, plt("2025-07-01", 121.0)])["findings"]
    assert not row["active"]


def test_a_preliminary_value_ends_nothing():
    values = [plt("2025-04-01", 90.0), plt("2025-05-01", 300.0, status="preliminary")]
    assert run(LOW, values)["findings"][0]["active"]


def test_a_value_that_may_still_be_low_ends_nothing():
    values = [plt("2025-04-01", 90.0), plt("2025-05-01", 95.0, comparator=">")]
    assert run(LOW, values)["findings"][0]["active"]


def test_parts_of_a_rule_may_lie_days_apart():
    both = {"all": [LOW, BLEEDING]}
    near = [event("2025-04-08", "symptom", "nosebleed")]
    far = [event("2025-04-09", "symptom", "nosebleed")]
    low = [plt("2025-04-01", 90.0)]
    assert told(run(both, low, near, within_days=7)["findings"]) == ["2025-04-08"]
    assert told(run(both, low, far, within_days=7)["findings"]) == []


def test_a_symptom_stays_active_until_it_has_an_end():
    open_ = [event("2025-04-08", "symptom", "nosebleed")]
    ended = [event("2025-04-08", "symptom", "nosebleed", end_date=day("2025-04-10"))]
    assert run(BLEEDING, events=open_)["findings"][0]["active"]
    assert not run(BLEEDING, events=ended)["findings"][0]["active"]
    assert run(BLEEDING, events=ended, as_of="2025-04-09")["findings"][0]["active"]


def test_an_infusion_leg_looks_back_so_many_days():
    when = {"all": [BLEEDING, {"infusion_within_days": 3}]}
    seen = [
        event("2025-03-10", "symptom", "nosebleed"),
        event("2025-03-11", "symptom", "nosebleed"),
    ]
    assert told(run(when, events=seen)["findings"]) == ["2025-03-10"]


RISE = {
    "test": "creatinine",
    "rise": {"more_than": 30, "unit": "%", "against": "baseline"},
}


def cre(date: str, value: float, unit: str = "umol/L", **more: object) -> dict:
    return result(date, "creatinine", value, unit, **more)


def test_baseline_is_the_newest_value_up_to_the_first_infusion():
    old, base = cre("2025-01-01", 50.0), cre("2025-03-03", 100.0)
    assert told(run(RISE, [old, base, cre("2025-04-01", 130.0)])["findings"]) == []
    assert told(run(RISE, [old, base, cre("2025-04-01", 130.1)])["findings"]) == ["2025-04-01"]


def test_the_same_percentage_in_another_unit_is_equal():
    values = [cre("2025-03-01", 1.0, "mg/dL"), cre("2025-04-01", 1.3, "mg/dL")]
    assert told(run(RISE, values)["findings"]) == []


def test_without_a_baseline_the_rule_is_unjudged():
    answer = run(RISE, [cre("2025-04-01", 300.0), cre("2025-05-01", 300.0)])
    assert answer["findings"] == []
    assert answer["unjudged"] == [
        {
            "patient": "p",
            "rule": "R",
            "test": "creatinine",
            "since": day("2025-04-01"),
            "results": 2,
        }
    ]


ALT = {"test": "alt", "above_limit": {"limit": "high", "times": 3}}


def alt(date: str, value: float, **more: object) -> dict:
    return result(date, "alt", value, "U/L", **more)


def test_the_laboratory_limit_goes_before_the_usual_one():
    assert told(run(ALT, [alt("2025-04-01", 120.0, high=40.0)])["findings"]) == []
    assert told(run(ALT, [alt("2025-04-01", 120.1, high=40.0)])["findings"]) == ["2025-04-01"]


def test_worklist_shows_the_most_urgent_reason():
    pack = tiny(rules=[rule("A", LOW, tier="week"), rule("B", BLEEDING, tier="emergency")])
    record = tables(
        infusions=COURSE,
        results=[plt("2025-04-01", 90.0)],
        events=[event("2025-04-05", "symptom", "nosebleed")],
    )
    (row,) = oracle(pack, record, day("2025-04-10"))["worklist"]
    assert row == {
        "rank": 1,
        "patient": "p",
        "tier": "emergency",
        "since": day("2025-04-05"),
        "days": 5,
        "findings": 2,
        "overdue": 0,
        "due": 0,
        "blocked": 0,
    }


def test_a_later_cancellation_retracts_what_arrived_before_it():
    from datetime import datetime

    early, late = datetime(2025, 4, 2), datetime(2025, 4, 3)  # noqa: DTZ001
    low = plt("2025-04-01", 20.0, received=early)
    cancel = plt("2025-04-01", None, status="cancelled", received=late)
    assert told(run(LOW, [low, cancel])["findings"]) == []
    assert told(run(LOW, [low, cancel], as_of="2025-04-02")["findings"]) == ["2025-04-01"]
    assert told(run(LOW, [{**low, "received": None}, cancel])["findings"]) == ["2025-04-01"]


def test_a_correction_supersedes_only_values_of_its_own_laboratory():
    low = plt("2025-04-01", 20.0, laboratory="A")
    other = plt("2025-04-01", 200.0, status="corrected", laboratory="B")
    unnamed = {**other, "laboratory": None}
    assert told(run(LOW, [low, other])["findings"]) == ["2025-04-01"]
    assert told(run(LOW, [low, {**other, "laboratory": "A"}])["findings"]) == []
    assert told(run(LOW, [low, unnamed])["findings"]) == []


def test_a_circumstance_neither_raises_nor_ends():
    normal = {"test": "platelets", "unit": G, "at_least": 150, "context": True}
    both = {"all": [BLEEDING, normal]}
    bleed = [event("2025-04-03", "symptom", "nosebleed")]
    results = [plt("2025-04-01", 200.0), plt("2025-04-09", 60.0)]
    (row,) = run(both, results, bleed, within_days=7)["findings"]
    assert (row["date"], row["test"], row["active"]) == (day("2025-04-03"), None, True)
