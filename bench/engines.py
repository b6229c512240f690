"""What is measured on a folder of made patients: reading alone, Longwatch, DuckDB SQL, pandas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.cohort import AS_OF
from bench.pack import bench_pack, shipped_pack

THREADS = 2
COLUMNS = (
    "patient",
    "date",
    "test",
    "value",
    "comparator",
    "unit",
    "low",
    "high",
    "status",
    "received",
)
"""The columns of `results` that the watch reads."""

Engine = Callable[[Path], pa.Table | None]


def read_pyarrow(folder: Path) -> None:
    """All columns the watch reads, into memory."""
    pa.set_cpu_count(THREADS)
    pq.read_table(folder / "results.parquet", columns=list(COLUMNS))


def read_pyarrow_groups(folder: Path) -> None:
    """The same, a row group at a time and forgotten: the limit where memory is bounded."""
    pa.set_cpu_count(THREADS)
    file = pq.ParquetFile(folder / "results.parquet")
    for group in range(file.num_row_groups):
        file.read_row_group(group, columns=list(COLUMNS))


def read_duckdb(folder: Path) -> None:
    """The same columns decoded and reduced to their greatest values."""
    import duckdb

    database = duckdb.connect(config={"threads": THREADS})
    greatest = ", ".join(f"max({column})" for column in COLUMNS)
    database.execute(f"SELECT {greatest} FROM '{folder / 'results.parquet'}'").fetchall()


def read_polars(folder: Path) -> None:
    """The same columns into memory with Polars."""
    import polars

    polars.read_parquet(folder / "results.parquet", columns=list(COLUMNS))


def _watch_stream(folder: Path, tables: tuple[str, ...], shipped: bool = False) -> pa.Table:
    from longwatch.watch.stream import watch_parquet

    pack = shipped_pack() if shipped else bench_pack()
    outcome = watch_parquet(pack, folder, AS_OF, tables=tables, threads=THREADS)
    return outcome.tables["worklist"]


def longwatch_worklist(folder: Path) -> pa.Table:
    """Parquet to worklist, streamed."""
    return _watch_stream(folder, ("worklist",))


def longwatch_all_tables(folder: Path) -> pa.Table:
    """Parquet to worklist, status, findings, adherence, unjudged, streamed."""
    return _watch_stream(folder, ("worklist", "status", "findings", "adherence", "unjudged"))


def longwatch_shipped_pack(folder: Path) -> None:
    """The worklist by the pack as it is shipped, whose panels these data never complete."""
    _watch_stream(folder, ("worklist",), shipped=True)


def _watch_memory(folder: Path, engine: str) -> pa.Table:
    from longwatch.core.record import Record
    from longwatch.watch.api import watch

    pack = bench_pack()
    outcome = watch(pack, Record.read(folder), AS_OF, engine=engine)  # type: ignore[arg-type]
    return outcome.worklist


def longwatch_memory(folder: Path) -> pa.Table:
    """Reading and checking the whole Record, then the watch over it, compiled."""
    return _watch_memory(folder, "compiled")


def longwatch_python(folder: Path) -> pa.Table:
    """The same by the interpreter, without Numba."""
    return _watch_memory(folder, "python")


def duckdb_stream(folder: Path) -> pa.Table:
    """Hand-written SQL, first writing: each step asks the file."""
    from bench.duckdb_watch import duckdb_worklist

    return duckdb_worklist(folder, AS_OF, "stream", THREADS)


def duckdb_table(folder: Path) -> pa.Table:
    """Hand-written SQL, second writing: counting results as a narrow table first."""
    from bench.duckdb_watch import duckdb_worklist

    return duckdb_worklist(folder, AS_OF, "table", THREADS)


def pandas_frames(folder: Path) -> pa.Table:
    """Hand-written pandas."""
    from bench.pandas_watch import pandas_worklist

    return pandas_worklist(folder, AS_OF)


ENGINES: dict[str, Engine] = {
    "read-pyarrow": read_pyarrow,
    "read-pyarrow-groups": read_pyarrow_groups,
    "read-duckdb": read_duckdb,
    "read-polars": read_polars,
    "longwatch": longwatch_worklist,
    "longwatch-all-tables": longwatch_all_tables,
    "longwatch-shipped-pack": longwatch_shipped_pack,
    "longwatch-in-memory": longwatch_memory,
    "longwatch-python": longwatch_python,
    "duckdb-stream": duckdb_stream,
    "duckdb-table": duckdb_table,
    "pandas": pandas_frames,
}
