"""Hazards of values, units and codes that arrive: one named test each."""

from __future__ import annotations

import pytest
from tests.exchange.conftest import only, reasons

from longwatch.core.catalogue import catalogue

UNITS = [("K/uL", 1), ("THOU/uL", 1), ("GI/L", 1), ("x10*9/L", 1), ("{cells}/uL", 1000), ("/nl", 1)]


@pytest.mark.parametrize(("unit", "times"), UNITS)
@pytest.mark.parametrize("value", ["24.9", "25", "25.1", "99.9", "100"])
def test_H01_every_spelling_of_a_unit_gives_the_canonical_number(make, unit, times, value):
    sent = format(float(value) * times, "g")
    report = make.load(make.file(make.oru(sent, unit)))
    row = only(report.record.results)
    assert (row["value"], row["unit"]) == (float(value), "10*9/L")
    assert (row["sent_value"], row["sent_unit"]) == (sent, unit)


def test_H01_an_unknown_unit_is_held_with_the_original_text(make):
    report = make.load(make.file(make.oru("25", "K/L")))
    assert report.record.results.num_rows == 0
    held = only(report.record.held)
    assert held["reason"] == "unknown-unit"
    assert "25" in held["raw"]
    assert "K/L" in held["detail"]


@pytest.mark.parametrize(("unit", "reason"), [("", "missing-unit"), ("/uL", "implausible-value")])
def test_H02_a_missing_or_impossible_unit_is_never_filled_in(make, unit, reason):
    report = make.load(make.file(make.oru("250", unit)))
    assert report.record.results.num_rows == 0
    assert reasons(report) == {reason: 1}


@pytest.mark.parametrize(
    ("sent", "value", "comparator"),
    [("<5", 5.0, "<"), ("< 5", 5.0, "<"), (">=500", 500.0, ">="), ("<^5", 5.0, "<")],
)
def test_H03_a_value_with_a_comparator_is_filed_as_an_interval(make, sent, value, comparator):
    kind = "SN" if "^" in sent else "ST"
    row = only(make.load(make.file(make.oru(sent, "K/uL", kind=kind))).record.results)
    assert (row["value"], row["comparator"]) == (value, comparator)
    assert row["text"]


@pytest.mark.parametrize("text", ["clumped", "TNTC", "haemolysed", "QNS", "lost in transit"])
def test_H04_words_instead_of_a_number_wait_for_a_person(make, text):
    report = make.load(make.file(make.oru(text, "K/uL", kind="ST")))
    assert report.record.results.num_rows == 0
    assert reasons(report) == {"not-a-value": 1}


def test_H05_a_result_that_is_only_in_a_comment_is_held(make):
    message = make.oru("", "") + "NTE|1||Platelets 12, called to ward\r"
    report = make.load(make.file(message))
    held = only(report.record.held)
    assert held["reason"] == "missing-value"
    assert "called to ward" in held["detail"]


def test_H06_a_flag_without_a_value_is_held(make):
    report = make.load(make.file(make.oru("", "K/uL", flag="LL")))
    assert "LL" in only(report.record.held)["detail"]


@pytest.mark.parametrize(
    ("value", "flag", "disagrees"),
    [
        ("240", "LL", True),
        ("240", "H", True),
        ("100", "L", False),
        ("100", "N", True),
        ("240", "N", False),
        ("240", "", False),
    ],
)
def test_H07_a_flag_that_contradicts_the_limits_is_filed_and_told(make, value, flag, disagrees):
    report = make.load(make.file(make.oru(value, flag=flag)))
    assert report.record.results.num_rows == 1
    assert bool(report.disagreements) == disagrees
    assert (not disagrees) or flag in report.notices[-1] or "normal" in report.notices[-1]


def test_H08_limits_are_converted_like_the_value_and_their_absence_stays_absence(make):
    both = make.load(make.file(make.oru("250000", "/uL", limits="150000-400000")))
    none = make.load(make.file(make.oru("250", limits="")))
    assert [only(both.record.results)[end] for end in ("low", "high")] == [150.0, 400.0]
    assert [only(none.record.results)[end] for end in ("low", "high")] == [None, None]


@pytest.mark.parametrize("text", ["1,200", "2,40"])
def test_H09_a_number_that_can_be_read_in_two_ways_is_held(make, text):
    assert reasons(make.load(make.file(make.oru(text, "K/uL")))) == {"ambiguous-number": 1}


def test_H09_a_fhir_number_in_quotes_is_held(make):
    report = make.load(make.fhir(make.observation("240")))
    assert reasons(report) == {"not-a-value": 1}
    assert "JSON number" in only(report.record.held)["detail"]


@pytest.mark.parametrize(
    ("text", "value"), [("NEG", 0.0), ("TR", 0.5), ("1+", 1.0), ("3+", 3.0), ("4+", 4.0)]
)
def test_H10_urine_grades_keep_their_order(make, text, value):
    message = make.oru(text, "", code="20454-5^Protein^LN", kind="ST", limits="")
    assert only(make.load(make.file(message)).record.results)["value"] == value


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [("731-0", "32", "%"), ("718-7", "8.5", "%"), ("751-8", "60", "PERCENT")],
)
def test_H11_a_percentage_is_not_taken_for_a_count(make, code, value, unit):
    report = make.load(make.file(make.oru(value, unit, code=f"{code}^^LN", limits="")))
    assert report.record.results.num_rows == 0
    assert sum(report.held.values()) == 1


def test_H12_a_local_code_waits_until_somebody_says_what_it_means(make):
    message = make.file(make.oru(code="tt-0002-06^Platelet count^WinPath"))
    first = make.load(message)
    assert reasons(first) == {"unsupported": 1}
    assert "platelets" in only(first.record.held)["detail"]
    from longwatch.exchange import ImportOptions

    signed = ImportOptions(local_codes={"tt-0002-06": "platelets"})
    second = make.load(record=first.record, options=signed)
    assert only(second.record.results)["test"] == "platelets"
    assert second.record.held.num_rows == 0


def test_H12_loinc_is_read_from_the_alternate_triplet(make):
    message = make.oru(code="PLT^PLATELETS^L^777-3^Platelets^LN")
    assert only(make.load(make.file(message)).record.results)["test"] == "platelets"


def test_H12_codes_nobody_watches_are_counted_by_code(make):
    report = make.load(make.file(make.oru("140", "mmol/L", code="2951-2^Sodium^LN")))
    assert report.counted["2951-2 Sodium"] == 1
    assert not report.held


@pytest.mark.parametrize("mode", ["T", "D", ""])
def test_H14_test_and_training_messages_are_not_filed(make, mode):
    report = make.load(make.file(make.oru(mode=mode)))
    assert report.record.results.num_rows == 0
    assert set(reasons(report)) == {"not-production"}


def test_H14_fhir_test_data_is_not_filed(make):
    labeled = make.observation(meta={"security": [{"code": "HTEST"}]})
    assert reasons(make.load(make.fhir(labeled))) == {"not-production": 1}


def test_every_watched_test_is_found_by_each_of_its_loinc_codes():
    for test in catalogue().tests.values():
        for code in test.loinc:
            assert catalogue().by_loinc(code).id == test.id
