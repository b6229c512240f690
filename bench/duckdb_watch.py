"""The same worklist in hand-written DuckDB SQL (`bench/sql`), in two writings.

`stream` asks the Parquet file once per step; `table` first lays the counting results down as one
narrow table. The blood count's items are found by bits or by groups. All plain DuckDB SQL.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.cohort import TESTS

WRITINGS = ("stream", "table")
_SQL = Path(__file__).parent / "sql"


def duckdb_worklist(folder: Path, as_of: date, writing: str, threads: int = 2) -> pa.Table:
    """One row per patient: rank, tier, item shown, since, days and counts."""
    database = duckdb.connect(config={"threads": threads, "preserve_insertion_order": False})
    for name in ("patients", "infusions", "events", "results"):
        database.execute(f"CREATE VIEW {name} AS FROM read_parquet('{folder / name}.parquet')")
    words = {"as_of": as_of.isoformat(), "kept": "VIEW", "patient": "patient", "test": "test"}
    if writing == "table":
        kinds = ", ".join(f"'{test}'" for test in (*TESTS, "cd4"))
        database.execute(f"CREATE TYPE kind AS ENUM ({kinds})")
        words |= {"kept": "TEMP TABLE", "test": "test::kind"}
    panel = "4_panel_bits" if writing == "stream" else "4_panel_groups"
    for name in ("1_people", "2_values", "3_findings", "4_items", panel, "5_worklist"):
        database.execute((_SQL / f"{name}.sql").read_text().format(**words))
    return database.sql("FROM worklist").to_arrow_table()


def lines_of_sql() -> int:
    """Lines of SQL that are neither empty nor a comment, one writing."""
    files = [path for path in _SQL.glob("*.sql") if path.stem != "4_panel_groups"]
    lines = [line.strip() for path in files for line in path.read_text().splitlines()]
    return sum(bool(line) and not line.startswith("--") for line in lines)
