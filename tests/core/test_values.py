"""Reading results as laboratories write them: a value, an interval, or a refusal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.core.catalogue import catalogue
from longwatch.core.held import HeldReason
from longwatch.core.values import ReadValue, Refusal, read_value

TESTS = catalogue().tests
NUMBERS = [
    ("platelets", "271", "THOU/uL", 271, None, None),
    ("platelets", " 271 ", " THOU/uL ", 271, None, None),
    ("platelets", "<5", "K/uL", 5, "<", None),
    ("platelets", "< 5", "K/uL", 5, "<", None),
    ("platelets", "<5 #", "K/uL", 5, "<", None),
    ("platelets", "12 L", "K/uL", 12, None, None),
    ("platelets", "51 (HH)", "K/uL", 51, None, None),
    ("platelets", ">=500", "K/uL", 500, ">=", None),
    ("platelets", "≤ 20", "K/uL", 20, "<=", None),
    ("platelets", "= 20", "K/uL", 20, None, None),
    ("platelets", "1.5E2", "K/uL", 150, None, None),
    ("platelets", "less than 10", "K/uL", 10, "<", None),
    ("tsh", "LESS THAN 0.4", "uIU/mL", 0.4, "<", None),
    ("tsh", "<0.02", "uIU/mL", 0.02, "<", None),
    ("tsh", ".2", "mU/L", 0.2, None, None),
    ("urine_rbc", "0-2", "/HPF", 0, None, 2),
    ("urine_rbc", "5 - 10", "/hpf", 5, None, 10),
    ("urine_rbc", "2 to 5", "/hpf", 2, None, 5),
    ("urine_rbc", ">50", "/[HPF]", 50, ">", None),
    ("urine_rbc", "None seen", "/HPF", 0, None, None),
    ("urine_wbc", "<1", "/hpf", 1, "<", None),
    ("urine_protein", "NEG", "", 0, None, None),
    ("urine_protein", "Trace", None, 0.5, None, None),
    ("urine_protein", "TR", "mg/dL", 0.5, None, None),
    ("urine_protein", "1+", "", 1, None, None),
    ("urine_protein", "++", "", 2, None, None),
    ("urine_protein", "4+", "", 4, None, None),
    ("urine_protein", "3", "{plus}", 3, None, None),
    ("urine_protein", "30", "mg/dL", 1, None, None),
    ("urine_protein", "<30", "mg/dL", 0, None, 0.5),
    ("urine_protein", "<15", "mg/dL", 0, None, None),
    ("urine_protein", ">300", "mg/dL", 3, ">=", None),
    ("urine_protein", "15-30", "mg/dL", 0.5, None, 1),
    ("urine_protein", "10", "mg/dL", 0, None, None),
    ("hiv", "Non-Reactive", None, 0, None, None),
    ("hiv", "Repeatedly Reactive", None, 1, None, None),
    ("hiv", "1", "{presence}", 1, None, None),
    ("tb_igra", "Indeterminate", "", 0.5, None, None),
    ("hpv", "Not  Detected", "", 0, None, None),
    ("vzv_igg", "IMMUNE", "", 1, None, None),
    ("urine_blood", "Large", "", 1, None, None),
    ("edss", "3.5", "{score}", 3.5, None, None),
    ("edss", "3.5", None, 3.5, None, None),
]
REFUSED = [
    ("platelets", "", "K/uL", "missing-value"),
    ("platelets", "   ", "K/uL", "missing-value"),
    ("platelets", "250", None, "missing-unit"),
    ("platelets", "250", " ", "missing-unit"),
    ("platelets", "250", "K", "unknown-unit"),
    ("platelets", "250", "/uL", "implausible-value"),
    ("platelets", "250000", "K/uL", "implausible-value"),
    ("platelets", "1E99", "K/uL", "implausible-value"),
    ("platelets", "-5", "K/uL", "implausible-value"),
    ("platelets", "−5", "K/uL", "implausible-value"),
    ("platelets", "<0", "K/uL", "implausible-value"),
    ("platelets", "1,2", "K/uL", "ambiguous-number"),
    ("platelets", "1,200", "K/uL", "ambiguous-number"),
    ("platelets", "210 000", "/uL", "ambiguous-number"),
    ("platelets", "210'000", "/uL", "ambiguous-number"),
    ("platelets", "1.200.000", "/uL", "ambiguous-number"),
    ("platelets", "150.000", "/mm3", "implausible-value"),
    ("platelets", "nan", "K/uL", "not-a-value"),
    ("platelets", "NaN", "K/uL", "not-a-value"),
    ("platelets", "inf", "K/uL", "not-a-value"),
    ("platelets", ">inf", "K/uL", "not-a-value"),
    ("platelets", "1_000", "K/uL", "not-a-value"),
    ("platelets", "0x10", "K/uL", "not-a-value"),
    ("platelets", "٢٥٠", "K/uL", "not-a-value"),
    ("platelets", "２５０", "K/uL", "not-a-value"),
    ("platelets", "²50", "K/uL", "not-a-value"),
    ("platelets", "1" * 500, "K/uL", "not-a-value"),
    ("platelets", "1E999999999", "K/uL", "not-a-value"),
    ("platelets", "<", "K/uL", "not-a-value"),
    ("platelets", ">>5", "K/uL", "not-a-value"),
    ("platelets", "150-400", "K/uL", "not-a-value"),
    ("platelets", "clumped", "K/uL", "not-a-value"),
    ("platelets", "haemolysed", "K/uL", "not-a-value"),
    ("platelets", "QNS", "K/uL", "not-a-value"),
    ("platelets", "cancelled", "K/uL", "not-a-value"),
    ("platelets", "See comment", "K/uL", "not-a-value"),
    ("platelets", "lost in transit", "K/uL", "not-a-value"),
    ("platelets", "COMPUTER NETWORK FAILURE. TEST NOT RESULTED.", "K/uL", "not-a-value"),
    ("platelets", "approximately 250", "K/uL", "not-a-value"),
    ("platelets", "250 K/uL", "K/uL", "not-a-value"),
    ("platelets", "1:128", "K/uL", "not-a-value"),
    ("platelets", "NEG", "K/uL", "not-a-value"),
    ("urine_rbc", "TNTC", "/HPF", "not-a-value"),
    ("urine_rbc", "5-2", "/HPF", "not-a-value"),
    ("urine_rbc", "<0-2", "/HPF", "not-a-value"),
    ("urine_rbc", "None", "/HPF", "not-a-value"),
    ("urine_wbc", "NEG", "", "not-a-value"),
    ("urine_rbc", "0-2", "", "missing-unit"),
    ("urine_rbc", "12", "/uL", "unknown-unit"),
    ("urine_protein", "1+ Cloudy", "", "not-a-value"),
    ("urine_protein", "7", "", "implausible-value"),
    ("urine_protein", "1.5", "", "not-a-value"),
    ("urine_protein", "30", "mmol/L", "unknown-unit"),
    ("hiv", "0.3", "", "not-a-value"),
    ("hiv", "NORM", "", "not-a-value"),
    ("hiv", "ND", "", "not-a-value"),
    ("hiv", "-", "", "not-a-value"),
    ("hepatitis_b", "850000", "[IU]/mL", "unknown-unit"),
    ("lymphocytes", "20", "PERCENT", "unknown-unit"),
    ("ast", "30", "umol/L", "unknown-unit"),
    ("temperature", "98.6", "[degF]", "unknown-unit"),
    ("edss", "11", "{score}", "implausible-value"),
]


@pytest.mark.parametrize(("test_id", "text", "unit", "value", "comparator", "high"), NUMBERS)
def test_is_read_as(test_id, text, unit, value, comparator, high):
    read = read_value(TESTS[test_id], text, unit)

    assert isinstance(read, ReadValue), read
    assert (read.value, read.comparator, read.value_high) == (value, comparator, high)
    assert read.unit == TESTS[test_id].unit
    assert text.strip() in read.text


@pytest.mark.parametrize(("test_id", "text", "unit", "reason"), REFUSED)
def test_is_refused_with_a_reason(test_id, text, unit, reason):
    refusal = read_value(TESTS[test_id], text, unit)

    assert isinstance(refusal, Refusal), refusal
    assert refusal.reason == reason
    assert refusal.detail.startswith(test_id)
    assert refusal.how


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("1,2", 1.2),
        ("<0,02", 0.02),
        ("12", 12.0),
        ("1.234,5", "implausible-value"),
        ("1.200", "ambiguous-number"),
        ("1.2", "ambiguous-number"),
        ("1,2,3", "ambiguous-number"),
    ],
)
def test_a_source_with_decimal_comma(text, outcome):
    read = read_value(TESTS["tsh"], text, "mU/L", decimal_comma=True)

    assert (read.value if isinstance(read, ReadValue) else read.reason) == outcome


def test_a_percentage_is_answered_with_what_to_send_instead():
    assert read_value(TESTS["lymphocytes"], "20", "%").how == "send the absolute value in 10*9/L"


def test_every_reason_has_a_sentence_and_a_remedy():
    assert all(reason.sentence and reason.remedy for reason in HeldReason)


@given(text=st.text(max_size=80), test_id=st.sampled_from(sorted(TESTS)))
def test_any_text_is_read_or_refused_and_never_raises(text, test_id):
    test = TESTS[test_id]
    read = read_value(test, text, test.unit)

    assert isinstance(read, Refusal) or test.is_plausible(read.value)
    assert isinstance(read, ReadValue) or read.reason in set(HeldReason)


@given(
    value=st.decimals(min_value=1, max_value=4999, places=1),
    comparator=st.sampled_from(["<", "<=", ">", ">="]),
    unit=st.sampled_from(sorted(TESTS["platelets"].units)),
)
def test_a_comparator_survives_every_unit(value, comparator, unit):
    factor = TESTS["platelets"].units[unit]
    read = read_value(TESTS["platelets"], f"{comparator} {value * factor.den:f}", unit)

    assert (read.value, read.comparator) == (float(value), comparator)


def test_real_words_where_a_number_should_be_become_no_number(real_input):
    """H04: of the laboratory's own refusals only ">10.0" is a value."""
    strings = json.loads(real_input("real_nonresult_strings.json").read_text("utf-8"))["strings"]
    for test_id in ("platelets", "wbc", "hemoglobin", "creatinine"):
        unit = TESTS[test_id].unit
        values = [s for s in strings if isinstance(read_value(TESTS[test_id], s, unit), ReadValue)]
        assert values == [] if not TESTS[test_id].is_plausible(10) else values == [">10.0"]


def test_real_non_numbers_of_messages_become_a_number_only_where_they_are_one(corpus):
    """H10: every one of the corpus' strings is mapped on purpose or refused."""
    numeric = {"<15", ".2", "< 1", "<1", ">64"}
    positive = {"Positive", "POS", "Present", "Repeatedly Reactive"}
    negative = {"NEG", "negativ"}
    expected = {
        "platelets": numeric - {".2"},
        "tsh": numeric,
        "hiv": positive | negative,
        "urine_rbc": numeric,
        "urine_protein": negative | {"4+"},
    }
    for test_id, right in expected.items():
        test = TESTS[test_id]
        read = {
            text
            for text in corpus["nonnumeric_values_v2"]
            if isinstance(read_value(test, text, test.unit), ReadValue)
        }
        assert read == right, test_id


@pytest.mark.parametrize("grade", ["0", "0.5", "1", "2", "3", "4"])
def test_a_bound_on_a_grade_is_read_as_we_write_it(grade):
    """ "At least 3+" is what ">300 mg/dL" comes to; read back it must not wait for a person."""
    read = read_value(catalogue().tests["urine_protein"], f">={grade}", "{ordinal}")
    assert isinstance(read, ReadValue)
    assert (read.value, read.comparator, read.unit) == (float(grade), ">=", "{ordinal}")


@pytest.mark.parametrize(
    ("test", "sent"),
    [("urine_protein", "<2"), ("urine_protein", ">2"), ("urine_protein", ">=1.5"), ("hiv", ">=0")],
)
def test_other_bounds_on_grades_and_words_are_held(test, sent):
    unit = catalogue().tests[test].unit
    assert isinstance(read_value(catalogue().tests[test], sent, unit), Refusal)
