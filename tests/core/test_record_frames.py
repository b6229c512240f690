"""Whatever layout a frame's text has, and ISO dates as text in a plain mapping, are understood."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from longwatch.core.errors import DamagedFileError, UsageError
from longwatch.core.record import Record
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch
from longwatch.watch.stream import watch_parquet

DAY = date(2025, 6, 1)
moment = datetime  # moments are naive on purpose: the clinic's clock
PEOPLE = {"patient": ["B", "A", "A"], "name": ["x", "y", "y"]}
RESULTS = {
    "patient": ["A"],
    "date": [date(2025, 4, 1)],
    "test": ["platelets"],
    "value": [12.0],
    "unit": ["10*9/L"],
}


def arrow(kind: pa.DataType) -> tuple[pa.Table, pa.Table]:
    def cast(table: pa.Table) -> pa.Table:
        fields = [
            pa.field(f.name, kind if pa.types.is_string(f.type) else f.type) for f in table.schema
        ]
        return pa.table(
            [pa.array(table[f.name].to_pylist(), f.type) for f in fields], pa.schema(fields)
        )

    return cast(pa.table(PEOPLE)), cast(pa.table(RESULTS))


def frames() -> list[object]:
    views = pa.DictionaryArray.from_arrays(
        pa.array([1, 0, 0]), pa.array(["A", "B"], pa.string_view())
    )
    return [
        pytest.param(*arrow(pa.string_view()), id="string_view"),
        pytest.param(*arrow(pa.large_string()), id="large_string"),
        pytest.param(pl.DataFrame(PEOPLE), pl.DataFrame(RESULTS), id="polars"),
        pytest.param(
            pl.DataFrame(PEOPLE, schema_overrides={"name": pl.Categorical}),
            pl.DataFrame(RESULTS, schema_overrides={"test": pl.Categorical}),
            id="polars categorical",
        ),
        pytest.param(
            pa.table({**PEOPLE, "patient": views}), pa.table(RESULTS), id="dictionary of views"
        ),
    ]


@pytest.mark.parametrize(("patients", "results"), frames())
def test_text_of_every_layout_is_watched(patients: object, results: object) -> None:
    record = Record.from_tables(patients=patients, results=results)
    assert record.problems == ()
    assert record.patients.schema.field("name").type in (
        pa.string(),
        pa.dictionary(pa.uint32(), pa.string()),
    )
    assert watch(load_protocol("alemtuzumab-us"), record, DAY).patients == ["A", "B"]


@pytest.mark.parametrize("kind", [pa.string_view(), pa.large_string()])
def test_tables_of_a_record_made_by_hand_are_watched(kind: pa.DataType) -> None:
    patients, results = arrow(kind)
    record = Record(patients=patients.slice(0, 2), results=results)
    assert watch(load_protocol("alemtuzumab-us"), record, DAY).patients == ["A", "B"]


def test_dates_and_numbers_of_a_mapping_may_be_text() -> None:
    text = {**RESULTS, "date": ["2025-04-01"], "value": ["12"]}
    read = Record.from_tables(results=text)
    assert read.problems == ()
    assert read.results.equals(Record.from_tables(results=RESULTS).results)


def test_a_bad_date_in_a_mapping_is_a_bad_row() -> None:
    read = Record.from_tables(results={**RESULTS, "date": ["01.04.2025"]})
    assert read.held["reason"].to_pylist() == ["bad-date"]


def test_a_column_of_several_kinds_is_refused_in_words() -> None:
    mixed = {name: cells * 2 for name, cells in RESULTS.items()} | {"date": [DAY, "2025-04-01"]}
    with pytest.raises(UsageError, match="column 'date' holds several kinds of values"):
        Record.from_tables(results=mixed)


@pytest.mark.parametrize("day", ["2026-11-22", moment(2026, 11, 22), None])
def test_the_day_of_the_watch_is_a_date(day: object) -> None:
    with pytest.raises(UsageError, match=r"as_of must be a datetime\.date"):
        watch(load_protocol("alemtuzumab-us"), Record(), day)  # type: ignore[arg-type]


def damaged(folder: Path, how: str) -> Path:
    table = pa.table({**RESULTS, "lot": [b"".join(bytes([n]) for n in range(256)) * 40]})
    file = folder / "results.parquet"
    pq.write_table(table, file, compression="none")
    whole = file.read_bytes()
    if how == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif how == "noise":
        file.write_bytes(bytes(n * 7 % 256 for n in range(300)))
    elif how == "nothing":
        file.write_bytes(b"")
    elif how == "footer":
        at = len(whole) - 60
        file.write_bytes(whole[:at] + b"\xff" * 40 + whole[at + 40 :])
    else:
        file.write_bytes(whole[:4] + b"\xff" * 60 + whole[64:])
    return file


@pytest.mark.parametrize("how", ["cut", "noise", "nothing", "footer", "pages"])
def test_a_damaged_parquet_file_is_named_with_a_remedy(tmp_path: Path, how: str) -> None:
    (tmp_path / "patients.csv").write_text("patient\nA\n")
    file = damaged(tmp_path, how)
    pack = load_protocol("alemtuzumab-us")
    for read in (lambda: Record.read(tmp_path), lambda: watch_parquet(pack, tmp_path, DAY)):
        with pytest.raises(DamagedFileError) as caught:
            read()
        problem = caught.value.problems[0]
        assert problem.where == str(file)
        assert "not a readable Parquet file" in problem.what
        assert problem.how
