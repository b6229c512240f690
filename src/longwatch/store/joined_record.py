"""The tables of a Record with those who are one person under one reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.held import HeldReason
from longwatch.exchange.intake import OWN
from longwatch.exchange.joining import join_events, join_infusions, join_results
from longwatch.exchange.payload import unpack_fact
from longwatch.exchange.shelf import Row, Shelf
from longwatch.store.models import HeldItem

_KEY = "id"


def with_joined(keys: Iterable[int], into: Mapping[int, int]) -> list[int]:
    """These patients with everybody who is the same person, by key."""
    wanted = {into.get(key, key) for key in keys}
    return sorted(wanted | {key for key, other in into.items() if other in wanted})


def as_one(
    tables: dict[str, pa.Table],
    into: Mapping[int, int],
    people: pa.Table,
    as_of: datetime | None,
) -> dict[str, pa.Table]:
    """The tables with everybody who was joined under the reference that stays.

    Inputs:
        into: key of each patient who is joined, with the key of the other.
        people: the patients with their keys.
        as_of: as in `read_record`.
    """
    names = dict(zip(people[_KEY].to_pylist(), people["patient"].to_pylist(), strict=True))
    under = {names[one]: names[two] for one, two in into.items() if one in names and two in names}
    if not under:
        return tables
    withdrawn = _withdrawals({*under, *under.values()}, under, as_of)
    joined = set(under.values())
    made = {name: _renamed(table, under) for name, table in tables.items() if name != "patients"}
    made["results"] = _joined(
        made["results"], joined, lambda rows, who: join_results(rows, withdrawn.get(who, {}))
    )
    made["infusions"] = _joined(made["infusions"], joined, lambda rows, _: join_infusions(rows))
    made["events"] = _joined(
        made["events"], joined, lambda rows, who: join_events(rows, withdrawn.get(who, {}))
    )
    made["patients"] = _people(tables["patients"], under)
    own = [{"authority": OWN, "value": one, "patient": two} for one, two in sorted(under.items())]
    numbers = made["identifiers"]
    made["identifiers"] = pa.concat_tables([numbers, pa.Table.from_pylist(own, numbers.schema)])
    return made


def _renamed(table: pa.Table, under: Mapping[str, str]) -> pa.Table:
    old, new = pa.array(list(under), pa.string()), pa.array(list(under.values()), pa.string())
    column = table["patient"].combine_chunks()
    places = pc.index_in(column, value_set=old)
    renamed = pc.coalesce(new.take(places), column)
    return table.set_column(table.column_names.index("patient"), "patient", renamed)


def _joined(
    table: pa.Table, patients: set[str], join: Callable[[list[Row], str], list[Row]]
) -> pa.Table:
    shelf = Shelf(table)
    for patient in patients:
        rows = shelf.rows(patient)
        rows[:] = join(list(rows), patient)
    shelf.changed = True
    return shelf.table()


def _people(table: pa.Table, under: Mapping[str, str]) -> pa.Table:
    """Without those who were joined; what the other leaves open is filled from them."""
    rows = {row["patient"]: row for row in table.to_pylist()}
    for one, two in under.items():
        gone = rows.pop(one)
        for name, value in gone.items():
            if rows[two].get(name) is None:
                rows[two][name] = value
    return pa.Table.from_pylist(list(rows.values()), table.schema)


def _withdrawals(
    people: set[str], under: Mapping[str, str], as_of: datetime | None
) -> dict[str, dict[str, list[str]]]:
    """What laboratories took back, by patient and source: when, as ISO text, or ''."""
    items = HeldItem.objects.filter(patient__in=people, reason=HeldReason.WITHDRAWN)
    if as_of is not None:
        items = items.filter(filed_at__lte=as_of)
    found: dict[str, dict[str, list[str]]] = {}
    for patient, source, payload in items.values_list("patient", "source", "payload"):
        if not patient or not source or not payload:
            continue
        when = unpack_fact(payload, "").sent_at
        mine = found.setdefault(under.get(patient, patient), {})
        mine.setdefault(source, []).append(when.isoformat() if when else "")
    return found
