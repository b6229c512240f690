"""One table of a Record with the rows of the patients at hand taken out, changed and put back."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

Row: TypeAlias = dict[str, Any]


class Shelf:
    """Rows by patient, loaded when asked for; the rest of the table is never turned into Python.

    Inputs:
        table: the table as it is.
        extra: columns to have besides, with their types.
    """

    def __init__(self, table: pa.Table, extra: dict[str, pa.DataType] | None = None) -> None:
        for name, kind in (extra or {}).items():
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(table.num_rows, kind))
        self._table = table
        codes = table["patient"].combine_chunks().dictionary_encode()
        self._names = {name: code for code, name in enumerate(codes.dictionary.to_pylist())}
        indices = codes.indices.to_numpy(zero_copy_only=False)
        self._order = np.argsort(indices, kind="stable")
        self._starts = np.searchsorted(indices[self._order], np.arange(len(self._names) + 1))
        self._loaded: dict[str, list[Row]] = {}
        self.changed = False

    def rows(self, patient: str) -> list[Row]:
        """The rows of one patient, to be changed in place (then set `changed`)."""
        if patient not in self._loaded:
            code = self._names.get(patient)
            if code is None:
                self._loaded[patient] = []
            else:
                places = self._order[self._starts[code] : self._starts[code + 1]]
                self._loaded[patient] = self._table.take(pa.array(places)).to_pylist()
        return self._loaded[patient]

    def add(self, patient: str, row: Row) -> None:
        """Files a new row."""
        self.rows(patient).append(row)
        self.changed = True

    def loaded(self) -> list[str]:
        """The patients whose rows were asked for."""
        return list(self._loaded)

    def table(self) -> pa.Table:
        """The table with all changes; the very same one when nothing changed."""
        if not self.changed:
            return self._table
        mine = [code for name, code in self._names.items() if name in self._loaded]
        untouched = np.ones(self._table.num_rows, dtype=np.bool_)
        for code in mine:
            untouched[self._order[self._starts[code] : self._starts[code + 1]]] = False
        schema = self._table.schema
        rows = [row for patient in self._loaded.values() for row in patient]
        columns = [_column(rows, field) for field in schema]
        fresh = pa.Table.from_arrays(columns, schema=schema)
        return pa.concat_tables([self._table.filter(pa.array(untouched)), fresh])


def _column(rows: list[Row], field: pa.Field) -> pa.Array:
    """One column of the rows; what is no text becomes text where an extra column is one."""
    name = field.name
    try:
        values = list(map(itemgetter(name), rows))
    except KeyError:
        values = [row.get(name) for row in rows]
    try:
        return pa.array(values, field.type)
    except pa.ArrowTypeError:
        if not pa.types.is_string(field.type):
            raise
        texts = [value if value is None else str(value) for value in values]
        return pa.array(texts, field.type)
