"""The held items of the store with the ways of a `Heldbook`: looked up one by one, when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import connection
from django.db.models import Q

from longwatch.core.held import HeldReason
from longwatch.core.tables import DESK
from longwatch.exchange.heldbook import FACT, NOT_RETRIED, Heldbook, held_key
from longwatch.exchange.payload import Fact
from longwatch.exchange.shelf import Row
from longwatch.store.columns import STORED
from longwatch.store.models import HeldItem
from longwatch.store.plainly import fetched, fetched_among, padded
from longwatch.store.writing import among, cells_of, insert

PROGRAM = "longwatch"
"""Who resolved what could be filed at last without a person."""

_TAKEN_BACK = 'SELECT 1 FROM "store_helditem" WHERE "patient" = %s AND "reason" = %s LIMIT 1'
_ALL_TAKEN_BACK = f"""
    SELECT DISTINCT "patient" FROM "store_helditem"
    WHERE "reason" = '{HeldReason.WITHDRAWN.value}' AND "patient" IN
"""  # noqa: S608 (a word of ours)
_SCHEMA = DESK["held"].append(pa.field(FACT, pa.string()))


class StoredHeldbook(Heldbook):
    """What waits in the store. `write` puts down what the filing of a message changed.

    Inputs:
        by: who resolves what can be filed now; `why`: for which reason.
        kept: patients of whom it is known that their laboratories took nothing back.
    """

    def __init__(
        self,
        by: str = PROGRAM,
        why: str = "it could be filed when it was tried again",
        kept: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__([])
        self._by = by
        self._why = why
        self._looked: set[str] = set()
        self._settled: set[str] = set()
        self._asked: set[str] = set(kept)

    def holds(self, identity: tuple[str, ...]) -> bool:
        """Whether this very thing is held, or was held and a person decided."""
        key = held_key(identity)
        self._look(Q(key=key), [key])
        return key in self._rows or key in self._settled

    def add(self, *, identity: tuple[str, ...], fact: str | None = None, **row: Any) -> bool:
        """Holds something; False when it was held already, or settled by a person."""
        return not self.holds(identity) and super().add(identity=identity, fact=fact, **row)

    def add_row(self, row: Row) -> bool:
        """Takes over a row of a Record's `held`; False when it is here already."""
        key = row["id"] or held_key((repr(row),))
        self._look(Q(key=key), [key])
        return key not in self._settled and super().add_row(row)

    def withdrawals(self, patient: str, source: str) -> list[str]:
        """When (ISO text, or '') the laboratory took back what has this source."""
        if patient not in self._asked:
            self._asked.add(patient)
            if fetched(_TAKEN_BACK, [patient, HeldReason.WITHDRAWN.value]):
                for item in HeldItem.objects.filter(patient=patient, reason=HeldReason.WITHDRAWN):
                    self._note_withdrawal(_row(item))
        return super().withdrawals(patient, source)

    def take_waiting(self) -> Iterator[tuple[Row, Fact]]:
        """Takes out everything that can be tried again."""
        self._look(Q(resolved_at=None, payload__isnull=False) & ~Q(reason__in=NOT_RETRIED), [])
        return super().take_waiting()

    def newly_held(self) -> list[Row]:
        """What this filing holds and nobody held before, or holds again."""
        return [row for key, row in self._rows.items() if row is not self._before.get(key)]

    def take_one(self, key: str) -> None:
        """Takes out one thing that waits, because a person decides about it."""
        self._look(Q(key=key), [key])
        self._rows.pop(key, None)

    def write(self, at: datetime, message: int | None) -> int:
        """Puts down what is newly held, what changed, and what could be filed at last.

        Returns:
            How many were resolved.
        """
        solved = self._before.keys() - self._rows.keys()
        if solved:
            HeldItem.objects.filter(key__in=solved).update(
                resolved_at=at,
                resolved_by=self._by,
                resolution=HeldItem.Resolution.FILED,
                resolution_reason=self._why,
            )
        new = {key: row for key, row in self._rows.items() if key not in self._before}
        again = among(STORED["held"].sql_name, "key", list(new))
        for key, row in self._rows.items():
            if key in again or (key in self._before and row != self._before[key]):
                _hold_again(key, row)
        self._insert([row for key, row in new.items() if key not in again], at, message)
        return len(solved)

    def _insert(self, rows: list[Row], at: datetime, message: int | None) -> None:
        if not rows:
            return
        cells = cells_of(STORED["held"], pa.Table.from_pylist(rows, _SCHEMA), None)
        cells["filed_at"] = [connection.ops.adapt_datetimefield_value(at)] * len(rows)
        cells["message_id"] = [message] * len(rows)
        insert(STORED["held"].sql_name, cells, ("key",))

    def _look(self, which: Q, keys: list[str]) -> None:
        if keys and self._looked.issuperset(keys):
            return
        self._looked.update(keys)
        for item in HeldItem.objects.filter(which).order_by("id"):
            self._looked.add(item.key)
            if item.resolved_at is not None and item.resolved_by != PROGRAM:
                self._settled.add(item.key)
            elif item.resolved_at is None and item.key not in self._before:
                self._rows[item.key] = self._before[item.key] = _row(item)


def with_withdrawals(patients: Sequence[str]) -> set[str]:
    """Of these patients those of whom a laboratory took a result back."""
    asked = fetched_among(_ALL_TAKEN_BACK, padded(patients))
    return {patient for (patient,) in asked}


def _row(item: HeldItem) -> Row:
    """The row as a Record's `held` has it."""
    names = {stored: name for name, stored in STORED["held"].renamed.items()}
    columns = [STORED["held"].sql_column(name) for name in _SCHEMA.names]
    row: Row = {names.get(column, column): getattr(item, column) for column in columns}
    row.update(json.loads(item.extra or "{}"))
    return row


def _hold_again(key: str, row: Row) -> None:
    columns = {STORED["held"].sql_column(name): row.get(name) for name in _SCHEMA.names}
    del columns["key"]
    HeldItem.objects.filter(key=key).update(
        **columns, resolved_at=None, resolved_by=None, resolution=None, resolution_reason=None
    )
