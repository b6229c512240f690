"""The watch over a folder read group by group gives what the watch over the loaded Record gives."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.watch.compare import record_of
from tests.watch.generate import generate

from longwatch.core.errors import RecordError
from longwatch.core.record import Record
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch
from longwatch.watch.stream import STREAMED, watch_parquet

PACK = load_protocol("alemtuzumab-us")
DAY = date(2025, 6, 1)


def folder_of(tmp_path, record, rows_a_group):
    """A Record folder whose row groups cut patients."""
    record.write(tmp_path, "parquet")
    path = tmp_path / "results.parquet"
    results = pq.read_table(path)
    pq.write_table(results, path, row_group_size=rows_a_group)
    return tmp_path


def said(table):
    plain = [{k: v for k, v in row.items() if k != "source"} for row in table.to_pylist()]
    return sorted(plain, key=repr)


@pytest.mark.parametrize(("seed", "rows_a_group"), [(1, 7), (2, 60), (3, 1_000), (4, 100_000)])
def test_streamed_equals_loaded_wherever_row_groups_cut_patients(tmp_path, seed, rows_a_group):
    rows, as_of = generate(PACK, seed, 60, busy=seed % 2 == 0)
    folder = folder_of(tmp_path, record_of(rows), rows_a_group)
    loaded = watch(PACK, Record.read(folder), as_of, engine="compiled")

    streamed = watch_parquet(PACK, folder, as_of, tables=STREAMED)

    for name in STREAMED:
        assert said(getattr(streamed, name)) == said(getattr(loaded, name)), name
    assert streamed.worklist["rank"].to_pylist() == list(range(1, streamed.worklist.num_rows + 1))
    assert streamed.patients == len(loaded.patients)


def results(**columns):
    rows = {
        "patient": ["A", "A", "B", "B"],
        "date": [date(2025, 4, 1), date(2025, 5, 1)] * 2,
        "test": ["platelets"] * 4,
        "value": [200.0, 190.0, 210.0, 220.0],
        "unit": ["10*9/L"] * 4,
    }
    return {**rows, **columns}


def written(tmp_path, table, rows_a_group=2):
    people = {"patient": ["A", "B"], "sex": ["female", "male"]}
    given = {
        "patient": ["A", "B"],
        "date": [date(2025, 3, 3)] * 2,
        "course": pa.array([1, 1], pa.int32()),
    }
    pq.write_table(pa.table(people), tmp_path / "patients.parquet")
    pq.write_table(pa.table(given), tmp_path / "infusions.parquet")
    pq.write_table(pa.table(table), tmp_path / "results.parquet", row_group_size=rows_a_group)
    return tmp_path


@pytest.mark.parametrize("rows_a_group", [1, 2, 3, 4])
def test_a_value_that_stands_in_the_text_counts_as_in_a_loaded_record(tmp_path, rows_a_group):
    table = results(value=[200.0, None, 210.0, None], text=[None, "<20", None, "clumped"])
    folder = written(tmp_path, table, rows_a_group)

    streamed = watch_parquet(PACK, folder, DAY, tables=("findings",))

    loaded = watch(PACK, Record.read(folder), DAY)
    assert "PLT-1" in streamed.findings["rule"].to_pylist()
    assert said(streamed.findings) == said(loaded.findings)
    assert streamed.valueless == 1


def test_results_of_nobody_known_are_counted(tmp_path):
    table = results(patient=["A", "A", "Z", "Z"])

    assert watch_parquet(PACK, written(tmp_path, table), DAY).strangers == 2


@pytest.mark.parametrize("rows_a_group", [1, 2, 4])
@pytest.mark.parametrize(
    "table",
    [
        results(patient=["A", "B", "A", "B"]),
        results(date=[date(2025, 5, 1), date(2025, 4, 1)] * 2),
    ],
    ids=["by patient", "by date"],
)
def test_unsorted_results_are_refused_with_the_remedy(tmp_path, table, rows_a_group):
    with pytest.raises(RecordError, match="not sorted"):
        watch_parquet(PACK, written(tmp_path, table, rows_a_group), DAY)


def test_the_results_of_a_written_record_are_sorted(tmp_path):
    rows, _ = generate(PACK, 5, 30, busy=False)
    record_of(rows).write(tmp_path, "parquet")

    table = pq.read_table(tmp_path / "results.parquet", columns=["patient", "date"])

    order = pc.sort_indices(table, [("patient", "ascending"), ("date", "ascending")])
    assert order.to_pylist() == sorted(order.to_pylist()) or table.take(order).equals(table)
