"""Invariant 8 for files: every row is filed or held, whatever the bytes."""

import csv
import io

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from longwatch.core.catalogue import catalogue
from longwatch.core.errors import RecordError
from longwatch.core.record import Record
from longwatch.core.record_faults import Origin, rows_by_number
from longwatch.core.record_sift import sift
from longwatch.core.units import to_canonical

COLUMNS = ["patient", "date", "test", "value", "unit", "comparator", "text", "status", "received"]
CELLS = {
    "patient": ["p1", "p2", "", " ", "stranger"],
    "date": ["2025-04-01", "2025-02-29", "1.4.25", "", "9999-01-01"],
    "test": ["platelets", "hiv", "urine_protein", "sodium", "", "TSH"],
    "value": ["240", "1", "0.5", "<5", "", "1,2", "nan", "-3", "1e9", "clumped"],
    "unit": ["10*9/L", "/uL", "mg/dL", "{presence}", "", "K", "%"],
    "comparator": ["", "<", ">=", "~"],
    "text": ["", "clumped", "negative", 'a "b", c', "two\nlines"],
    "status": ["", "final", "Final", "cancelled"],
    "received": ["", "2025-04-01T10:00:00", "2025-04-01", "yesterday", "2025-04-01T10:00:00+02:00"],
}
ROWS = st.lists(st.tuples(*(st.sampled_from(CELLS[name]) for name in COLUMNS)), max_size=12)
SCARS = st.lists(
    st.tuples(
        st.integers(0, 2000), st.sampled_from([b'"', b"\n", b"\r\n", b",", b"\0", b"\xff", b""])
    ),
    max_size=4,
)


def as_text(rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()


def usable(row):
    test = catalogue().tests[row["test"]]
    return to_canonical(test, row["value"], row["unit"]) is not None


def read_or_refuse(folder):
    try:
        return Record.read(folder), ""
    except RecordError as error:
        return Record(), str(error)


@settings(max_examples=120, deadline=None)
@given(ROWS)
def test_every_row_is_filed_or_held(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("record")
    (folder / "patients.csv").write_text("patient\np1\np2\n", encoding="utf-8")
    (folder / "results.csv").write_text(as_text(rows), encoding="utf-8", newline="")

    record = Record.read(folder)

    held = record.held.filter(pa.compute.equal(record.held["table"], "results"))
    lines = {where.split(":")[1] for where in held["where"].to_pylist()}
    assert record.results.num_rows + len(lines) == len(rows)
    assert len(record.problems) == record.held.num_rows
    for row in record.results.to_pylist():
        assert row["value"] is None or row["test"] in record.unwatched or usable(row)


@settings(max_examples=150, deadline=None)
@given(ROWS, SCARS)
@example([], [(8, b"\n"), (10, b"\r"), (11, b'"')])  # a lone carriage return ends a line
def test_a_damaged_file_is_read_or_refused_in_words(tmp_path_factory, rows, scars):
    folder = tmp_path_factory.mktemp("record")
    damaged = as_text(rows).encode()
    for place, scar in scars:
        at = place % (len(damaged) + 1)
        damaged = damaged[:at] + scar + damaged[at + 1 :]
    (folder / "results.csv").write_bytes(damaged)

    record, refusal = read_or_refuse(folder)

    assert "results" in refusal or record.results.num_rows <= damaged.count(b"\n") + 1


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["results.csv", "patients.parquet"]))
def test_any_bytes_are_read_or_refused_in_words(tmp_path_factory, content, name):
    folder = tmp_path_factory.mktemp("record")
    (folder / name).write_bytes(content)

    record, refusal = read_or_refuse(folder)

    assert record.results.num_rows == 0
    assert refusal or record.patients.num_rows <= len(content)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 5))
def test_rows_are_judged_alike_batch_by_batch(rows, size):
    """A reader that streams files of any size finds what the whole table shows."""
    table = pa.table({name: [row[n] for row in rows] for n, name in enumerate(COLUMNS)}).cast(
        pa.schema([(name, pa.string()) for name in COLUMNS])
    )
    origin = Origin("results", "results", rows_by_number)
    patients = pa.array(["p1", "p2"])
    whole = sift(table, origin, patients)

    parts = [sift(table.slice(at, size), origin, patients) for at in range(0, len(rows), size)]

    def kept(part):
        columns = [name for name in part.table.column_names if name != "value_high"]
        return part.table.select(columns).to_pylist()

    assert [row for part in parts for row in kept(part)] == kept(whole)
    assert sum(part.held.num_rows for part in parts) == whole.held.num_rows
