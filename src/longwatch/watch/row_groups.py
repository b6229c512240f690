"""The row groups of a `results.parquet`: the columns that the watch reads, some ahead of need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from longwatch.core.record_files import reading_parquet
from longwatch.core.record_valueless import read_valueless
from longwatch.core.tables import plain_text

_READ = (
    "date",
    "test",
    "value",
    "value_high",
    "comparator",
    "unit",
    "low",
    "high",
    "status",
    "laboratory",
)
_WORDS = ("patient", "test", "unit", "comparator", "status", "laboratory")
_AHEAD = 18
"""Row groups read before anybody is judged; each is some 30 MB in memory."""
_DECAY_MS = 1_000
"""How long Arrow's jemalloc keeps unused pages by default."""

Read = tuple[pa.Table, int]


class RowGroups:
    """Reads the row groups of one file; safe for several threads.

    Raises:
        RecordError: no Parquet file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading_parquet(path):
            schema = pq.read_schema(path)
            self._metadata = pq.read_metadata(path)
        self.count: int = self._metadata.num_row_groups
        self._columns = [
            "patient",
            *(name for name in (*_READ, "received") if name in schema.names),
        ]
        self._words = [
            name
            for name in _WORDS
            if name in schema.names and pa.types.is_string(schema.field(name).type)
        ]
        self._early: dict[int, Future[Read]] = {}

    def read_ahead(self, pool: Executor) -> None:
        """Has the first row groups read in the background."""
        for group in range(min(_AHEAD, self.count)):
            self._early[group] = pool.submit(self._read, group)

    def read(self, group: int) -> Read:
        """A row group, and how many results of numeric tests hold no number that can be read."""
        early = self._early.pop(group, None)
        return self._read(group) if early is None else early.result()

    def _read(self, group: int) -> Read:
        # A reader of its own: one `ParquetFile` must not be used by two threads at once.
        with (
            reading_parquet(self.path),
            pq.ParquetFile(self.path, metadata=self._metadata, read_dictionary=self._words) as file,
        ):
            table = file.read_row_group(group, columns=self._columns, use_threads=False)
            return self._with_values(plain_text(table), file, group)

    def _with_values(self, table: pa.Table, file: pq.ParquetFile, group: int) -> Read:
        """Fills values that stand in `text`, as a Record does; counts those nobody can read."""
        if "value" not in table.column_names or not table["value"].null_count:
            return table, 0
        if "text" in file.schema_arrow.names:
            text = file.read_row_group(group, columns=["text"], use_threads=False)["text"]
            table = table.append_column("text", text)
        table, faults = read_valueless(table, set())
        if "text" in table.column_names:
            table = table.drop_columns(["text"])
        for name in self._words:
            if not pa.types.is_dictionary(table[name].type):
                place = table.column_names.index(name)
                table = table.set_column(place, name, table[name].dictionary_encode())
        return table, len(faults)


@contextmanager
def pages_kept() -> Iterator[Callable[[], None]]:
    """Once called, Arrow keeps the memory that it frees, for the next row group.

    By default it goes back to the system within milliseconds, and to be handed the same pages
    again took a tenth of the whole run. Called after the small tables were read: what that took
    would be kept as well, two gigabytes of a million people. Where Arrow was built without jemalloc
    nothing changes.
    """
    if "jemalloc" not in pa.supported_memory_backends():
        yield lambda: None
        return
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.jemalloc_memory_pool())
    try:
        yield lambda: pa.jemalloc_set_decay_ms(-1)
    finally:
        pa.set_memory_pool(before)
        pa.jemalloc_set_decay_ms(_DECAY_MS)
