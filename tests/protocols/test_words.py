"""Sentences made from the data: every number and every name of the data is in them."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from longwatch.protocols.load import load_protocol, packs
from longwatch.protocols.model import Condition, EndRule, Evidence, Recurring
from longwatch.protocols.walk import items
from longwatch.protocols.words import (
    activity_words,
    before_course_words,
    condition_words,
    contraindication_words,
    end_words,
    evidence_words,
    period_words,
    rule_words,
)

SOUND = load_protocol(Path(__file__).parent / "museum" / "sound")
CONDITION = TypeAdapter(Condition)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            {"test": "platelets", "unit": "10*9/L", "at_least": 50, "below": 100},
            "platelets at least 50 ×10⁹/L and below 100 ×10⁹/L",
        ),
        (
            {"test": "alt", "above_limit": {"limit": "high", "times": 2.5}},
            "alanine aminotransferase above 2.5 times the laboratory's upper limit",
        ),
        (
            {"test": "tsh", "below_limit": {"limit": "low"}},
            "thyrotropin below the laboratory's lower limit",
        ),
        (
            {"test": "creatinine", "rise": {"more_than": 30, "unit": "%", "against": "baseline"}},
            "creatinine risen by more than 30 % from baseline",
        ),
        (
            {"test": "hemoglobin", "fall": {"more_than": 0, "unit": "g/dL", "against": "previous"}},
            "hemoglobin fallen from the previous value",
        ),
        (
            {"test": "wbc", "unit": "10*9/L", "above": 1, "at_most": 2, "new": True},
            "white blood cells above 1 ×10⁹/L and at most 2 ×10⁹/L, the value before not",
        ),
        (
            {"test": "cd4", "unit": "/uL", "below": 200, "consecutive": 3},
            "CD4+ T cells below 200 /µL in 3 values in a row",
        ),
        (
            {"test": "hiv", "unit": "{presence}", "at_least": 0.5},
            "HIV antigen/antibody indeterminate or positive",
        ),
        (
            {"test": "urine_protein", "unit": "{ordinal}", "at_least": 2},
            "protein in urine (dipstick) at least 2+",
        ),
        ({"infusion_within_days": 1}, "an infusion on this day or at most 1 day before"),
        ({"event": {"kind": "vaccination"}}, "any vaccination"),
        ({"event": {"kind": "symptom", "codes": ["nosebleed", "x"]}}, "the symptom nosebleed or x"),
        ({"event": {"groups": ["bleeding"]}}, "a symptom of the group bleeding"),
        (
            {
                "all": [
                    {"event": {"kind": "note"}},
                    {"any": [{"event": {"kind": "relapse"}}, {"event": {"codes": ["x"]}}]},
                ]
            },
            "any note, and (any relapse, or event x)",
        ),
        (
            {"at_least": 2, "of": [{"event": {"codes": ["x"]}}, {"event": {"codes": ["y"]}}]},
            "at least 2 of (event x; event y)",
        ),
    ],
)
def test_a_condition_reads_as_it_is_judged(condition, words):
    assert condition_words(CONDITION.validate_python(condition, strict=False), SOUND) == words


def test_a_rule_says_what_how_fast_why_and_what_to_do():
    assert rule_words(SOUND.rules[0], SOUND) == (
        "PLT-1: platelets at least 20 ×10⁹/L and below 50 ×10⁹/L, or (platelets fallen by at least "
        "50 % from the previous value, and a symptom of the group bleeding) within 7 days: "
        "emergency; think of immune thrombocytopenia. Act now."
    )


def test_a_rule_that_only_marks_says_so():
    rule = SOUND.rules[0].model_copy(update={"marks_only": True})
    assert "no work by itself" in rule_words(rule)
    assert "emergency" not in rule_words(rule)


def test_activities_and_periods_say_when_and_by_what():
    cbc, hpv = SOUND.recurring
    assert activity_words(cbc, SOUND) == (
        "Blood count: every month, counted from the first infusion, until the end of the watch; "
        "from 7 days before to 7 days after the due date; answered by platelets and lymphocytes."
    )
    assert activity_words(hpv).endswith(
        "answered by procedure hpv-screen; for sex female, to be asked for other or unknown."
    )
    assert before_course_words(SOUND.before_course[0]) == (
        "Vaccines: needed complete at least 42 days before day 1 of course 1, any vaccination "
        "after that being too late; answered by event vaccines-complete."
    )
    assert period_words(SOUND.periods[0]) == (
        "Antiviral: from day 1 of the course to the later of 2 months after the last infusion of "
        "the course and the first CD4+ T cells of at least 200 /µL after the course."
    )
    assert contraindication_words(SOUND.contraindications[0]) == (
        "HIV: HIV antigen/antibody positive, or diagnosis hiv forbids the course."
    )
    assert end_words(EndRule()) == "until a clinician ends it"


def test_a_series_of_a_course_says_when_it_stops():
    series = SOUND.recurring[0].model_dump() | {
        "anchor": "course",
        "first_item": 2,
        "stops_when": {"test": "cd4", "at_least": 200, "unit": "/uL"},
    }
    words = activity_words(Recurring.model_validate(series))
    assert "counted from day 1 of the course, the first time after 2 months" in words
    assert "until CD4+ T cells are at least 200 /µL after the course" in words


@pytest.mark.parametrize(
    ("verified", "words"),
    [
        ("yes", "verified for grace: The label, section 9 (note)"),
        ("recalled", "from memory for grace: The label, section 9 (note)"),
        ("proposal", "our proposal for grace: The label, section 9 (note)"),
    ],
)
def test_evidence_says_how_sure_where_and_for_what(verified, words):
    evidence = Evidence(
        source="label",
        place="section 9",
        verified=verified,
        last_checked_on=date(2025, 1, 1),
        covers=("grace",),
        note="note.",
    )
    assert evidence_words(evidence, SOUND) == words


@pytest.mark.parametrize("pack_id", packs())
def test_every_item_of_every_shipped_pack_reads_as_a_sentence(pack_id):
    pack = load_protocol(pack_id)
    sentences = [
        *(rule_words(rule, pack) for rule in (*pack.rules, *pack.red_flags)),
        *(activity_words(item, pack) for item in pack.recurring),
        *(before_course_words(item, pack) for item in pack.before_course),
        *(contraindication_words(item, pack) for item in (*pack.contraindications, *pack.withhold)),
        *map(period_words, pack.periods),
        *(evidence_words(part, pack) for _, _, item in items(pack) for part in item.evidence),
    ]
    assert sentences
    for sentence in sentences:
        assert not any(mark in sentence for mark in ("None", "{", "[IU]", "10*9", "=", "  ", "()"))
