"""A real trial's laboratory table (22,762 rows) through an ordinary mapping."""

import csv
import gzip
import os
from collections import Counter
from pathlib import Path

import pytest

from longwatch.core.catalogue import catalogue
from longwatch.core.values import ReadValue, read_value
from longwatch.exchange.intake import ResultFact, tally
from longwatch.exchange.labcsv import read_lab_csv
from longwatch.exchange.labcsv_mapping import read_mapping

REPOSITORY = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("LONGWATCH_INPUTS") or REPOSITORY.parent / "shared" / "inputs")
TABLE = FOLDER / "longitudinal" / "cdiscpilot_lb_subset.csv.gz"
MAPPING = b"""
laboratory: CDISC pilot
shape: long
dates: YYYY-MM-DD
status: final
header: [USUBJID, LBSEQ, LBTESTCD, LBTEST, LBCAT, LBORRES, LBORRESU, LBORNRLO, LBORNRHI,
         LBSTRESC, LBSTRESN, LBSTRESU, LBSTNRLO, LBSTNRHI, LBNRIND, VISIT, LBDTC, LBDY]
patient: {column: USUBJID, authority: CDISC}
date: LBDTC
order: LBSEQ
test: LBTESTCD
value: LBORRES
unit: LBORRESU
low: LBORNRLO
high: LBORNRHI
flag: LBNRIND
tests:
  ALT: {test: alt}
  AST: {test: ast}
  BILI: {test: bilirubin}
  CREAT: {test: creatinine}
  HGB: {test: hemoglobin}
  LYM: {test: lymphocytes}
  PLAT: {test: platelets}
  TSH: {test: tsh}
  WBC: {test: wbc}
"""
HALF_A_DIGIT = 5e-3
"""Rounding of the table itself, which prints two to four digits."""

pytestmark = pytest.mark.skipif(
    not TABLE.is_file(), reason="the trial's table is not here: set LONGWATCH_INPUTS"
)


@pytest.fixture(scope="module")
def data():
    return gzip.decompress(TABLE.read_bytes())


@pytest.fixture(scope="module")
def items(data):
    return list(read_lab_csv(data, "lb.csv", read_mapping(MAPPING)))


@pytest.fixture(scope="module")
def rows(data):
    return list(csv.DictReader(data.decode().splitlines()))


def test_H25_every_row_of_a_real_table_is_accounted_for(items, rows):
    counts = tally(items)

    assert sum(counts.values()) == len(rows)
    assert counts["results"] > 0.95 * len(rows)


def test_H01_converted_values_equal_the_table_own_standard_units(items, rows):
    compared = Counter()
    wrong = []
    for fact in items:
        if not isinstance(fact, ResultFact) or fact.test is None:
            continue
        row = rows[int(fact.where.rpartition(":")[2]) - 2]
        test = catalogue().tests[fact.test]
        original = read_value(test, fact.value, fact.unit)
        standard = read_value(test, row["LBSTRESC"], row["LBSTRESU"])
        assert isinstance(original, ReadValue), (fact.value, fact.unit)
        if isinstance(standard, ReadValue):
            compared[fact.test] += 1
            if abs(original.value - standard.value) > HALF_A_DIGIT * max(standard.value, 1):
                wrong.append((fact.test, fact.value, fact.unit, row["LBSTRESC"], row["LBSTRESU"]))

    assert not wrong[:5]
    assert sum(compared.values()) > 5000
