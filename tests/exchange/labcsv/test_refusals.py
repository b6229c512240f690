"""H25: a file that is not what its mapping states is refused whole, and says why."""

import pytest

from longwatch.core.errors import ExchangeError
from longwatch.exchange.labcsv import is_record_csv, read_lab_csv
from longwatch.exchange.labcsv_dates import read_moment
from longwatch.exchange.labcsv_mapping import LabMapping, read_mapping

from .conftest import LONG, LONG_HEADER, WIDE

ROW = "00042;29/02/1980;01/04/2025;PLT;250;10*9/L;150-400;F"


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (LONG_HEADER.replace(";State", ""), "missing columns: State"),
        (LONG_HEADER + ";Ward", "unexpected columns: Ward"),
        (LONG_HEADER.replace("Unit;Range", "Range;Unit"), "column 6 is 'Range' instead of 'Unit'"),
        (LONG_HEADER.replace("Result", "Results"), "is 'Results' the new name of 'Result'?"),
        (LONG_HEADER.replace("Born", "MRN"), "columns that stand twice: MRN"),
        (LONG_HEADER.replace(";", ","), "is the delimiter another one?"),
        (";".join(f"c{number}" for number in range(100_000)), "and 99992 more"),
        ("", "the header is not the one"),
    ],
)
def test_H25_another_header_refuses_the_file_and_shows_the_difference(long, header, says):
    with pytest.raises(ExchangeError, match="nothing of the file was read") as refused:
        long(ROW, header=header)

    assert says in str(refused.value)
    assert len(str(refused.value)) < 2000


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"PK\x03\x04rest", "a spreadsheet or archive"),
        (b"\xd0\xcf\x11\xe0rest", "an old spreadsheet"),
        (LONG_HEADER.encode() + b"\n\0", "NUL characters"),
        (LONG_HEADER.encode() + b"\nM\xfcller;", "byte 0xfc is not utf-8"),
        (LONG_HEADER.encode() + b'\n00042;"29/02', "not readable as CSV"),
        (LONG_HEADER.encode() + b"\n" + b"x" * 200_000, "not readable as CSV"),
    ],
)
def test_H25_a_file_that_is_no_CSV_is_refused_in_words(data, says):
    with pytest.raises(ExchangeError) as refused:
        read_lab_csv(data, "central.csv", read_mapping(LONG.encode()))

    assert says in str(refused.value)
    assert "central.csv" in str(refused.value)


def test_H25_the_refusal_comes_before_the_first_row():
    """Reading is lazy; a refusal must not come after rows were filed."""
    data = f"{LONG_HEADER}\n{ROW}\n{ROW.replace('01/04/2025', '04/13/2025')}".encode()

    with pytest.raises(ExchangeError, match="day and month are exchanged"):
        read_lab_csv(data, "central.csv", read_mapping(LONG.encode()))


@pytest.mark.parametrize(
    ("encoding", "stated"), [("iso-8859-1", "iso-8859-1"), ("utf-16", "utf-16"), ("utf-8-sig", "")]
)
def test_a_stated_encoding_is_used(encoding, stated):
    mapping = LONG + (f"encoding: {stated}\n" if stated else "")
    data = f"{LONG_HEADER}\n{ROW.replace('10*9/L', '10^3/µL')}".encode(encoding)

    (fact,) = [
        item
        for item in read_lab_csv(data, "a.csv", read_mapping(mapping.encode()))
        if hasattr(item, "value")
    ]

    assert fact.unit == "10^3/µL"


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("03/04/2025", "DD/MM/YYYY", "2025-04-03"),
        ("03/04/2025", "MM/DD/YYYY", "2025-03-04"),
        ("3/4/2025 8:30", "DD/MM/YYYY", "2025-04-03"),
        ("03.04.2025", "DD.MM.YYYY", "2025-04-03"),
        ("20250403", "YYYYMMDD", "2025-04-03"),
        ("2025-04-03T23:50:00-05:00", "YYYY-MM-DD", "2025-04-03"),
        ("45750", "excel-1900", "2025-04-03"),
        ("45750.99", "excel-1900", "2025-04-03"),
        ("61", "excel-1900", "1900-03-01"),
        ("44288", "excel-1904", "2025-04-03"),
    ],
)
def test_H25_dates_are_read_as_stated(text, style, expected):
    assert read_moment(text, style).date().isoformat() == expected


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("03/04/25", "DD/MM/YYYY"),
        ("03-04-2025", "DD/MM/YYYY"),
        ("2025-04-03", "DD/MM/YYYY"),
        ("45750", "DD/MM/YYYY"),
        ("45750", "YYYY-MM-DD"),
        ("03/04/2025", "excel-1900"),
        ("60", "excel-1900"),
        ("999999", "excel-1900"),
        ("2025043", "YYYYMMDD"),
        ("2025-02-29", "YYYY-MM-DD"),
        ("0001-01-01", "YYYY-MM-DD"),
        ("2025-04-03 99:00", "YYYY-MM-DD"),
        ("٢٠٢٥-04-03", "YYYY-MM-DD"),
        ("", "YYYY-MM-DD"),
    ],
)
def test_H25_dates_that_do_not_fit_the_statement_are_not_guessed(text, style):
    with pytest.raises(ValueError):
        read_moment(text, style)


MISTAKES = {
    "no dates": (LONG.replace("dates: DD/MM/YYYY", ""), "state how dates are written"),
    "unknown date style": (LONG.replace("DD/MM/YYYY", "DD/MM/YY"), "dates: Input should be"),
    "unknown key": (LONG + "delimeter: x", "did you mean 'delimiter'?"),
    "key twice": (LONG + "shape: long", "stands twice"),
    "unknown test": (LONG.replace("platelets", "platelet"), "did you mean 'platelets'?"),
    "column not in header": (LONG.replace("date: Taken", "date: Take"), "did you mean 'Taken'?"),
    "header twice": (LONG.replace("Born, Taken", "MRN, Taken"), "columns stand twice: MRN"),
    "units not signed": (
        LONG.replace("signed_by: [A. Biochemist]", ""),
        "nobody answers for them",
    ),
    "ignored and mapped": (LONG.replace("[GLU]", "[PLT]"), "stands in tests and in ignore"),
    "long without value": (LONG.replace("value: Result", ""), "needs the columns"),
    "wide without tests": (
        "\n".join(line for line in WIDE.splitlines() if "{test" not in line).replace("tests:", ""),
        "needs `tests`",
    ),
    "wide with a value column": (WIDE + "value: plt", "has none of the columns"),
    "wide column without meaning": (WIDE.replace("note: remark", ""), "'remark' has no meaning"),
    "unknown status word": (LONG.replace("F: final", "F: done"), "status"),
    "not YAML": ("a: [", "not readable as YAML"),
    "not a mapping": ("- a", "has keys and values"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize(("content", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_mapping_says_what_is_wrong_and_where(content, says):
    with pytest.raises(ExchangeError) as refused:
        read_mapping(content.encode(), "central.yaml")

    assert says in str(refused.value)
    assert "central.yaml" in str(refused.value)


def test_H25_without_a_mapping_only_our_own_table_is_read():
    with pytest.raises(ExchangeError, match="write a mapping file"):
        read_lab_csv(f"{LONG_HEADER}\n{ROW}".encode())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"patient,date,test,value,unit", True),
        (b'\xef\xbb\xbf"unit","patient","date","test","value","mine"\r\n', True),
        (b"patient;date;test;value;unit", False),
        (b"patient,date,test,value", False),
        (b"", False),
        (b"\xff\xfe\0\0", False),
    ],
)
def test_our_own_table_is_known_by_its_header(data, expected):
    assert is_record_csv(data) is expected


def test_the_mapping_has_a_schema_for_editors():
    properties = LabMapping.model_json_schema()["properties"]

    assert set(properties) == set(LabMapping.model_fields)
