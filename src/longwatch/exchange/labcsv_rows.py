"""From rows to results: long (one result a row) and wide (one column a test)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple

from longwatch.core.catalogue import catalogue
from longwatch.core.held import HeldReason
from longwatch.exchange.intake import (
    LOINC,
    NOBODY,
    OWN,
    Code,
    Counted,
    Incoming,
    PatientFact,
    Person,
    ResultFact,
    ResultStatus,
    Unreadable,
)
from longwatch.exchange.labcsv_dates import read_moment
from longwatch.exchange.labcsv_mapping import LabMapping, StatusColumn, TestColumn
from longwatch.exchange.labcsv_table import Row, Sheet
from longwatch.exchange.ranges import limits

_SPOILED = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE | re.ASCII)


class _BadRowError(Exception):
    """A row that cannot be read: reason, sentence."""

    def __init__(self, reason: HeldReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class _Beside(NamedTuple):
    """What a long row says beside a value; a wide one says nothing."""

    unit: str | None = None
    low: str | None = None
    high: str | None = None
    flag: str = ""
    range_text: str = ""


class Rows:
    """The rows of one file under one mapping."""

    def __init__(self, sheet: Sheet, mapping: LabMapping, name: str) -> None:
        self.sheet = sheet
        self.mapping = mapping
        self.name = name
        self.at = {column: index for index, column in enumerate(sheet.header)}
        self.people: set[Person] = set()
        self.known: dict[tuple[str, ...], Person] = {}
        loinc = mapping.test_codes == "loinc" and not self._is_wide
        self.system = LOINC if loinc else mapping.laboratory

    def facts(self) -> Iterator[Incoming]:
        """Every row as results, held rows and counts; each person once."""
        for row in self.sheet.rows:
            who = NOBODY
            try:
                self._check_width(row)
                who = self._person(row)
                if who not in self.people:
                    self.people.add(who)
                    yield PatientFact(who, self._raw(row), self._where(row), None, 0)
                found = self._wide(row, who) if self._is_wide else [self._long(row, who)]
                yield from list(found)
            except _BadRowError as bad:
                yield self._held(row, who, bad)

    @property
    def _is_wide(self) -> bool:
        return self.mapping.shape == "wide"

    def _check_width(self, row: Row) -> None:
        if len(row.fields) != len(self.sheet.header):
            detail = f"{len(row.fields)} fields under {len(self.sheet.header)} columns"
            raise _BadRowError(HeldReason.BAD_ROW, f"{detail}: a delimiter too many or too few")

    def _cell(self, row: Row, column: str | None) -> str:
        return row.fields[self.at[column]] if column is not None else ""

    def _person(self, row: Row) -> Person:
        columns = self.mapping.patient
        named = (columns.column, columns.name, columns.birth_date, columns.sex)
        cells = tuple(self._cell(row, column) for column in named)
        if cells not in self.known:
            self.known[cells] = self._read_person(*cells)
        return self.known[cells]

    def _read_person(self, identifier: str, name: str, born: str, sex: str) -> Person:
        columns = self.mapping.patient
        if not identifier:
            raise _BadRowError(HeldReason.MISSING_PATIENT, HeldReason.MISSING_PATIENT.sentence)
        if _SPOILED.fullmatch(identifier):
            detail = f"identifier '{identifier}' was turned into a number by a spreadsheet"
            raise _BadRowError(HeldReason.BAD_ROW, f"{detail}: its last digits are lost")
        if columns.length is not None and len(identifier) != columns.length:
            detail = f"identifier '{identifier}' has not {columns.length} characters"
            raise _BadRowError(HeldReason.BAD_ROW, f"{detail}: are leading zeros lost?")
        doubts: list[str] = []
        return Person(
            identifiers=((columns.authority, identifier),),
            name=name or None,
            birth_date=self._birth_date(born, doubts),
            sex=self._sex(sex, doubts),
            doubts=tuple(doubts),
        )

    def _birth_date(self, text: str, doubts: list[str]) -> dt.date | None:
        if not text:
            return None
        try:
            return read_moment(text, self.mapping.dates).date()
        except ValueError as error:
            doubts.append(f"birth date: {error}")
            return None

    def _sex(self, text: str, doubts: list[str]) -> str | None:
        if not text:
            return None
        words = {"female": "female", "male": "male", **self.mapping.patient.sex_words}
        found = words.get(text)
        if found is None:
            doubts.append(f"sex: the mapping has no word '{text[:20]}'")
        return found

    def _long(self, row: Row, who: Person) -> Incoming:
        mapping = self.mapping
        code = self._cell(row, mapping.test)
        if code in mapping.ignore:
            return Counted(f"test that the mapping ignores: {code}")
        if not code:
            raise _BadRowError(HeldReason.BAD_ROW, "the row names no test")
        entry = mapping.tests.get(code)
        if entry is None and mapping.laboratory == OWN and code in catalogue().tests:
            entry = TestColumn(test=code)
        sent = self._cell(row, mapping.unit)
        range_text = self._cell(row, mapping.range)
        low, high = self._cell(row, mapping.low), self._cell(row, mapping.high)
        if range_text:
            stated = limits(range_text, sent or (entry.unit if entry else None))
            low, high = low or stated[0] or "", high or stated[1] or ""
        beside = _Beside(
            sent or None, low or None, high or None, self._cell(row, mapping.flag), range_text
        )
        return self._fact(row, who, code, entry, self._cell(row, mapping.value), beside)

    def _wide(self, row: Row, who: Person) -> Iterator[Incoming]:
        for column, entry in self.mapping.tests.items():
            text = self._cell(row, column)
            if text:
                yield self._fact(row, who, column, entry, text, _Beside())
            else:
                yield Counted("blank cell")

    def _fact(
        self,
        row: Row,
        who: Person,
        code: str,
        entry: TestColumn | None,
        text: str,
        beside: _Beside,
    ) -> ResultFact:
        mapping = self.mapping
        taken = self._taken(row)
        status = self._status(row)
        comparator = self._cell(row, "comparator") if self._has_comparator else ""
        if not text and status not in ("cancelled", "withdrawn"):
            text = (
                self._cell(row, "text") if mapping.laboratory == OWN and "text" in self.at else ""
            )
            if not text and status != "corrected":
                raise _BadRowError(
                    HeldReason.MISSING_VALUE, f"{code}: {HeldReason.MISSING_VALUE.sentence}"
                )
        number = self._cell(row, mapping.order)
        place = number or f"{who.identifiers[0][1]}@{self._cell(row, mapping.date)}"
        signed = entry.unit if entry else None
        return ResultFact(
            who=who,
            date=taken.date(),
            codes=(Code(self.system, code),),
            value=comparator + text,
            unit=beside.unit or signed,
            low=beside.low or (entry.low if entry else None),
            high=beside.high or (entry.high if entry else None),
            flag=beside.flag or None,
            status=status,
            source=f"{mapping.laboratory}|{place}|{code}",
            sent_at=self._sent_at(row),
            note=self._cell(row, mapping.note) or None,
            raw=self._raw(row),
            where=self._where(row),
            decimal_comma=mapping.decimal == "comma",
            default_unit=beside.unit is None and signed is not None,
            range_text=beside.range_text or None,
            test=entry.test if entry else None,
        )

    @property
    def _has_comparator(self) -> bool:
        return self.mapping.laboratory == OWN and "comparator" in self.at

    def _taken(self, row: Row) -> dt.datetime:
        text = self._cell(row, self.mapping.date)
        if not text:
            raise _BadRowError(HeldReason.MISSING_DATE, HeldReason.MISSING_DATE.sentence)
        try:
            return read_moment(text, self.mapping.dates)
        except ValueError as error:
            raise _BadRowError(HeldReason.BAD_DATE, str(error)) from None

    def _sent_at(self, row: Row) -> dt.datetime | None:
        text = self._cell(row, self.mapping.reported)
        try:
            return read_moment(text, self.mapping.dates) if text else None
        except ValueError as error:
            raise _BadRowError(HeldReason.BAD_DATE, f"time of the report: {error}") from None

    def _status(self, row: Row) -> ResultStatus:
        stated = self.mapping.status
        if not isinstance(stated, StatusColumn):
            return stated
        word = self._cell(row, stated.column)
        if not word:
            return "final" if self.mapping.laboratory == OWN else "preliminary"
        if word not in stated.words:
            raise _BadRowError(HeldReason.BAD_ROW, f"the mapping has no status word '{word[:40]}'")
        return stated.words[word]

    def _held(self, row: Row, who: Person, bad: _BadRowError) -> Unreadable:
        return Unreadable(
            reason=bad.reason,
            detail=bad.detail,
            how=bad.reason.remedy,
            raw=self._raw(row),
            where=self._where(row),
            who=who,
            table="results",
            entries=len(self.mapping.tests) if self._is_wide else 1,
        )

    def _raw(self, row: Row) -> str:
        """The row under its header, so that it can be read again alone."""
        return f"{self.sheet.header_raw}\n{row.raw}"

    def _where(self, row: Row) -> str:
        return f"{self.name}:{row.line}"
