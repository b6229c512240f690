"""The mapping file: what the columns of one laboratory's CSV mean. Strict; every slip is shown."""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from longwatch.core.catalogue import catalogue
from longwatch.core.errors import ExchangeError, LongwatchError, Problem
from longwatch.exchange.intake import ResultStatus
from longwatch.protocols.yaml import Node, parse_yaml

Column = Annotated[str, Field(min_length=1, max_length=200)]
DateFormat = Literal[
    "YYYY-MM-DD",
    "YYYY/MM/DD",
    "YYYYMMDD",
    "DD/MM/YYYY",
    "MM/DD/YYYY",
    "DD.MM.YYYY",
    "DD-MM-YYYY",
    "MM-DD-YYYY",
    "excel-1900",
    "excel-1904",
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class PatientColumns(_Part):
    """Where the person stands.

    Inputs:
        column: the column of the identifier.
        authority: who gave the number; the same name as in other sources.
        length: the number of characters of every identifier; catches lost leading zeros.
        name, birth_date, sex: columns, when present.
        sex_words: the words of the sex column.
    """

    column: Column
    authority: Annotated[str, Field(min_length=1)]
    length: Annotated[int, Field(gt=0)] | None = None
    name: Column | None = None
    birth_date: Column | None = None
    sex: Column | None = None
    sex_words: dict[str, Literal["female", "male", "other", "unknown"]] = {}


class StatusColumn(_Part):
    """Where the status stands, and what each of its words means; a blank cell is preliminary."""

    column: Column
    words: dict[str, ResultStatus]


class TestColumn(_Part):
    """A test of the catalogue under the laboratory's own code or column.

    Inputs:
        test: id in the catalogue.
        unit: the unit where the file states none; counts only in a signed mapping.
        low, high: the laboratory's limits where the file states none, as written.
    """

    __test__ = False

    test: str
    unit: str | None = None
    low: str | None = None
    high: str | None = None


class LabMapping(_Part):
    """One laboratory's CSV.

    Inputs:
        laboratory: its name; part of what identifies a result.
        shape: `long` (one result a row) or `wide` (one draw a row, one column a test).
        header: every column of the file, in order; another header refuses the file.
        dates: how every date is written; there is no default, 03/04 reads two ways.
        status: the column of the status, or the one status that all results have.
        date: column of the day on which the specimen was taken.
        order: column of the laboratory's number for the order or specimen.
        reported: column of the time of the report.
        test, value, unit, low, high, range, flag: columns of the long shape.
        test_codes: whether `test` holds LOINC codes or the laboratory's own.
        tests: by own code (long) or by column (wide).
        ignore: codes or columns that nobody watches.
        signed_by: who answers for the units stated here.
    """

    laboratory: Annotated[str, Field(min_length=1)]
    shape: Literal["long", "wide"]
    header: Annotated[tuple[Column, ...], Field(min_length=3)]
    dates: DateFormat
    status: StatusColumn | Literal["preliminary", "final"]
    patient: PatientColumns
    date: Column
    encoding: Literal["utf-8", "utf-16", "iso-8859-1", "windows-1252"] = "utf-8"
    delimiter: Literal[",", ";", "tab", "|"] = ","
    decimal: Literal["point", "comma"] = "point"
    order: Column | None = None
    reported: Column | None = None
    note: Column | None = None
    test: Column | None = None
    test_codes: Literal["local", "loinc"] = "local"
    value: Column | None = None
    unit: Column | None = None
    low: Column | None = None
    high: Column | None = None
    range: Column | None = None
    flag: Column | None = None
    tests: dict[str, TestColumn] = {}
    ignore: tuple[str, ...] = ()
    signed_by: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    signed_on: dt.date | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> LabMapping:
        problems = list(self._contradictions())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def columns(self) -> Iterator[tuple[str, str]]:
        """Each column that the mapping names, with the key that names it."""
        patient = self.patient
        status = self.status.column if isinstance(self.status, StatusColumn) else None
        named = {
            "patient.column": patient.column,
            "patient.name": patient.name,
            "patient.birth_date": patient.birth_date,
            "patient.sex": patient.sex,
            "status.column": status,
            **{key: getattr(self, key) for key in ("date", "order", "reported", "note", *_LONG)},
        }
        yield from ((key, column) for key, column in named.items() if column is not None)
        if self.shape == "wide":
            yield from (("tests", column) for column in self.tests)

    def _contradictions(self) -> Iterator[str]:
        twice = sorted(name for name, times in Counter(self.header).items() if times > 1)
        if twice:
            yield f"header: columns stand twice: {', '.join(twice)}"
        for key, column in self.columns():
            if column not in self.header:
                yield f"{key}: '{column}' is not in header{_did_you_mean(column, self.header)}"
        if self.shape == "long" and (self.test is None or self.value is None):
            yield "a long file needs the columns `test` and `value`"
        if self.shape == "wide":
            if not self.tests:
                yield "a wide file needs `tests`, one for each column of a test"
            if any(getattr(self, key) for key in _LONG):
                yield f"a wide file has none of the columns {', '.join(_LONG)}"
            named = {column for _, column in self.columns()} | set(self.ignore)
            for column in self.header:
                if column not in named:
                    yield f"column '{column}' has no meaning: name it, or put it under ignore"
        known = catalogue().tests
        for code, entry in self.tests.items():
            if entry.test not in known:
                guess = _did_you_mean(entry.test, tuple(known))
                yield f"tests.{code}: '{entry.test}' is not in the catalogue{guess}"
            if code in self.ignore:
                yield f"'{code}' stands in tests and in ignore"
        if not self.signed_by and any(entry.unit for entry in self.tests.values()):
            yield "units are stated, but nobody answers for them: add signed_by"


_LONG = ("test", "value", "unit", "low", "high", "range", "flag")


def _did_you_mean(word: str, among: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, among, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def read_mapping(content: bytes, file: str = "mapping.yaml") -> LabMapping:
    """Read a mapping file.

    Inputs:
        content: its bytes (YAML 1.2).
        file: its name in messages.

    Raises:
        ExchangeError: with every mistake, each with file, line and column.

    >>> try:
    ...     read_mapping(b"shape: long")
    ... except ExchangeError as error:
    ...     print(error.problems[0])
    mapping.yaml:1:1: laboratory: missing. Mend: add it
    """
    try:
        root = parse_yaml(content, file)
    except LongwatchError as error:
        raise ExchangeError(error.problems) from None
    try:
        return LabMapping.model_validate_json(json.dumps(root.plain()))
    except ValidationError as error:
        raise ExchangeError(list(_problems(error, root))) from None


def _problems(error: ValidationError, root: Node) -> Iterator[Problem]:
    for mistake in error.errors(include_url=False):
        path = [
            step for step in mistake["loc"] if not str(step).startswith(("StatusColumn", "lit"))
        ]
        said = mistake["msg"].removeprefix("Value error, ")
        how = ""
        if mistake["type"] == "missing":
            said, how = "missing", _HINTS.get(str(path[-1]), "add it")
        elif not path and mistake["type"] != "value_error":
            said = "a mapping has keys and values, e.g. shape: long"
        elif mistake["type"] == "extra_forbidden":
            guess = _did_you_mean(str(path[-1]), tuple(LabMapping.model_fields))
            said = f"not a key of a mapping{guess}"
        name = ".".join(map(str, path))
        yield Problem(f"{name}: {said}" if name else said, root.where(path), how=how)


_HINTS = {
    "dates": "state how dates are written, e.g. dates: DD/MM/YYYY; 03/04 reads two ways",
    "header": "list every column of the file, in order",
    "status": "name the status column, or state: status: final",
}
