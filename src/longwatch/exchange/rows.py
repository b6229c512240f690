"""Rows of a Record as facts: a folder of tables, one table, or our own FHIR read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from longwatch.core.errors import RecordError
from longwatch.core.record import Record
from longwatch.core.tables import RECORD
from longwatch.exchange.intake import NOBODY, OWN, Person
from longwatch.exchange.rowfact import Incoming, RowFact


def read_record(path: Path) -> Iterator[Incoming]:
    """The rows of a Record's folder, or of one of its tables (`infusions.csv`).

    Raises:
        RecordError: when nothing of it can be read.
    """
    record = _one_table(path) if path.is_file() else Record.read(path)
    people = _people(record.patients)
    for name in RECORD:
        table = getattr(record, name)
        if path.is_file() and name != path.stem:
            continue
        yield from _table_rows(name, table, path, people)
    numbers: dict[str, list[tuple[str, str]]] = {}
    if path.is_dir():
        for row in record.identifiers.to_pylist():
            numbers.setdefault(row["patient"], []).append((row["authority"] or "", row["value"]))
        for patient, pairs in numbers.items():
            who = Person(identifiers=((OWN, patient), *pairs))
            yield RowFact(
                who, "identifiers", {}, "", f"{path.name}/identifiers", entries=len(pairs)
            )
    for row in record.held.to_pylist():
        yield RowFact(NOBODY, "held", row, row["raw"] or "", f"{path.name}/held")


def _one_table(path: Path) -> Record:
    from longwatch.core.record_csv import read_csv_text

    if path.suffix != ".csv":
        raise RecordError(f"{path.name} is not a table of a Record")
    return Record.from_tables(**{path.stem: read_csv_text(path).table})


def _people(patients: pa.Table) -> dict[str, Person]:
    """Everybody with demographics: they belong to each row, or all but one would fit anybody."""
    return {
        row["patient"]: Person(
            identifiers=((OWN, row["patient"]),),
            name=row.get("name"),
            birth_date=row["birth_date"],
            sex=row["sex"],
        )
        for row in patients.to_pylist()
    }


def _table_rows(
    name: str, table: pa.Table, path: Path, people: dict[str, Person]
) -> Iterator[RowFact]:
    for batch in table.to_batches(max_chunksize=10_000):
        for number, row in enumerate(batch.to_pylist(), 1):
            patient = row.pop("patient")
            who = people.get(patient) or Person(identifiers=((OWN, patient),))
            yield RowFact(
                who, name, row, json.dumps(row, default=str), f"{path.name}/{name} row {number}"
            )
