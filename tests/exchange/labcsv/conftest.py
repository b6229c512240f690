"""Two laboratories: one result a row, and one draw a row."""

import pytest

from longwatch.exchange.intake import Counted, ResultFact, Unreadable, tally
from longwatch.exchange.labcsv import read_lab_csv
from longwatch.exchange.labcsv_mapping import read_mapping

LONG = """
laboratory: Central
shape: long
delimiter: ";"
dates: DD/MM/YYYY
header: [MRN, Born, Taken, Test, Result, Unit, Range, State]
patient: {column: MRN, authority: CLINIC, birth_date: Born, length: 5}
date: Taken
test: Test
value: Result
unit: Unit
range: Range
status: {column: State, words: {F: final, P: preliminary, C: corrected, X: cancelled}}
tests:
  PLT: {test: platelets}
  CREA: {test: creatinine, unit: umol/L}
ignore: [GLU]
signed_by: [A. Biochemist]
"""
LONG_HEADER = "MRN;Born;Taken;Test;Result;Unit;Range;State"

WIDE = """
laboratory: Practice
shape: wide
dates: YYYY-MM-DD
header: [id, day, plt, tsh, remark]
patient: {column: id, authority: PRACTICE}
date: day
status: final
note: remark
tests:
  plt: {test: platelets, unit: 10*9/L, low: "150", high: "400"}
  tsh: {test: tsh, unit: "m[IU]/L"}
signed_by: [A. Biochemist]
"""
WIDE_HEADER = "id,day,plt,tsh,remark"


class Reading:
    """What a file said, sorted by kind."""

    def __init__(self, items):
        self.items = list(items)
        self.facts = [item for item in self.items if isinstance(item, ResultFact)]
        self.held = [item for item in self.items if isinstance(item, Unreadable)]
        self.counted = [item for item in self.items if isinstance(item, Counted)]
        self.entries = sum(tally(self.items).values())


@pytest.fixture
def long():
    """Reads rows under the header of the long laboratory; the mapping may be changed."""

    def read(*rows, header=LONG_HEADER, mapping=LONG, **changed):
        for key, value in changed.items():
            mapping += f"\n{key}: {value}"
        data = "\n".join([header, *rows]).encode()
        return Reading(read_lab_csv(data, "central.csv", read_mapping(mapping.encode())))

    return read


@pytest.fixture
def wide():
    def read(*rows, header=WIDE_HEADER, mapping=WIDE):
        data = "\n".join([header, *rows]).encode()
        return Reading(read_lab_csv(data, "practice.csv", read_mapping(mapping.encode())))

    return read
