"""The store as a Record, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.errors import Problem, UsageError
from longwatch.core.record import Record
from longwatch.core.tables import RECORD
from longwatch.store.columns import STORED
from longwatch.store.extras import all_extras
from longwatch.store.joined_record import as_one, with_joined
from longwatch.store.merging import joins
from longwatch.store.models import Patient, ProtocolInForce
from longwatch.store.reading import read_table
from longwatch.store.snapshot import snapshot

_KEY = "id"
_ASKED_SINGLY = 500


def read_record(as_of: datetime | None = None, patients: Sequence[str] | None = None) -> Record:
    """All that the store knows, or knew, as an ordinary Record, sorted by patient and date.

    Inputs:
        as_of: a moment with a time zone: the store as it stood then. Patients who were known then
            stand with what is known of them today (birth date, name); all dated facts, what was
            held, numbers and protocols are those of then. None: now.
        patients: references of those wanted; None: everybody. Held items of nobody named are left
            out when this is given. Who was joined into another is read under that reference.

    Raises:
        UsageError: `as_of` has no time zone.
    """
    if as_of is not None and as_of.tzinfo is None:
        raise UsageError(
            Problem("as_of has no time zone", how="give datetime(2026, 11, 22, 8, tzinfo=UTC)")
        )
    # One transaction, so that all tables are of one moment.
    with snapshot():
        keys, into, extras = None, joins(as_of), all_extras()
        if patients is not None:
            found = Patient.objects.filter(reference__in=list(patients))
            keys = with_joined(found.values_list("id", flat=True), into)

        def read(name: str, **chosen: Any) -> pa.Table:
            return read_table(STORED[name], as_of=as_of, extras=extras.get(name, {}), **chosen)

        people = read("patients", patients=keys, besides=(_KEY,))
        tables = {"patients": _with_protocol(people, as_of, keys)}
        for name in ("infusions", "results", "events", "identifiers"):
            tables[name] = _named(read(name, patients=keys), people)
        tables["held"] = read("held", references=_few(people) if keys is not None else None)
        if into:
            tables = as_one(tables, into, people, as_of)
            people = tables["patients"]
    if patients is not None:
        mine = pc.is_in(tables["held"]["patient"], value_set=people["patient"].combine_chunks())
        tables["held"] = tables["held"].filter(mine)
    return Record.from_tables(**tables).sorted()


def _few(people: pa.Table) -> list[str] | None:
    """References to be named in a query; None where they are too many for one."""
    return people["patient"].to_pylist() if people.num_rows <= _ASKED_SINGLY else None


def _named(table: pa.Table, people: pa.Table) -> pa.Table:
    """With references of patients in the place of their keys."""
    places = pc.index_in(table["patient"], value_set=people[_KEY].combine_chunks())
    names = people["patient"].combine_chunks().take(places.combine_chunks())
    return table.set_column(table.column_names.index("patient"), "patient", names)


def _with_protocol(
    people: pa.Table, as_of: datetime | None, keys: Sequence[int] | None
) -> pa.Table:
    rows = ProtocolInForce.objects.order_by("since", "id")
    if keys is not None and len(keys) <= _ASKED_SINGLY:
        rows = rows.filter(patient__in=keys)
    if as_of is not None:
        rows = rows.filter(since__lte=as_of.date(), filed_at__lte=as_of)
    newest = dict(rows.values_list("patient_id", "protocol"))
    protocols = pa.array([newest.get(key) for key in people[_KEY].to_pylist()], pa.string())
    names = [*RECORD["patients"].names, *people.column_names]
    whole = people.append_column("protocol", protocols)
    return whole.select([name for name in dict.fromkeys(names) if name != _KEY])
