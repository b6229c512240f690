"""Why a rule found something, or nothing: checked by hand."""

from datetime import date

import pytest
from tests.watch.explained import CLUMPED, at, node, outcome_of, platelets, texts


def test_a_fall_names_both_values_their_dates_their_rows_and_the_source():
    why = outcome_of(
        platelets(
            (date(2025, 4, 3), 240, {"source": "row-a"}),
            (date(2025, 5, 5), 110, {"source": "row-b"}),
        )
    ).explain("p1", "PLT-4")
    assert why.text.endswith("1 finding, 1 active")
    assert "2025-05-05" in node(why, "Finding of").text
    after = node(why, "2025-05-05 platelets 110")
    assert after.source == "row-b"
    change = next(one for one in after.children if "−54.2 %" in one.text)
    assert "240 ×10⁹/L on 2025-04-03" in change.text
    assert change.children[0].source == "row-a"
    assert "figure 3" in why.source


def test_a_later_value_that_is_as_low_keeps_the_fall_active():
    why = outcome_of(
        platelets(
            (date(2025, 4, 3), 240, {}), (date(2025, 5, 5), 110, {}), (date(2025, 6, 3), 105, {})
        )
    ).explain("p1", "PLT-4")
    later = node(why, "Active: no later final value has ended it")
    assert "2025-06-03 platelets 105" in later.children[0].text
    assert "still meets it" in later.children[0].text
    assert "240 ×10⁹/L on 2025-04-03" in later.children[0].children[1].text


def test_a_finding_that_is_over_names_the_value_that_ended_it():
    why = outcome_of(
        platelets((date(2025, 4, 3), 30, {}), (date(2025, 4, 5), 180, {"source": "row-c"}))
    ).explain("p1", "PLT-2")
    assert why.text.endswith("1 finding, 0 active")
    over = node(why, "Over since 2025-04-05")
    assert over.children[-1].source == "row-c"
    assert "no longer meets it" in over.children[-1].text


def test_a_preliminary_value_is_said_to_end_nothing():
    why = outcome_of(
        platelets((date(2025, 4, 3), 30, {}), (date(2025, 4, 5), 180, {"status": "preliminary"}))
    ).explain("p1", "PLT-2")
    assert "ends nothing" in node(why, "Active").children[0].text


def test_a_bound_is_shown_as_sent_and_as_what_it_means():
    why = outcome_of(platelets((date(2025, 4, 3), 60, {"comparator": "<"}))).explain("p1", "PLT-2")
    assert "undecided" in node(why, "Finding of").text
    assert "<60 ×10⁹/L (that is below 60 ×10⁹/L)" in node(why, "2025-04-03 platelets").text


def test_limits_that_the_laboratory_did_not_print_are_named_as_usual_ones():
    alt = [(date(2025, 4, 3), "alt", 200, {"unit": "U/L"})]
    why = outcome_of(alt).explain("p1", "LFT-1")
    assert any("laboratories usually print" in text for text in texts(why))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [(20, {"source": "old"}), (250, {"status": "corrected", "source": "new"})],
            "superseded by 250 ×10⁹/L (corrected, new)",
        ),
        ([(20, {"status": "cancelled"})], "it was cancelled"),
        (
            [
                (20, {"received": at(2025, 4, 3)}),
                (None, {"status": "cancelled", "received": at(2025, 4, 4)}),
            ],
            "withdrawn by a cancellation that arrived on 2025-04-04",
        ),
        ([(20, {"received": at(2025, 9, 1)})], "it arrived on 2025-09-01"),
    ],
)
def test_a_result_that_does_not_count_is_named_with_the_reason(rows, reason):
    why = outcome_of(platelets(*((date(2025, 4, 3), *row) for row in rows))).explain("p1", "PLT-2")
    ignored = node(why, "Results of these tests that do not count")
    assert reason in " ".join(child.text for child in ignored.children)
    assert "no finding" in why.text


def test_a_sample_that_failed_does_not_count_and_is_a_problem_of_the_record():
    row = (date(2025, 4, 3), None, {"text": "clumped"})
    why = outcome_of(platelets(row), problems=[CLUMPED]).explain("p1", "PLT-2")
    ignored = node(why, "Results of these tests that do not count")
    assert "it has no value" in ignored.children[0].text
    assert "no finding" in why.text


def test_a_rule_that_found_nothing_shows_the_newest_value():
    why = outcome_of(platelets((date(2025, 4, 3), 240, {}), (date(2025, 5, 2), 231, {})))
    nothing = node(why.explain("p1", "PLT-2"), "No finding")
    assert "met by none of 2 values" in nothing.children[0].text
    assert "2025-05-02 platelets 231" in nothing.children[0].children[0].text


def test_a_rule_without_a_baseline_says_so():
    why = outcome_of([(date(2025, 4, 3), "creatinine", 90, {"unit": "umol/L"})])
    assert any("no value is on record up to the first" in text for text in
               texts(why.explain("p1", "CRE-1")))  # fmt: skip


def test_a_symptom_that_raised_a_finding_is_named_until_it_has_ended():
    events = [(date(2025, 4, 3), "symptom", "bruising", {"source": "form-1"})]
    why = outcome_of(events=events).explain("p1", "FLAG-BLEEDING")
    active = node(why, "Active: what was reported has not ended")
    assert active.children[0].source == "form-1"
    ended = [(date(2025, 4, 3), "symptom", "bruising", {"end_date": date(2025, 4, 9)})]
    why = outcome_of(events=ended).explain("p1", "FLAG-BLEEDING")
    assert "ended 2025-04-09" in node(why, "Over: everything that was").children[0].text


def test_a_value_of_an_earlier_day_than_the_finding_says_its_day():
    outcome = outcome_of(
        platelets((date(2025, 4, 3), 40, {})), [(date(2025, 4, 4), "symptom", "gum-bleeding", {})]
    )
    rows = [row for row in outcome.findings.to_pylist() if row["rule"] in ("PLT-1", "PLT-2")]
    told = {(row["rule"], row["date"].isoformat()): row["compared_with"] for row in rows}
    assert told["PLT-2", "2025-04-03"] == "< 50", "of one day: nothing to say"
    assert told["PLT-1", "2025-04-04"] == "< 50; taken 2025-04-03"
