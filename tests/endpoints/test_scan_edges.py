"""Every interval of a rule at its edges: both ends belong to it."""

import pytest

from longwatch.endpoints.disability import disability_events
from longwatch.endpoints.rule import Rule

MSPROG = Rule.preset("msprog")
BASELINE, BEFORE, ONSET, CONFIRMED = 0, 200, 400, 600
VISITS = {
    "id": [1] * 4,
    "day": [BASELINE, BEFORE, ONSET, CONFIRMED],
    "value": [3, 3, 4, 4],
}

FREE = {
    "mueller2023": [(ONSET - 90, ONSET + 30), (CONFIRMED - 90, CONFIRMED + 30)],
    "mueller2023-specific": [(BASELINE, CONFIRMED)],
    "mueller2025": [(BEFORE, ONSET), (CONFIRMED - 30, CONFIRMED)],
    "cagol2022": [(ONSET - 90, CONFIRMED)],
    "kappos2020": [(BASELINE, ONSET + 30), (CONFIRMED - 30, CONFIRMED + 30)],
    "msprog": [(ONSET - 90, ONSET + 30), (CONFIRMED - 90, CONFIRMED + 30)],
}
"""The days without a relapse that each definition asks of a PIRA, on these visits."""

EDGES = [
    (name, day)
    for name, spans in FREE.items()
    for first, last in spans
    for day in (first - 1, first, last, last + 1)
]


def _type(relapse, rule):
    events = disability_events(VISITS, {"id": [1], "day": [relapse]}, rule)
    return events["type"].to_pylist()


@pytest.mark.parametrize(("name", "day"), EDGES)
def test_a_pira_has_no_relapse_in_the_days_of_its_definition(name, day):
    # Nothing else looks at the relapse: not the baseline, not the confirmation, not RAW.
    rule = Rule.preset(name).with_(
        event="multiple", classify=True, baseline="roving", relapse_associated=(0, 0),
        relapse_to_baseline=0, relapse_to_confirmation=0, rebaseline_after_relapse=False,
        confirm=[168], tolerance=(7, 100),
    )  # fmt: skip
    inside = any(first <= day <= last for first, last in FREE[name])

    expected = "undefined" if inside else "PIRA"
    if day == ONSET:
        expected = "RAW"
    assert _type(day, rule) == [expected]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (ONSET - 91, "PIRA"),
        (ONSET - 90, "RAW"),
        (ONSET, "RAW"),
        (ONSET + 7, "RAW"),
        (ONSET + 8, "undefined"),
    ],
)
def test_a_raw_begins_at_most_so_many_days_after_or_before_a_relapse(day, expected):
    rule = MSPROG.with_(classify=True, relapse_associated=(90, 7), free_event=(90, 30))

    assert _type(day, rule) == [expected]


@pytest.mark.parametrize("day", [ONSET - 30, ONSET - 29, ONSET + 19, ONSET + 20, ONSET + 21])
def test_an_onset_lies_far_enough_from_relapses(day):
    rule = MSPROG.with_(relapse_to_event=(30, 20), confirm=[168], tolerance=(7, 100))
    far = day <= ONSET - 30 or day >= ONSET + 20

    found = disability_events(VISITS, {"id": [1], "day": [day]}, rule)

    assert found.num_rows == far


@pytest.mark.parametrize(
    "day", [CONFIRMED - 30, CONFIRMED - 29, CONFIRMED, CONFIRMED + 19, CONFIRMED + 20]
)
def test_a_confirmation_lies_far_enough_from_relapses(day):
    rule = MSPROG.with_(relapse_to_confirmation=(30, 20), confirm=[168], tolerance=(7, 100))
    far = day <= CONFIRMED - 30 or day >= CONFIRMED + 20

    found = disability_events(VISITS, {"id": [1], "day": [day]}, rule)

    assert found.num_rows == far


@pytest.mark.parametrize("day", [-31, -30, -29, 0, 19, 20, 21])
def test_a_baseline_lies_far_enough_from_relapses(day):
    visits = {**VISITS, "value": [2, 3, 4, 4]}
    rule = MSPROG.with_(relapse_to_baseline=(30, 20), confirm=[168], tolerance=(7, 300))
    far = day <= -30 or day >= 20

    found = disability_events(visits, {"id": [1], "day": [day]}, rule)

    assert found["baseline_day"].to_pylist() == [BASELINE if far else BEFORE]


@pytest.mark.parametrize("gap", [76, 77, 91, 92])
def test_a_confirmation_window_has_both_its_ends(gap):
    visits = {"id": [1] * 3, "day": [0, 100, 100 + gap], "value": [3, 4, 4]}
    rule = MSPROG.with_(confirm=[84], tolerance=(7, 7))

    assert disability_events(visits, None, rule).num_rows == (77 <= gap <= 91)


@pytest.mark.parametrize(("lost_after", "kept"), [(335, False), (336, True), (337, True)])
def test_a_change_lasts_when_the_first_visit_without_it_comes_late_enough(lost_after, kept):
    days = [0, 100, 190, 100 + lost_after, 100 + lost_after + 90]
    visits = {"id": [1] * 5, "day": days, "value": [3, 4, 4, 3, 3]}

    assert disability_events(visits, None, MSPROG.with_(sustained=336)).num_rows == kept


@pytest.mark.parametrize(("days", "counted"), [(299, 0), (300, 1), (301, 1)])
def test_a_worsening_at_the_last_visit_counts_up_to_so_many_days_of_follow_up(days, counted):
    visits = {"id": [1] * 2, "day": [0, 300], "value": [3, 4]}

    found = disability_events(visits, None, MSPROG.with_(impute_last=days))

    assert found.num_rows == counted
    assert found["confirmed_day"].to_pylist() == [None] * counted
