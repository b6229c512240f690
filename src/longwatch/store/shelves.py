"""One table of facts with the ways of a `Shelf`: the rows of one patient at a time.

The filing changes rows in place, adds and removes them. In the store nothing is changed in place:
`write` turns each difference into a row that supersedes the old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pyarrow as pa
from django.db import IntegrityError, connection

from longwatch.exchange.shelf import Row, Shelf
from longwatch.store.columns import STORED
from longwatch.store.digests import digest, told
from longwatch.store.extras import known_extras
from longwatch.store.reading import read_rows
from longwatch.store.writing import among, cells_of, insert

_ID = "id"


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A row as it was loaded: its key, the object that the filing works on, and a copy."""

    key: int
    row: Row
    before: Row


@dataclass(frozen=True, slots=True)
class _Change:
    """A row to be written."""

    row: Row
    supersedes: int | None = None
    gone: bool = False


class StoredShelf(Shelf):
    """The rows of one table of the store.

    Inputs:
        name: `results`, `infusions` or `events`.
        extra: the columns that filing adds to it.
        keys: key of each patient by reference; kept up by whoever adds one.
    """

    def __init__(self, name: str, extra: dict[str, pa.DataType], keys: dict[str, int]) -> None:
        self._stored = STORED[name]
        # Not the shelf's own beginning: there is no table to be taken apart.
        self._loaded, self.changed = {}, False
        self._extra = extra
        self._keys = keys
        self._from: dict[str, list[_Loaded]] = {}

    def rows(self, patient: str) -> list[Row]:
        """The rows of one patient, to be changed in place."""
        if patient not in self._loaded:
            key = self._keys.get(patient)
            self._from[patient] = loaded = []
            if key is not None:
                for row in read_rows(self._stored, [key], (_ID,), self._known_extras):
                    number = row.pop(_ID)
                    row["patient"] = patient
                    loaded.append(_Loaded(number, row, dict(row)))
            self._loaded[patient] = [one.row for one in loaded]
        return self._loaded[patient]

    def write(self, at: datetime, message: int | None) -> set[str]:
        """Puts down every difference; each new row names the message that brought it.

        Returns:
            The patients of whom anything changed.
        """
        changes = [change for patient in self._loaded for change in self._changes_of(patient)]
        if not changes:
            return set()
        rows = [change.row for change in changes]
        table = pa.table(_columns(rows, self._schema()))
        patients = [self._keys[row["patient"]] for row in rows]
        cells = cells_of(self._stored, table, patients, self._known_extras)
        cells["digest"] = self._digests(cells, changes)
        cells["supersedes_id"] = [change.supersedes for change in changes]
        cells["gone"] = [change.gone for change in changes]
        cells["filed_at"] = [connection.ops.adapt_datetimefield_value(at)] * len(changes)
        cells["message_id"] = [message] * len(changes)
        if insert(self._stored.sql_name, cells, ("digest",)) != len(changes):
            raise IntegrityError("somebody else filed the same at this moment")
        return {row["patient"] for row in rows}

    @cached_property
    def _known_extras(self) -> dict[str, pa.DataType]:
        """Asked once: a shelf lives as long as its transaction."""
        return known_extras(self._stored)

    def _schema(self) -> pa.Schema:
        kinds = {name: kind for name, kind in self._stored.types.items() if name not in self._extra}
        return pa.schema({**kinds, **self._extra, **self._known_extras})

    def _changes_of(self, patient: str) -> list[_Change]:
        known = {id(one.row): one for one in self._from[patient]}
        changes = []
        for row in self._loaded[patient]:
            one = known.pop(id(row), None)
            if one is None:
                changes.append(_Change(row))
            elif row != one.before:
                changes.append(_Change(row, one.key))
        # A newer version of an administration takes the place of the one that was taken out.
        for one in known.values():
            place = next(
                (
                    at
                    for at, change in enumerate(changes)
                    if change.supersedes is None
                    and one.before.get("source")
                    and change.row.get("source") == one.before["source"]
                ),
                None,
            )
            if place is None:
                changes.append(_Change(one.before, one.key, gone=True))
            else:
                changes[place] = _Change(changes[place].row, one.key)
        return changes

    def _digests(self, cells: dict[str, list[object]], changes: list[_Change]) -> list[str]:
        """A digest for each row; what was filed once and superseded may be filed again."""
        names, made = tuple(cells), dict[str, None]()
        texts = [told(names, row) for row in zip(*cells.values(), strict=True)]
        pairs = list(zip(texts, (change.supersedes for change in changes), strict=True))
        first = [digest(text, 0, place) for text, place in pairs]
        taken = among(self._stored.sql_name, "digest", first)
        for text, place in pairs:
            time = 0
            while (mark := digest(text, time, place)) in taken or mark in made:
                time += 1
                taken |= among(self._stored.sql_name, "digest", [digest(text, time, place)])
            made[mark] = None
        return list(made)


def _columns(rows: list[Row], schema: pa.Schema) -> dict[str, pa.Array]:
    names = dict.fromkeys([*schema.names, *(name for row in rows for name in row)])
    columns = {}
    for name in names:
        cells = [row.get(name) for row in rows]
        kind = schema.field(name).type if name in schema.names else None
        try:
            columns[name] = pa.array(cells, kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            columns[name] = pa.array([c if c is None else str(c) for c in cells], pa.string())
    return columns
