"""Made patients for benchmarks: a Record folder in Parquet, written in chunks of whole patients.

A monthly draw of eight tests for about 50 months, 15 % of the results missed, 1 to 3 courses; CD4
until it is back, yearly and half-yearly events; three laboratories with their own units and limits;
one result in a hundred comes in two versions, a few as "<" or ">". Nobody reports a symptom.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.cohort import events, infusions, made_people
from bench.cohort import patients as patients_table
from bench.made_results import results
from longwatch.core.record_write import ROWS_PER_GROUP, parquet_options, told_full

_CHUNK = 5_400
"""Patients at a time: about two million rows; the border of two row groups cuts a patient."""


def generate(folder: Path, patients: int, seed: int = 7) -> dict[str, int]:
    """Writes a Record of made patients into `folder` (replaced); the same seed, the same bytes.

    Returns:
        Rows by table.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    writers: dict[str, pq.ParquetWriter] = {}
    rows: dict[str, int] = {}
    for chunk, start in enumerate(range(0, patients, _CHUNK)):
        rng = np.random.default_rng([seed, chunk])
        tables = _chunk(rng, start, min(_CHUNK, patients - start))
        for name, table in tables.items():
            # A column that is full in the first chunk is full in all of them.
            table = told_full(table)
            if name not in writers:
                path = folder / f"{name}.parquet"
                writers[name] = pq.ParquetWriter(
                    path, table.schema, **parquet_options(table.schema)
                )
            writers[name].write_table(table, row_group_size=ROWS_PER_GROUP)
            rows[name] = rows.get(name, 0) + table.num_rows
    for writer in writers.values():
        writer.close()
    return rows


def _chunk(rng: np.random.Generator, start: int, size: int) -> dict[str, pa.Table]:
    people = made_people(rng, start, size)
    given, kept = infusions(rng, people)
    return {
        "patients": patients_table(rng, people),
        "infusions": given,
        "results": results(rng, people),
        "events": events(rng, people, kept),
    }
