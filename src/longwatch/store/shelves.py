"""One table of facts with the ways of a `Shelf`: the rows of one patient at a time.

The filing changes rows in place, adds and removes them. In the store nothing is changed in place:
`write` turns each difference into a row that supersedes the old one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import product
from typing import Any

import pyarrow as pa
from django.db import connection

from longwatch.exchange.shelf import Row, Shelf
from longwatch.store.columns import STORED
from longwatch.store.digests import digest, told
from longwatch.store.extras import known_extras
from longwatch.store.plainly import batched, fetched, padded, places
from longwatch.store.reading import read_rows
from longwatch.store.writing import cells_of, insert_new

_ID = "id"
_ASKED = 256
"""Up to so many patients, and so many days, are asked for by name in one query."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A row as it was loaded: its key, the object that the filing works on, and a copy."""

    key: int
    row: Row
    before: Row


@dataclass(frozen=True, slots=True)
class Change:
    """A row to be written."""

    row: Row
    supersedes: int | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class AtHand:
    """What was loaded of a table for all messages that are filed together.

    Inputs:
        extras: its extra columns, kept up; None: not asked for yet.
        rows: rows by key of the patient, as `read_rows` gives them: of all days that count.
    """

    extras: dict[str, pa.DataType] | None
    rows: Mapping[int, list[Row]] = field(default_factory=dict)


class StoredShelf(Shelf):
    """The rows of one table of the store.

    Inputs:
        name: `results`, `infusions` or `events`.
        extra: the columns that filing adds to it.
        keys: key of each patient by reference; kept up by whoever adds one.
        at_hand: rows that are loaded already.
    """

    def __init__(
        self,
        name: str,
        extra: dict[str, pa.DataType],
        keys: dict[str, int],
        at_hand: AtHand | None = None,
    ) -> None:
        self.stored = STORED[name]
        # Not the shelf's own beginning: there is no table to be taken apart.
        self._loaded, self.changed = {}, False
        self._extra = extra
        self.keys = keys
        self._from: dict[str, list[_Loaded]] = {}
        self._at_hand = at_hand or AtHand(extras=None)

    def rows(self, patient: str) -> list[Row]:
        """The rows of one patient, to be changed in place."""
        if patient not in self._loaded:
            key = self.keys.get(patient)
            self._from[patient] = loaded = []
            if key is not None:
                rows = self._at_hand.rows.get(key)
                if rows is None:
                    rows = read_rows(self.stored, [key], (_ID,), self.known_extras)
                for row in rows:
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
        (touched,) = write_shelves([(self, at, message)])
        return touched

    def changes(self) -> list[Change]:
        """Every difference between what was loaded and what is here now."""
        return [change for patient in self._loaded for change in self._changes_of(patient)]

    @cached_property
    def known_extras(self) -> dict[str, pa.DataType]:
        """Asked once: a shelf lives as long as its transaction."""
        extras = self._at_hand.extras
        return known_extras(self.stored) if extras is None else extras

    def schema(self) -> pa.Schema:
        """The columns of its rows, as they are written."""
        kinds = {name: kind for name, kind in self.stored.types.items() if name not in self._extra}
        return pa.schema({**kinds, **self._extra, **self.known_extras})

    def _changes_of(self, patient: str) -> list[Change]:
        known = {id(one.row): one for one in self._from[patient]}
        changes = []
        for row in self._loaded[patient]:
            one = known.pop(id(row), None)
            if one is None:
                changes.append(Change(row))
            elif row != one.before:
                changes.append(Change(row, one.key))
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
                changes.append(Change(one.before, one.key, gone=True))
            else:
                changes[place] = Change(changes[place].row, one.key)
        return changes


def write_shelves(
    shelves: Sequence[tuple[StoredShelf, datetime, int | None]],
) -> list[set[str]]:
    """Puts down what changed on shelves of one table: of several messages, at once.

    Inputs:
        shelves: each with the moment, and the message that brought it.

    Returns:
        For each of them the patients of whom anything changed.

    Raises:
        IntegrityError: somebody else filed the same at this moment.
    """
    changes = [(shelf, at, message, change) for shelf, at, message in shelves
               for change in shelf.changes()]  # fmt: skip
    touched: list[set[str]] = [set() for _ in shelves]
    if not changes:
        return touched
    first = shelves[0][0]
    rows = [change.row for *_, change in changes]
    table = pa.table(_columns(rows, first.schema()))
    patients = [shelf.keys[change.row["patient"]] for shelf, _, _, change in changes]
    cells = cells_of(first.stored, table, patients, first.known_extras)
    supersedes = [change.supersedes for *_, change in changes]
    cells["digest"] = _digests(first.stored.sql_name, cells, supersedes)
    cells["supersedes_id"] = supersedes
    cells["gone"] = [change.gone for *_, change in changes]
    cells["filed_at"] = [connection.ops.adapt_datetimefield_value(at) for _, at, _, _ in changes]
    cells["message_id"] = [message for _, _, message, _ in changes]
    insert_new(first.stored.sql_name, cells)
    place = {id(shelf): number for number, (shelf, _, _) in enumerate(shelves)}
    for shelf, _, _, change in changes:
        touched[place[id(shelf)]].add(change.row["patient"])
    return touched


def _digests(
    table: str, cells: dict[str, list[Any]], supersedes: Sequence[int | None]
) -> list[str]:
    """A digest for each row; what was filed once and superseded may be filed again."""
    names, made = tuple(cells), dict[str, None]()
    texts = [told(names, row) for row in zip(*cells.values(), strict=True)]
    taken = _digests_of(table, set(cells["patient_id"]), set(cells["date"]))
    for text, place in zip(texts, supersedes, strict=True):
        time = 0
        while (mark := digest(text, time, place)) in taken or mark in made:
            time += 1
        made[mark] = None
    return list(made)


def _digests_of(table: str, patients: Collection[int], days: Collection[str]) -> set[str]:
    """The digests of these patients' rows of these days: no other row can have the same."""
    query = f'SELECT "digest" FROM "{table}" WHERE "patient_id" IN ({{}}) AND "date" IN ({{}})'  # noqa: S608
    found: set[str] = set()
    for some, dated in product(batched(patients, _ASKED), batched(days, _ASKED)):
        whose, when = padded(some), padded(dated)
        rows = fetched(query.format(places(len(whose)), places(len(when))), [*whose, *when])
        found |= {mark for (mark,) in rows}
    return found


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
