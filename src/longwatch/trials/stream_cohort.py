"""A large virtual cohort to Parquet in bounded memory: chunk by chunk, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from longwatch.core.errors import Problem, UsageError
from longwatch.core.record_schema import FILLED
from longwatch.core.record_write import SORTED_BY_PATIENT_AND_DATE, SORTED_KEY, put_in_place
from longwatch.protocols.load import pack_digest
from longwatch.trials.cohort import CohortPlan, chunk
from longwatch.trials.cohort_compiling import compile_ahead
from longwatch.trials.cohort_engine import LANES

Tables = dict[str, pa.Table]

_SPLIT = "BYTE_STREAM_SPLIT"
_SPLIT_COLUMNS = {"results": ("date",), "events": ("date", "end_date")}
"""Whole numbers whose bytes are stored apart: the upper ones hardly take room then."""
_LEVEL = 2
"""Of zstd; it saves 3 % more than 1 in the same time, and higher ones cost much more."""


class Written(NamedTuple):
    """What was written: people, rows of results, bytes.

    failed: people who could not be simulated. cut: people with more relapses or infections than
    are kept of anybody; `truth` marks both.
    """

    patients: int
    failed: int
    cut: int
    results: int
    bytes: int


def stream_cohort(
    plan: CohortPlan,
    folder: str | os.PathLike[str],
    *,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Written:
    """Writes a cohort as a Record of Parquet files, with `truth.parquet` beside its tables.

    Rows are sorted by patient and date, one row group a chunk. Files appear when all are complete.
    Each file's metadata name the seed, the protocol and its digest, the parameters' digest, and
    the version.

    Inputs:
        threads: chunks computed at a time; memory grows with it, not with the cohort.
        progress: called with people done and in all.

    Returns: `Written`.

    Raises:
        UsageError: no thread at all.
        RecordError: when the folder cannot be written.
    """
    if threads < 1:
        raise UsageError(Problem(f"{threads} threads", "a cohort", how="give one or more"))
    with put_in_place(Path(folder)) as workshop:
        return _write_all(plan, workshop, threads, progress)


def _write_all(
    plan: CohortPlan, workshop: Path, threads: int, progress: Callable[[int, int], None] | None
) -> Written:
    metadata = provenance(plan)
    writers: dict[str, pq.ParquetWriter] = {}
    done = failed = cut = results = 0
    try:
        for tables in _in_order(plan, threads):
            for name, table in tables.items():
                if name not in writers:
                    writers[name] = _writer(workshop, name, table, metadata)
                writers[name].write_table(
                    _marked(name, table, metadata), row_group_size=table.num_rows or 1
                )
            done += tables["patients"].num_rows
            failed += int(np.sum(tables["truth"]["failed"].to_numpy()))
            cut += int(np.sum(tables["truth"]["cut"].to_numpy()))
            results += tables["results"].num_rows
            # The next chunk is waited for without this one.
            del tables, table
            if progress is not None:
                progress(done, plan.patients)
    finally:
        for writer in writers.values():
            writer.close()
    size = sum(file.stat().st_size for file in workshop.iterdir())
    return Written(done, failed, cut, results, size)


def _in_order(plan: CohortPlan, threads: int) -> Iterator[Tables]:
    """The chunks' tables in order, a few at work ahead of the one that is written."""
    starts = range(0, max(plan.patients, 1), LANES)
    compile_ahead(plan.setting, threads)
    pool = ThreadPoolExecutor(max_workers=threads)
    try:
        waiting: deque[Future[Tables]] = deque()
        for start in starts:
            count = min(LANES, plan.patients - start)
            # Beside the one that is written, as many as threads; no more, for each takes room.
            if len(waiting) > threads:
                yield waiting.popleft().result()
            waiting.append(pool.submit(chunk, plan, start, count))
        while waiting:
            yield waiting.popleft().result()
    finally:
        # Who interrupts does not wait for chunks that nobody will write.
        pool.shutdown(wait=True, cancel_futures=True)


def provenance(plan: CohortPlan) -> dict[bytes, bytes]:
    """What a file says of its origin: enough to make it once more."""
    values = "\n".join(f"{name} {value!r}" for name, value in sorted(plan.values.items()))
    told: dict[str, Any] = {
        "seed": plan.seed,
        "patients": plan.patients,
        "protocol": f"{plan.protocol.id} {plan.protocol.version}",
        "protocol_digest": pack_digest(plan.protocol),
        "parameters_digest": hashlib.sha256(values.encode()).hexdigest(),
        "schedule_digest": hashlib.sha256(repr(plan.asked.courses).encode()).hexdigest(),
        "people": plan.trial,
        "start": plan.start,
        "weeks": plan.weeks,
        "months": plan.months,
        "without": [name for name, done in plan.care._asdict().items() if not done],
        "until": plan.until,
        "version": version("longwatch"),
    }
    return {f"longwatch.{name}".encode(): str(value).encode() for name, value in told.items()}


def _marked(name: str, table: pa.Table, metadata: dict[bytes, bytes]) -> pa.Table:
    mark = {SORTED_KEY: SORTED_BY_PATIENT_AND_DATE} if "date" in table.column_names else {}
    full = FILLED.get(name, ())
    fields = [
        field.with_nullable(field.nullable and field.name not in full) for field in table.schema
    ]
    return pa.table(table.columns, pa.schema(fields, {**metadata, **mark}))


def _writer(
    workshop: Path, name: str, table: pa.Table, metadata: dict[bytes, bytes]
) -> pq.ParquetWriter:
    split = [column for column in _SPLIT_COLUMNS.get(name, ()) if _is_whole(table, column)]
    words = [column for column in table.column_names if column not in split]
    return pq.ParquetWriter(
        workshop / f"{name}.parquet",
        _marked(name, table, metadata).schema,
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=words,
        column_encoding=dict.fromkeys(split, _SPLIT) or None,
        write_statistics=["date"] if "date" in table.column_names else False,
    )


def _is_whole(table: pa.Table, column: str) -> bool:
    kind = table.schema.field(column).type
    return bool(pa.types.is_integer(kind) or pa.types.is_date(kind))
