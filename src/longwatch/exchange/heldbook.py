"""The `held` table during an import: what waits for a person, and what is tried again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa

from longwatch.core.held import HeldReason
from longwatch.core.tables import DESK
from longwatch.exchange.payload import Fact, pack_fact, unpack_fact
from longwatch.exchange.shelf import Row

FACT = "fact"
"""Column that holds the fact itself, so that it can be tried again without its file."""

NOT_RETRIED = frozenset({HeldReason.WITHDRAWN, HeldReason.DUPLICATE_CONFLICT})


class Heldbook:
    """Rows of `held` by id; the same thing held twice is one row.

    Inputs:
        rows: the table's rows.
    """

    def __init__(self, rows: list[Row]) -> None:
        self._rows: dict[str, Row] = {}
        for row in rows:
            self._rows[row["id"] or held_key((repr(row),))] = row
        self._withdrawals: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            self._note_withdrawal(row)
        self._before = dict(self._rows)

    def holds(self, identity: tuple[str, ...]) -> bool:
        """Whether this very thing is held already."""
        return held_key(identity) in self._rows

    def add(self, *, identity: tuple[str, ...], fact: str | None = None, **row: Any) -> bool:
        """Holds something.

        Inputs:
            identity: what makes it the same thing as one held before.
            row: the columns of `held` but `id`.

        Returns:
            False when it was held already.
        """
        key = held_key(identity)
        if key in self._rows:
            return False
        kept = {name: _writable(value) for name, value in row.items()}
        self._rows[key] = {"id": key, **kept, FACT: _writable(fact)}
        self._note_withdrawal(self._rows[key])
        return True

    def add_fact(
        self,
        fact: Fact,
        *,
        reason: HeldReason,
        detail: str,
        mend: str,
        patient: str | None,
        received: datetime,
        identity: tuple[str, ...],
    ) -> bool:
        """Holds a fact whole."""
        kind = type(fact).__name__.removesuffix("Fact").lower()
        table = "patients" if kind == "identity" else f"{kind}s"
        return self.add(
            identity=identity,
            fact=pack_fact(fact),
            table=table,
            source=getattr(fact, "source", ""),
            where=fact.where,
            reason=reason,
            detail=detail,
            mend=mend,
            patient=patient,
            raw=fact.raw,
            received=received,
        )

    def add_row(self, row: Row) -> bool:
        """Takes over a row of another Record's `held`; False when it is here already."""
        key = row["id"] or held_key((repr(row),))
        if key in self._rows:
            return False
        self._rows[key] = {**row, "id": key}
        self._note_withdrawal(row)
        return True

    def withdrawals(self, patient: str, source: str) -> list[str]:
        """When (ISO text, or '') the laboratory took back what has this source."""
        if not self._withdrawals or not source:
            return []
        return self._withdrawals.get((patient, source), [])

    def take_waiting(self) -> Iterator[tuple[Row, Fact]]:
        """Takes out every fact of earlier imports; what still cannot be filed is held again."""
        for key, row in list(self._before.items()):
            if key not in self._rows or not row.get(FACT) or row["reason"] in NOT_RETRIED:
                continue
            try:
                fact = unpack_fact(row[FACT], row["raw"] or "")
            except ValueError:
                continue
            del self._rows[key]
            yield row, fact

    def restore(self, row: Row) -> None:
        """Puts an earlier row back as it was when the thing is held again for the same reason."""
        held = self._rows.get(row["id"])
        if held is not None and held["reason"] == row["reason"]:
            self._rows[row["id"]] = row

    @property
    def changed(self) -> bool:
        """Whether the table differs from what was read."""
        return self._rows != self._before

    def table(self, schema: pa.Schema | None = None) -> pa.Table:
        """The table, in the order of the ids."""
        schema = schema or DESK["held"]
        if FACT not in schema.names:
            schema = schema.append(pa.field(FACT, pa.string()))
        rows = [self._rows[key] for key in sorted(self._rows)]
        return pa.Table.from_pylist(rows, schema=schema)

    def _note_withdrawal(self, row: Row) -> None:
        if row.get("reason") != HeldReason.WITHDRAWN or not row.get("patient"):
            return
        when = ""
        if row.get(FACT):
            try:
                fact = unpack_fact(row[FACT], "")
            except ValueError:
                return
            when = fact.sent_at.isoformat() if fact.sent_at else ""
        self._withdrawals.setdefault((row["patient"], row.get("source") or ""), []).append(when)


def held_key(identity: tuple[str, ...]) -> str:
    """The id of a held row: the same for the same thing, whenever and wherever it is held.

    >>> held_key(("missing-unit", "lab-a|1")) == held_key(("missing-unit", "lab-a|1"))
    True
    """
    text = "\x1f".join(identity).encode("utf-8", "backslashreplace")
    return hashlib.sha256(text).hexdigest()[:16]


def _writable(value: Any) -> Any:
    """Text that every file format can hold: a NUL is shown, half a character replaced."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "\\x00").encode("utf-8", "replace").decode("utf-8")
