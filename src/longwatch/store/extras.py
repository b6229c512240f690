"""Columns of a Record beyond the design's: which there are, in which order and type they came."""

from __future__ import annotations

import pyarrow as pa
from django.db import connection

from longwatch.store.columns import Stored
from longwatch.store.models import ExtraColumn
from longwatch.store.travel import kept_type, type_of

_KNOWN = 'SELECT "name", "kind" FROM "store_extracolumn" WHERE "table" = %s ORDER BY "id"'


def known_extras(stored: Stored) -> dict[str, pa.DataType]:
    """The extra columns of a table, in the order in which they came."""
    with connection.cursor() as cursor:
        # Asked several times for each message: the query alone costs a tenth of the model's way.
        cursor.execute(_KNOWN, [stored.name])
        return {name: type_of(kind) for name, kind in cursor.fetchall()}


def all_extras() -> dict[str, dict[str, pa.DataType]]:
    """The extra columns of every table that has some, by its name, in one query."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT "table", "name", "kind" FROM "store_extracolumn" ORDER BY "id"')
        found: dict[str, dict[str, pa.DataType]] = {}
        for table, name, kind in cursor.fetchall():
            found.setdefault(table, {})[name] = type_of(kind)
        return found


def learn_extras(
    stored: Stored, table: pa.Table, known: dict[str, pa.DataType] | None = None
) -> dict[str, pa.DataType]:
    """Notes the extra columns of a table that are new, or whose cells no longer fit their type.

    A column that comes in two types comes back as text.

    Inputs:
        known: what `known_extras` gave in this transaction; it is kept up.

    Returns:
        All extra columns, as `known_extras` gives them from now on.
    """
    if known is None:
        known = known_extras(stored)
    designed = _designed(stored)
    for name in table.column_names:
        if name in designed:
            continue
        kind = kept_type(table[name].type)
        if stored.own.get(name) not in (None, kind):
            kind = stored.own[name]
        if name not in known:
            ExtraColumn.objects.create(table=stored.name, name=name, kind=str(kind))
            known[name] = kind
        elif known[name] != kind and not _fits(kind, known[name]):
            wider = kind if pa.types.is_null(known[name]) else pa.string()
            ExtraColumn.objects.filter(table=stored.name, name=name).update(kind=str(wider))
            known[name] = wider
    return known


def _designed(stored: Stored) -> set[str]:
    return (stored.types.keys() | stored.derived) - stored.own.keys()


def _fits(new: pa.DataType, known: pa.DataType) -> bool:
    """Whether cells of the new type can be read back in the known one."""
    return bool(pa.types.is_null(new) or pa.types.is_string(known))
