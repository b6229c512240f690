"""What decides on the own pages, without a store: triage, groups, dates, words of a visit."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest
import tests.django_once  # noqa: F401 (before anything of the store)

from longwatch.core.record import Record
from longwatch.protocols.load import load_protocol

PACK = load_protocol("alemtuzumab-us")
INFUSED = date(2025, 6, 2)
TODAY = date(2026, 11, 22)


def record(*events):
    """A person with one course and some events."""
    return Record.from_tables(
        patients=pa.Table.from_pylist([{"patient": "A", "sex": "female"}]),
        infusions=pa.Table.from_pylist([{"patient": "A", "date": INFUSED, "course": 1, "day": 1}]),
        events=pa.Table.from_pylist(
            [{"patient": "A", "date": day, "kind": "symptom", "code": code} for day, code in events]
            or [{"patient": "A", "date": INFUSED, "kind": "note", "code": "none"}]
        ),
    )


def told(codes, day=TODAY, before=()):
    """Ids of the red flags that a report raises."""
    from longwatch.web.triage import Reported, triage

    return [flag.id for flag in triage(PACK, record(*before), Reported(codes, day), TODAY)]


def test_the_most_urgent_advice_stands_first():
    assert told(["bruising", "speech-trouble"])[0] in {"FLAG-SUDDEN", "FLAG-BLEEDING-HEAVY"}
    assert told(["bruising"]) == ["FLAG-BLEEDING"]


def test_two_entries_can_raise_together_what_neither_raises_alone():
    assert "FLAG-MENINGITIS" not in told(["fever"])
    assert "FLAG-MENINGITIS" in told(["fever"], before=[(TODAY, "neck-stiffness")])


def test_what_was_reported_before_is_no_answer_to_another_symptom():
    assert told(["joint-pain"], before=[(TODAY, "chest-pain")]) == []


@pytest.mark.parametrize("symptom", PACK.symptoms, ids=lambda symptom: symptom.id)
def test_when_facts_cannot_be_read_no_advice_is_missing(symptom):
    from longwatch.web.triage import flags_naming

    wider = {flag.id for flag in flags_naming(PACK, [symptom.id])}
    assert set(told([symptom.id])) <= wider


@pytest.mark.parametrize(("people", "groups"), [(9, 0), (10, 1)])
def test_nothing_is_told_of_fewer_than_ten_people(people, groups):
    from longwatch.web.felt import felt_here

    day = INFUSED + timedelta(days=10)
    entries = [(number, day, ["rash"]) for number in range(people)] * 3
    found = felt_here(entries, {number: [INFUSED] for number in range(people)})
    assert len(found) == groups
    if found:
        assert (found[0].people, found[0].counts) == (10, [("rash", 10)])


def test_what_one_or_two_of_ten_felt_is_not_told():
    from longwatch.web.felt import felt_here

    given = {number: [INFUSED] for number in range(10)}
    rare = [(number, INFUSED, ["fever"] if number < 2 else []) for number in range(10)]
    assert felt_here(rare, given)[0].counts == []


def test_an_entry_before_the_first_infusion_belongs_to_no_group():
    from longwatch.web.felt import felt_here

    entries = [(number, INFUSED - timedelta(days=1), ["rash"]) for number in range(20)]
    assert felt_here(entries, {number: [INFUSED] for number in range(20)}) == []


def test_a_visit_is_named_in_everyday_words():
    from longwatch.web.plain import visit_words

    both = [("cbc", "Complete blood count"), ("urinalysis", "Urinalysis")]
    assert visit_words(PACK, both) == ["Blood and urine test"]
    assert visit_words(PACK, [("skin-exam", "Skin examination")]) == ["Skin examination"]


def test_dates_read_as_in_the_language():
    from django.utils import translation

    from longwatch.web.templatetags.parts import day, weekday

    with translation.override("es"):
        assert day(date(2026, 12, 7)) == "7 de diciembre de 2026"
        assert weekday(date(2026, 12, 7)) == "lunes 7 de diciembre"
    assert day(date(2026, 12, 7)) == "7 December 2026"
    assert day(None) == ""
