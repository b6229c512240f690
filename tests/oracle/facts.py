"""Which facts of one patient exist on a day, and what their numbers are (semantics, section 1)."""

import math
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tests.oracle.logic import Interval, interval

from longwatch.core.catalogue import catalogue

Row = dict[str, Any]

SIX_DECIMALS = Decimal("0.000001")
LONG_AGO = datetime(1, 1, 1)  # noqa: DTZ001 (the clinic's own time, as in the Record)


@dataclass(frozen=True)
class Result:
    """A counting result; `range` is None when it has no value.

    Preliminary ones inform; only those that stand (final or corrected, with a value) answer,
    release, end and serve as reference.
    """

    date: date
    test: str
    status: str
    number: Decimal | None
    range: Interval | None
    low: Decimal | None
    high: Decimal | None
    stands: bool


@dataclass(frozen=True)
class Event:
    date: date
    kind: str
    code: str | None
    end_date: date | None
    groups: frozenset[str]


@dataclass(frozen=True)
class Infusion:
    date: date
    course: int
    planned: bool


@dataclass
class Patient:
    """Everything known of one patient on the day `as_of`."""

    id: str
    as_of: date
    sex: str = "unknown"
    birth_date: date | None = None
    infusions: list[Infusion] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    unreadable: str = ""
    _by_test: dict[str, list[Result]] = field(default_factory=dict)

    def given(self) -> list[Infusion]:
        return [infusion for infusion in self.infusions if not infusion.planned]

    def of_test(self, test: str) -> list[Result]:
        """Counting results of a test that have a value."""
        if test not in self._by_test:
            with_value = [r for r in self.results if r.test == test and r.range is not None]
            self._by_test[test] = with_value
        return self._by_test[test]


def read_patient(
    patient: str,
    rows: dict[str, list[Row]],
    as_of: date,
    groups: dict[str, frozenset[str]],
    incomplete: str,
) -> Patient:
    """The facts of one patient; `rows` holds only rows of this patient.

    `groups`: the groups of every symptom that the pack knows, by its code.
    """
    found = Patient(patient, as_of, unreadable=incomplete)
    for row in rows["patients"]:
        found.sex = row.get("sex") or "unknown"
        found.birth_date = row.get("birth_date")
    for row in rows["infusions"]:
        read_infusion(found, row)
    found.results = counting_results(rows["results"], as_of)
    for row in rows["events"]:
        if row["date"] <= as_of:
            end = row.get("end_date")
            known_end = end if end is not None and end <= as_of else None
            code = row.get("code")
            of_code = groups.get(code, frozenset())
            found.events.append(Event(row["date"], row["kind"], code, known_end, of_code))
    return found


def read_infusion(found: Patient, row: Row) -> None:
    status = row.get("status") or "given"
    if status == "not-done":
        return
    if row.get("date") is None:
        found.unreadable = "an infusion has no date"
        return
    if status == "given" and row["date"] > found.as_of:
        return
    if row.get("course") is None:
        found.unreadable = "an infusion has no course"
        return
    found.infusions.append(Infusion(row["date"], row["course"], planned=status == "planned"))


def counting_results(rows: list[Row], as_of: date) -> list[Result]:
    """Point 1 (existing) and point 2 (superseding), then the numbers of what is left."""
    groups: dict[tuple[str, date], list[Row]] = {}
    for row in rows:
        received = row.get("received")
        if row["date"] <= as_of and (received is None or received.date() <= as_of):
            groups.setdefault((row["test"], row["date"]), []).append(row)
    return [read_result(row) for group in groups.values() for row in superseding(group)]


def state(row: Row) -> str:
    return row.get("status") or "final"


RANK = {"preliminary": 0, "final": 1, "corrected": 2}


def superseding(group: list[Row]) -> list[Row]:
    """Of all rows of one test and date, those that count."""
    living = [row for row in group if state(row) != "cancelled" and not is_retracted(row, group)]
    return [row for row in living if not any(outranks(other, row) for other in living)]


def is_retracted(row: Row, group: list[Row]) -> bool:
    """A cancellation by the same laboratory arrived after it."""
    return any(
        state(other) == "cancelled"
        and are_rivals(other, row)
        and other.get("received") is not None
        and row.get("received") is not None
        and row["received"] < other["received"]
        for other in group
    )


def are_rivals(one: Row, other: Row) -> bool:
    """Only a laboratory's own row says anything of a row; one without a name belongs to all."""
    names = {one.get("laboratory") or "", other.get("laboratory") or ""}
    return len(names) == 1 or "" in names


def outranks(other: Row, row: Row) -> bool:
    """Corrected before final before preliminary; of corrected ones the newest received."""
    if not are_rivals(other, row):
        return False
    if state(other) == state(row) == "corrected":
        return (other.get("received") or LONG_AGO) > (row.get("received") or LONG_AGO)
    return RANK[state(other)] > RANK[state(row)]


def read_result(row: Row) -> Result:
    number = value_of(row["test"], row.get("value"), row.get("unit"))
    possible = None
    if number is not None:
        high = canonical(row["test"], row.get("value_high"), row.get("unit"))
        possible = interval(number, row.get("comparator"), high)
    return Result(
        row["date"],
        row["test"],
        state(row),
        number,
        possible,
        canonical(row["test"], row.get("low"), row.get("unit")),
        canonical(row["test"], row.get("high"), row.get("unit")),
        possible is not None and state(row) in ("final", "corrected"),
    )


def canonical(test: str, value: float | None, unit: str | None) -> Decimal | None:
    """The number in the catalogue's unit, to 6 decimals; None when nobody can tell."""
    if value is None or math.isnan(value) or math.isinf(value):
        return None
    known = catalogue().tests.get(test)
    spelling = (unit or "").strip()
    if known is None or spelling not in known.units:
        return None
    factor = known.units[spelling]
    return (Decimal(repr(float(value))) * factor.num / factor.den).quantize(SIX_DECIMALS)


def graded(test: str, value: float | None, unit: str | None) -> Decimal | None:
    """An amount that has to become a grade first (protein in mg/dL as 1+, 2+, …)."""
    known = catalogue().tests.get(test)
    spelling = (unit or "").strip()
    if value is None or math.isnan(value) or known is None or known.grades is None:
        return None
    if spelling not in known.grades.units:
        return None
    factor = known.grades.units[spelling]
    amount = Decimal(repr(float(value))) * factor.num / factor.den
    lowest, highest = known.grades.plausible
    if not Decimal(repr(lowest)) <= amount <= Decimal(repr(highest)):
        return None
    reached = [grade for cut, grade in known.grades.steps if amount >= Decimal(repr(cut))]
    return Decimal(repr(reached[-1])) if reached else Decimal(0)


def value_of(test: str, value: float | None, unit: str | None) -> Decimal | None:
    """The canonical number, if it is one that this test can have."""
    number = canonical(test, value, unit)
    if number is None:
        return graded(test, value, unit)
    known = catalogue().tests[test]
    lowest, highest = known.plausible
    fits = Decimal(repr(lowest)) <= number <= Decimal(repr(highest))
    if not fits and not (known.zero and number == 0):
        return None
    if known.kind != "number" and float(number) not in known.words.values():
        return None
    return number


def usual_limits(test: str, side: str, sex: str) -> tuple[Decimal, Decimal] | None:
    """From the lowest to the highest limit that laboratories print for this sex (or for both)."""
    limits = catalogue().tests[test].limits
    sexes = [sex] if sex in ("female", "male") else ["female", "male"]
    printed = [
        Decimal(repr(end))
        for each in sexes
        if each in limits and getattr(limits[each], side) is not None
        for end in getattr(limits[each], side)
    ]
    return (min(printed), max(printed)) if printed else None
