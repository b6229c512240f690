"""A real trial's laboratory rows: our conversion agrees with theirs, and high/low with their flags.

The rows carry the result in the laboratory's unit and in the trial's standard unit, with limits.
"""

import csv
import gzip

import pytest

from longwatch.core.catalogue import catalogue
from longwatch.core.values import ReadValue, read_value

TESTS = catalogue().tests
CODES = {
    "ALT": "alt",
    "AST": "ast",
    "BILI": "bilirubin",
    "CREAT": "creatinine",
    "HGB": "hemoglobin",
    "LYM": "lymphocytes",
    "PLAT": "platelets",
    "TSH": "tsh",
    "WBC": "wbc",
}
FLAGS = {"LOW", "NORMAL", "HIGH"}


@pytest.fixture(scope="module")
def rows(real_input):
    path = real_input("longitudinal/cdiscpilot_lb_subset.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        everything = list(csv.DictReader(file))
    assert len(everything) == 22762
    return [row for row in everything if row["LBTESTCD"] in CODES]


def test_the_trial_and_we_convert_alike(rows):
    """Relative 1e-3 beside the rounding of what they print (hemoglobin's factor is 0.6206)."""
    compared = 0
    for row in rows:
        test = TESTS[CODES[row["LBTESTCD"]]]
        ours = read_value(test, row["LBORRES"], row["LBORRESU"])
        theirs = read_value(test, row["LBSTRESC"], row["LBSTRESU"])
        assert isinstance(ours, ReadValue), row
        assert isinstance(theirs, ReadValue), row
        assert ours.comparator == theirs.comparator
        printed = row["LBSTRESC"].lstrip("<>")
        factor = test.units[row["LBSTRESU"]]
        last_digit = 10.0 ** -len(printed.partition(".")[2]) * float(factor.num / factor.den)
        assert ours.value == pytest.approx(theirs.value, rel=1e-3, abs=last_digit)
        compared += 1

    assert compared == 14743


def test_high_and_low_agree_with_the_trial(rows):
    """In the laboratory's unit, converted like the value, against the limits it printed."""
    differing = []
    judged = 0
    for row in rows:
        test = TESTS[CODES[row["LBTESTCD"]]]
        sides = [
            read_value(test, row[column], row["LBORRESU"])
            for column in ("LBORRES", "LBORNRLO", "LBORNRHI")
        ]
        if row["LBNRIND"] not in FLAGS or not all(isinstance(side, ReadValue) for side in sides):
            continue
        value, low, high = sides
        flag = "NORMAL"
        if value.value < low.value or (value.comparator == "<" and value.value <= low.value):
            flag = "LOW"
        elif value.value > high.value:
            flag = "HIGH"
        judged += 1
        if flag != row["LBNRIND"]:
            differing.append((row["USUBJID"], row["LBSEQ"], flag, row["LBNRIND"]))

    assert judged > 14000
    assert differing == []
