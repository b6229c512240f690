"""Writing a Record's folder: every file is whole or absent, whatever happens in between."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from longwatch.core.errors import Problem, RecordError, UsageError

Format = Literal["csv", "parquet"]
SORTED_KEY = b"longwatch.sorted"
SORTED_BY_PATIENT_AND_DATE = b"patient,date"
ROWS_PER_GROUP = 1 << 19


def write_tables(tables: Mapping[str, pa.Table], path: Path, kind: Format) -> None:
    """Writes each table to `path/NAME.csv` or `path/NAME.parquet`, replacing what was there.

    All files are written beside the folder first and then put in place one by one, so a full disk
    or a crash leaves old or new files, never half ones. Other files in the folder stay.
    CSV cells are written as they are: a program that runs formulas in text must be told not to.

    Raises:
        RecordError: when the folder cannot be written.
    """
    if kind not in ("csv", "parquet"):
        raise UsageError(f"format {kind!r} is not csv or parquet")
    with put_in_place(path) as workshop:
        for name, table in tables.items():
            _write(table, workshop / f"{name}.{kind}", kind)


@contextmanager
def put_in_place(path: Path) -> Iterator[Path]:
    """A folder to write tables in; once all is written they replace those of `path`.

    A table that lay there in the other format is removed: one table must not stand there twice.

    Raises:
        RecordError: when the folder cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise _cannot_write(path, error) from None
    try:
        yield workshop
        for file in sorted(workshop.iterdir()):
            os.replace(file, path / file.name)
            other = "csv" if file.suffix == ".parquet" else "parquet"
            (path / f"{file.stem}.{other}").unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from None
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _cannot_write(path: Path, error: OSError) -> RecordError:
    return RecordError(
        Problem(
            f"cannot write here ({error.strerror or error})",
            str(path),
            how="nothing was changed half; check rights and space, then repeat",
        )
    )


def _write(table: pa.Table, file: Path, kind: Format) -> None:
    with file.open("wb") as sink:
        if kind == "parquet":
            options = parquet_options(table.schema)
            pq.write_table(told_full(table), sink, row_group_size=ROWS_PER_GROUP, **options)
        else:
            _write_csv(table, sink)
        sink.flush()
        os.fsync(sink.fileno())


def parquet_options(schema: pa.Schema) -> dict[str, Any]:
    """How a Record's columns are packed: quick to read first, small second.

    Moments are all different words to a dictionary, and the same one to a compressor that looks
    back: all results of a draw arrive at once.
    """
    moments = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    return {
        "compression": "lz4",
        "use_dictionary": [name for name in schema.names if name not in moments],
    }


def told_full(table: pa.Table) -> pa.Table:
    """The same table; of a column with no empty cell the file says so, which is read twice as fast.

    >>> told_full(pa.table({"unit": ["g/L", None], "test": ["a", "b"]})).schema.field("test")
    pyarrow.Field<test: string not null>
    """
    fields = [field.with_nullable(table[field.name].null_count > 0) for field in table.schema]
    return pa.table(table.columns, pa.schema(fields, table.schema.metadata))


def _write_csv(table: pa.Table, sink: object) -> None:
    """Quotes only where a cell needs it, so that people can read the file."""
    plain = table.cast(pa.schema([pa.field(f.name, _csv_type(f.type)) for f in table.schema]))
    quoting = "needed" if _needs_quotes(plain) else "none"
    options = pa_csv.WriteOptions(quoting_style=quoting, quoting_header=quoting)
    pa_csv.write_csv(plain, sink, options)


def _csv_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _needs_quotes(table: pa.Table) -> bool:
    texts = [c for c in table.columns if pa.types.is_string(c.type)]
    texts.append(pa.chunked_array([table.column_names]))
    return any(pc.any(pc.match_substring_regex(column, '[",\r\n]')).as_py() for column in texts)


def sort_rows(table: pa.Table) -> pa.Table:
    """Rows by patient, then date; rows of one patient and day keep their order.

    The table says so in its schema's metadata (`longwatch.sorted`), which Parquet keeps.
    """
    order = _order(table)
    if order is not None:
        table = table.take(pa.array(order))
    metadata = {**(table.schema.metadata or {}), SORTED_KEY: SORTED_BY_PATIENT_AND_DATE}
    return table.replace_schema_metadata(metadata)


def _order(table: pa.Table) -> npt.NDArray[np.int64] | None:
    """The order of rows, or None when they stand in it already."""
    if table.num_rows < 2:
        return None
    patient = table["patient"]
    if not pa.types.is_dictionary(patient.type):
        patient = patient.dictionary_encode()
    joined = patient.unify_dictionaries().combine_chunks()
    if isinstance(joined, pa.ChunkedArray):
        joined = joined.chunk(0)
    ranks = np.empty(len(joined.dictionary), dtype=np.int64)
    ranks[pc.sort_indices(joined.dictionary).to_numpy()] = np.arange(len(ranks))
    days = table["date"].cast(pa.int32()).to_numpy().astype(np.int64)
    key = (ranks[joined.indices.to_numpy()] << 32) + days
    if bool(np.all(key[1:] >= key[:-1])):
        return None
    return np.argsort(key, kind="stable")
