"""What rows say: results, counts and held rows; nothing lost."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longwatch.core.catalogue import catalogue
from longwatch.core.errors import ExchangeError
from longwatch.core.held import HeldReason
from longwatch.core.values import read_value
from longwatch.exchange.intake import OWN, Code, Counted
from longwatch.exchange.labcsv import read_lab_csv

ROW = "00042;29/02/1980;01/04/2025;PLT;250;10*9/L;150-400;F"


def test_a_long_row_is_one_result(long):
    (fact,) = long(ROW).facts

    assert fact.who.identifiers == (("CLINIC", "00042"),)
    assert fact.who.birth_date == dt.date(1980, 2, 29)
    assert (fact.date, fact.test, fact.codes) == (
        dt.date(2025, 4, 1),
        "platelets",
        (Code("Central", "PLT"),),
    )
    assert (fact.value, fact.unit, fact.low, fact.high) == ("250", "10*9/L", "150", "400")
    assert (fact.status, fact.where) == ("final", "central.csv:2")
    assert fact.raw.endswith(ROW)


def test_a_wide_row_is_one_result_for_each_filled_cell(wide):
    reading = wide("7,2025-04-01,250,,hemolyzed", "8,2025-04-02,<5,2.1,")

    assert [(f.test, f.value, f.unit, f.low) for f in reading.facts] == [
        ("platelets", "250", "10*9/L", "150"),
        ("platelets", "<5", "10*9/L", "150"),
        ("tsh", "2.1", "m[IU]/L", None),
    ]
    assert reading.facts[0].note == "hemolyzed"
    assert reading.counted == [Counted("blank cell")]
    assert reading.entries == 4


def test_each_person_is_named_once(long):
    reading = long(ROW, ROW.replace("PLT", "CREA"), ROW.replace("00042", "00043"))

    people = [item for item in reading.items if type(item).__name__ == "PatientFact"]
    assert [person.who.identifiers[0][1] for person in people] == ["00042", "00043"]


def test_H02_a_unit_of_the_mapping_stands_in_only_where_the_row_has_none(long):
    own, missing, other = long(
        "00042;;01/04/2025;CREA;0.9;mg/dL;;F",
        "00042;;01/04/2025;CREA;80;;;F",
        "00042;;01/04/2025;PLT;250;;;F",
    ).facts

    assert (own.unit, own.default_unit) == ("mg/dL", False)
    assert (missing.unit, missing.default_unit) == ("umol/L", True)
    assert (other.unit, other.default_unit) == (None, False)


def test_H09_a_decimal_comma_is_a_statement_of_the_mapping(long):
    (fact,) = long(ROW.replace("PLT;250", "PLT;249,5"), decimal="comma").facts

    read = read_value(
        catalogue().tests["platelets"], fact.value, fact.unit, decimal_comma=fact.decimal_comma
    )
    assert read.value == 249.5


def test_H12_a_code_that_the_mapping_does_not_know_is_passed_on_and_not_dropped(long):
    (fact,) = long(ROW.replace("PLT", "XYZ")).facts

    assert (fact.test, fact.codes) == (None, (Code("Central", "XYZ"),))


def test_an_ignored_code_is_counted(long):
    assert long(ROW.replace("PLT", "GLU")).counted == [
        Counted("test that the mapping ignores: GLU")
    ]


@pytest.mark.parametrize(
    ("word", "status"),
    [("F", "final"), ("P", "preliminary"), ("C", "corrected"), ("X", "cancelled")],
)
def test_H15_the_status_is_read_by_the_words_of_the_mapping(long, word, status):
    assert long(ROW[:-1] + word).facts[0].status == status


def test_H15_an_empty_status_is_preliminary(long):
    assert long(ROW[:-1]).facts[0].status == "preliminary"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (ROW.replace("00042", ""), HeldReason.MISSING_PATIENT),
        (ROW.replace("00042", "42"), HeldReason.BAD_ROW),
        (ROW.replace("00042", "1.23E+11"), HeldReason.BAD_ROW),
        (ROW.replace("01/04/2025", ""), HeldReason.MISSING_DATE),
        (ROW.replace("01/04/2025", "31/02/2025"), HeldReason.BAD_DATE),
        (ROW.replace("01/04/2025", "2025-04-01"), HeldReason.BAD_DATE),
        (ROW.replace("01/04/2025", "45748"), HeldReason.BAD_DATE),
        (ROW.replace("01/04/2025", "01/04/25"), HeldReason.BAD_DATE),
        (ROW.replace("250", ""), HeldReason.MISSING_VALUE),
        (ROW.replace("PLT", ""), HeldReason.BAD_ROW),
        (ROW[:-1] + "?", HeldReason.BAD_ROW),
        (ROW + ";more", HeldReason.BAD_ROW),
        (ROW.rpartition(";")[0], HeldReason.BAD_ROW),
    ],
)
def test_H25_a_bad_row_is_held_whole_and_the_others_are_read(long, row, reason):
    reading = long(ROW, row, ROW)

    assert [thing.reason for thing in reading.held] == [reason]
    assert reading.held[0].raw.endswith(row)
    assert reading.held[0].where == "central.csv:3"
    assert len(reading.facts) == 2


def test_H25_a_bad_row_of_the_wide_shape_stands_for_all_its_cells(wide):
    reading = wide("7,yesterday,250,2.1,")

    assert [thing.entries for thing in reading.held] == [2]
    assert not reading.facts


def test_H25_leading_zeros_stay(wide):
    assert wide("0007,2025-04-01,250,,").facts[0].who.identifiers == (("PRACTICE", "0007"),)


@pytest.mark.parametrize("cell", ["=1+1", "=250", "@SUM(A1)", "+250", "-5", '"=HYPERLINK(""x"")"'])
def test_H25_a_cell_that_looks_like_a_formula_is_kept_as_text(wide, cell):
    sent = cell.strip('"').replace('""', '"')

    assert wide(f"7,2025-04-01,{cell},,").facts[0].value == sent


def test_a_quoted_cell_may_hold_delimiters_and_line_ends(wide):
    reading = wide('7,2025-04-01,250,,"clumps, few\nrepeat"', "8,2025-04-02,90,,")

    assert [fact.note for fact in reading.facts] == ["clumps, few\nrepeat", None]
    assert reading.facts[1].where == "practice.csv:4"


def test_H19_the_same_rows_have_the_same_sources(long):
    first, second = (long(ROW, ROW.replace("PLT", "CREA")).facts for _ in range(2))

    assert [fact.source for fact in first] == [fact.source for fact in second]
    assert first[0].source != first[1].source


def test_our_own_results_table_needs_no_mapping():
    data = (
        b"patient,date,test,value,comparator,text,unit,status,received,extra\n"
        b"p1,2025-04-01,platelets,5,<,,10*9/L,final,2025-04-02T10:00:00,x\n"
        b"p1,2025-04-01,tsh,,,clotted,m[IU]/L,cancelled,,\n"
    )

    facts = [item for item in read_lab_csv(data) if hasattr(item, "value")]

    assert [(f.test, f.value, f.status) for f in facts] == [
        ("platelets", "<5", "final"),
        ("tsh", "", "cancelled"),
    ]
    assert facts[0].who.identifiers == ((OWN, "p1"),)
    assert facts[0].sent_at == dt.datetime(2025, 4, 2, 10)  # noqa: DTZ001


CELLS = st.text(alphabet="0123456789;,\"'/.-<>=E+abcF \t", max_size=12)


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=10).map(";".join), max_size=6))
def test_G13_every_row_ends_as_result_or_held_or_counted(long, rows):
    try:
        reading = long(ROW, *rows)
    except ExchangeError:
        # Refused whole, before anything was filed.
        return

    # Quotes may join lines; without one, a row is a line.
    if not any('"' in row for row in rows):
        assert reading.entries == 1 + sum(bool(row.strip("; \t")) for row in rows)


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.binary(max_size=400))
def test_G13_random_bytes_are_refused_in_words(long, data):
    with pytest.raises(ExchangeError):
        long(header=data.decode("latin-1"))
