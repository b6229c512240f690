"""Hazards of values, units and codes (H01 to H14), each at the point where a message is read."""

import json
from decimal import Decimal

import pytest

from longwatch.core.catalogue import catalogue
from longwatch.core.held import HeldReason
from longwatch.core.values import ReadValue, Refusal, read_value
from longwatch.exchange.intake import LOINC, Counted, ResultFact
from longwatch.exchange.ranges import limits

from .conftest import inputs_folder

PLATELETS = catalogue().tests["platelets"]


def obx(value, *, kind="NM", unit="10*9/L", code="777-3^Platelets^LN", **fields):
    """An OBX segment; extra fields by number, e.g. f8='LL'."""
    cells = {1: "1", 2: kind, 3: code, 5: value, 6: unit, 11: "F"}
    cells |= {int(name[1:]): text for name, text in fields.items()}
    return "|".join(["OBX", *(cells.get(number, "") for number in range(1, max(cells) + 1))])


def canonical(fact):
    return read_value(PLATELETS, fact.value, fact.unit, decimal_comma=fact.decimal_comma)


@pytest.mark.parametrize("unit", ["10*9/L", "K/uL", "THOU/uL", "10^9/L", "x10*9/L", "10*3/uL"])
@pytest.mark.parametrize("value", ["24.9", "25", "25.1", "99.9", "100"])
def test_H01_the_spelling_of_the_unit_does_not_change_the_value(result, value, unit):
    fact = result(obx(value, unit=unit.replace("^", "\\S\\")))

    assert fact.unit == unit
    assert canonical(fact).value == float(Decimal(value))


def test_H01_cells_per_microliter_are_a_thousand_times_more(result):
    fact = result(obx("210000", unit="{cells}/uL^cells per microliter^UCUM"))

    assert canonical(fact).value == 210


def test_H02_a_missing_unit_stays_missing(result):
    fact = result(obx("250", unit=""))

    assert fact.unit is None
    assert canonical(fact).reason == HeldReason.MISSING_UNIT


@pytest.mark.parametrize(
    ("kind", "sent", "comparator", "number"),
    [
        ("NM", "<5", "<", 5),
        ("ST", "< 5", "<", 5),
        ("SN", "<^5", "<", 5),
        ("SN", ">^500", ">", 500),
        ("SN", ">=^32", ">=", 32),
        ("SN", "=^25", None, 25),
        ("SN", "^25", None, 25),
        ("ST", "LESS THAN 5", "<", 5),
    ],
)
def test_H03_less_than_five_is_an_interval(result, kind, sent, comparator, number):
    read = canonical(result(obx(sent, kind=kind)))

    assert isinstance(read, ReadValue)
    assert (read.comparator, read.value) == (comparator, number)


def test_H03_a_structured_range_keeps_both_ends(result):
    assert result(obx("^0^-^2", kind="SN", unit="/[HPF]")).value == "0-2"


@pytest.mark.parametrize("text", ["clumped", "TNTC", "QNS", "hemolyzed", "See Comments"])
@pytest.mark.parametrize("kind", ["ST", "TX", "CWE"])
def test_H04_a_failed_sample_is_passed_on_in_the_words_of_the_laboratory(result, kind, text):
    sent = f"X1^{text}^L" if kind == "CWE" else text

    fact = result(obx(sent, kind=kind))

    assert fact.value == text
    assert isinstance(canonical(fact), Refusal)


def test_H04_no_text_of_real_laboratories_becomes_a_platelet_count(result):
    path = inputs_folder() / "real_nonresult_strings.json"
    if not path.is_file():
        pytest.skip("the list of real texts is not here: set LONGWATCH_INPUTS")
    texts = json.loads(path.read_text())["strings"]

    reads = {text: canonical(result(obx(text, kind="ST"))) for text in texts}

    assert {text for text, read in reads.items() if isinstance(read, ReadValue)} == {">10.0"}


def test_H05_a_result_in_a_comment_only_is_held_with_the_comment(held):
    thing = held(obx(""), "NTE|1|L|PLATELETS 4, PHONED TO WARD")

    assert thing.reason == HeldReason.MISSING_VALUE
    assert "PLATELETS 4, PHONED TO WARD" in thing.detail
    assert "NTE|1|L|PLATELETS 4" in thing.raw


def test_H05_a_comment_on_an_order_without_any_result_is_held(held):
    thing = held("NTE|1|L|Platelets 4, clumps excluded")

    assert thing.reason == HeldReason.MISSING_VALUE
    assert "Platelets 4" in thing.detail


@pytest.mark.parametrize("after", ["OBX", "OBR", "SPM"])
def test_H05_a_comment_travels_with_the_result_that_it_speaks_of(read, after):
    note = "NTE|1|L|clumps seen"
    first = [note] if after == "OBR" else []
    last = {"OBX": [note], "OBR": [], "SPM": ["SPM|1|||BLD", note]}[after]

    (fact,) = [i for i in read(*first, obx("90"), *last) if isinstance(i, ResultFact)]

    assert fact.note == "clumps seen"


def test_H05_a_comment_does_not_travel_to_the_next_result(read):
    items = read(obx("90"), "NTE|1|L|clumps seen", obx("4.1", code="6690-2^WBC^LN"))

    assert [i.note for i in items if isinstance(i, ResultFact)] == ["clumps seen", None]


@pytest.mark.parametrize("sent", ["", '""', " ", "~"])
def test_H06_a_flag_without_a_value_is_held(held, sent):
    thing = held(obx(sent, f8="LL"))

    assert thing.reason == HeldReason.MISSING_VALUE
    assert "LL" in thing.detail


def test_H06_a_flag_without_a_value_is_held_even_when_preliminary(held):
    assert held(obx("", f8="LL", f11="P")).reason == HeldReason.MISSING_VALUE


@pytest.mark.parametrize("flag", ["LL", "L^Below low normal^HL70078", "A~HH"])
def test_H07_the_flag_of_the_laboratory_is_kept(result, flag):
    expected = flag.partition("^")[0].replace("~", " ")

    assert result(obx("250", f8=flag)).flag == expected


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("150-400", "150", "400"),
        ("[ 150 - 450 ]", "150", "450"),
        ("4300 to 10800", "4300", "10800"),
        ("0.38–0.52", "0.38", "0.52"),
        ("<5.0", None, "5.0"),
        ("[ < 0.21 ]", None, "0.21"),
        ("≤ 41", None, "41"),
        ("<=41", None, "41"),
        ("up to 41", None, "41"),
        (">1.5", "1.5", None),
        ("≥ 60", "60", None),
        ("1,2-3,4", "1,2", "3,4"),
        ("150-400 10*9/L", "150", "400"),
        ("-2 - 2", "-2", "2"),
        ("-2--1", "-2", "-1"),
        ("150-400 mg/L", None, None),
        ("Negative", None, None),
        ("[ ]", None, None),
        ("", None, None),
        ("adult 150-400", None, None),
        ("150-400-600", None, None),
        ("<", None, None),
    ],
)
def test_H08_limits_are_read_where_they_are_certain(text, low, high):
    assert limits(text, "10*9/L") == (low, high)


def test_H08_a_missing_range_is_missing(result):
    fact = result(obx("250"))

    assert (fact.low, fact.high, fact.range_text) == (None, None, None)


def test_H08_a_range_in_words_is_kept_as_text(result):
    assert result(obx("250", f7="see report")).range_text == "see report"


@pytest.mark.parametrize("kind", ["NM", "ST", "TX", "FT", "", "BAD", "CWE"])
def test_H09_a_number_is_read_whatever_type_it_is_sent_as(result, kind):
    assert canonical(result(obx("271", kind=kind))).value == 271


@pytest.mark.parametrize(
    ("sent", "comma", "expected"),
    [("1,2", True, 1.2), ("1.2", False, 1.2), ("1,200", False, None), ("1.200", True, None)],
)
def test_H09_the_decimal_comma_is_a_choice_of_the_feed(read, sent, comma, expected):
    from longwatch.exchange.hl7 import Hl7Options

    items = read(obx(sent, unit="10*9/L"), options=Hl7Options(decimal_comma=comma))
    (fact,) = [i for i in items if isinstance(i, ResultFact)]

    assert fact.value == sent
    assert fact.decimal_comma is comma
    value = getattr(canonical(fact), "value", None)
    assert value == expected or (expected is None and value != 1.2)


def test_H09_two_values_in_one_field_are_no_number(result):
    fact = result(obx("10~250"))

    assert fact.value == "10 ~ 250"
    assert isinstance(canonical(fact), Refusal)


@pytest.mark.parametrize("sent", ["1+", "TR", "NEG", "0-2", ">300", "Negative"])
def test_H10_semi_quantitative_words_are_passed_on_as_sent(result, sent):
    assert result(obx(sent, kind="ST", unit="")).value == sent


def test_H11_percent_and_absolute_counts_keep_their_own_units(result):
    assert result(obx("31", code="736-9^Lymphocytes/100 WBC^LN", unit="%")).unit == "%"


@pytest.mark.parametrize(
    ("sent", "codes"),
    [
        ("777-3^Platelets^LN", [(LOINC, "777-3")]),
        ("PLT^PLATELET COUNT^L^777-3^Platelets^LN", [(LOINC, "777-3"), ("L", "PLT")]),
        ("PLT^PLATELET COUNT^L^^^^^^^777-3^Platelets^LN", [(LOINC, "777-3"), ("L", "PLT")]),
        ("777-3^Platelets^2.16.840.1.113883.6.1", [(LOINC, "777-3")]),
        ("tt-0002-06^Platelet Count^WinPath", [("WinPath", "tt-0002-06")]),
        ("777-3", [("", "777-3")]),
        ("^Platelet Count", [("", "")]),
        ("^^^SASP^Salmonella^L", [("L", "SASP")]),
    ],
)
def test_H12_every_code_is_read_and_LOINC_comes_first(result, sent, codes):
    assert [(code.system, code.code) for code in result(obx("250", code=sent)).codes] == codes


def test_H12_a_result_that_names_no_test_is_held(held):
    assert held(obx("250", code="")).reason == HeldReason.BAD_MESSAGE


def test_H13_the_source_names_the_laboratory(result):
    assert result(obx("250")).source == "LIS/LAB|A7|777-3|"


@pytest.mark.parametrize("kind", ["T", "D", "T^A", "", "t", "X"])
def test_H14_only_production_messages_are_filed(held, kind):
    thing = held(obx("5"), msh=f"MSH|^~\\&|LIS|LAB|||20250402||ORU^R01|M1|{kind}|2.5")

    assert thing.reason == HeldReason.NOT_PRODUCTION
    assert "OBX|1|NM" in thing.raw


@pytest.mark.parametrize("kind", ["ED", "RP"])
def test_an_embedded_document_is_counted(read, kind):
    pdf = "^application^pdf^Base64^" + "QUJD" * 1_250_000
    items = read(obx(pdf, kind=kind), obx("250"))

    assert [i.entries for i in items if i == Counted("document")] == [1]
    assert [i.value for i in items if isinstance(i, ResultFact)] == ["250"]


@pytest.mark.parametrize(
    ("sent", "unit", "expected"),
    [
        ("250", "10*9/L^billion per liter^UCUM", "10*9/L"),
        ("250", "^billion per liter", "billion per liter"),
        ("250", '""', None),
        ("250", " ", None),
    ],
)
def test_the_unit_is_the_first_word_sent(result, sent, unit, expected):
    assert result(obx(sent, unit=unit)).unit == expected


def test_a_composite_quantity_carries_its_own_unit(result):
    fact = result(obx("250^10*9/L", kind="CQ", unit=""))

    assert (fact.value, fact.unit) == ("250", "10*9/L")


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("260385009^Negative (qualifier value)^SCT^NEG^NEGATIVE^L", "Negative (qualifier value)"),
        ("260385009^^SCT^NEG^NEGATIVE^L^^^neg. by hand", "neg. by hand"),
        ("260385009^^SCT^NEG^NEGATIVE^L", "NEGATIVE"),
        ("4", "4"),
        ("^", None),
    ],
)
def test_a_coded_answer_gives_its_text(read, sent, text):
    facts = [i.value for i in read(obx(sent, kind="CWE")) if isinstance(i, ResultFact)]

    assert facts == ([text] if text else [])
