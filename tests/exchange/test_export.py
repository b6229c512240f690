"""What goes out comes back, in every format; strangers can read the FHIR."""

from __future__ import annotations

import json
import string
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from longwatch.core.catalogue import catalogue
from longwatch.core.record import Record
from longwatch.exchange import import_files
from longwatch.exchange.export import export_record
from longwatch.exchange.fhir.write import resources

NOW = datetime.fromisoformat("2100-01-01T08:00")
FORMATS = ["fhir", "ndjson", "csv", "parquet"]

days = st.dates(date(1930, 1, 1), date(2090, 12, 31))
limits = st.floats(0, 1e6).map(lambda number: round(number, 6))
moments = st.datetimes(
    datetime.fromisoformat("1990-01-01T00:00"), datetime.fromisoformat("2090-01-01T00:00")
)
words = st.text(string.ascii_letters + string.digits + "äßéµ%<>&\"', ;|^~\\", min_size=1).map(
    str.strip
)
texts = words.filter(bool)


@st.composite
def records(draw) -> Record:
    people = draw(st.lists(texts, min_size=1, max_size=3, unique=True))
    patients = [
        {
            "patient": patient,
            "birth_date": draw(st.none() | days),
            "sex": draw(st.sampled_from([None, "female", "male", "other", "unknown"])),
            "ms_onset": draw(st.none() | days),
            "protocol": draw(st.sampled_from([None, "alemtuzumab-us"])),
        }
        for patient in people
    ]
    who = st.sampled_from(people)
    results = [draw(result_rows(who)) for _ in range(draw(st.integers(0, 4)))]
    infusions = [draw(infusion_rows(who)) for _ in range(draw(st.integers(0, 3)))]
    events = [draw(event_rows(who)) for _ in range(draw(st.integers(0, 3)))]
    numbers = [
        {"authority": draw(st.sampled_from(["https://a.example", "H"])), "value": p, "patient": p}
        for p in people
    ]
    tables = {"patients": patients, "results": results, "infusions": infusions, "events": events}
    columns = {name: _columns(rows) for name, rows in tables.items() if rows}
    return Record.from_tables(**columns, identifiers=_columns(numbers))


@st.composite
def result_rows(draw, who):
    test = catalogue().tests[draw(st.sampled_from(sorted(catalogue().tests)))]
    low, high = test.plausible
    value = draw(
        st.sampled_from(sorted({low, high, *test.words.values()} if test.words else {low, high}))
    )
    if test.kind == "number":
        value = round(draw(st.floats(low, high)), 3)
        value = value if test.is_plausible(value) else low
    comparator = draw(st.sampled_from([None, "<", "<=", ">", ">="]))
    if value == 0 and comparator == "<":
        comparator = None
    return {
        "patient": draw(who),
        "date": draw(days),
        "test": test.id,
        "value": value,
        "comparator": comparator,
        "text": draw(st.none() | texts),
        "unit": test.unit,
        "low": draw(st.none() | limits),
        "high": draw(st.none() | limits),
        "status": draw(st.sampled_from([None, "preliminary", "final", "corrected", "cancelled"])),
        "source": draw(st.none() | texts),
        "received": draw(st.none() | moments),
    }


@st.composite
def infusion_rows(draw, who):
    return {
        "patient": draw(who),
        "date": draw(days),
        "course": draw(st.integers(1, 5)),
        "day": draw(st.none() | st.integers(1, 5)),
        "dose_mg": draw(st.none() | st.sampled_from([0.5, 3.0, 12.0, 30.0])),
        "drug": draw(st.sampled_from([None, "alemtuzumab", "campath"])),
        "started": draw(st.none() | moments),
        "ended": None,
        "status": draw(st.sampled_from([None, "given", "planned", "not-done"])),
    }


@st.composite
def event_rows(draw, who):
    kinds = ["relapse", "symptom", "diagnosis", "procedure", "vaccination", "medication", "note"]
    return {
        "patient": draw(who),
        "date": draw(days),
        "kind": draw(st.sampled_from(kinds)),
        "code": draw(st.sampled_from([None, "bruising", "skin-exam", "187", "ms"])),
        "end_date": draw(st.none() | days),
        "grade": draw(st.none() | st.integers(0, 5)),
        "text": draw(st.none() | texts),
    }


def _columns(rows):
    return {name: [row[name] for row in rows] for name in rows[0]}


def _said(table):
    return {
        tuple(sorted((k, str(v)) for k, v in row.items() if v is not None))
        for row in table.to_pylist()
    }


def _unreceived(said):
    return {tuple(cell for cell in row if cell[0] != "received") for row in said}


def _equal_but_for_received() -> Record:
    """One person with a result that is there twice: when it came is known of one row alone."""
    twice = {"date": date(2025, 6, 2), "test": "platelets", "value": 240.0, "unit": "10*9/L"}
    return Record.from_tables(
        patients={"patient": ["p1"]},
        identifiers={"authority": ["H"], "value": ["p1"], "patient": ["p1"]},
        results={
            "patient": ["p1", "p1"],
            **{name: [cell, cell] for name, cell in twice.items()},
            "received": [NOW, None],
        },
    )


FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("to", FORMATS)
@FEW
@given(record=records())
@example(record=_equal_but_for_received())
def test_reading_back_what_was_written_gives_what_there_was(to, record):
    comes_back(to, record)


@pytest.mark.campaign
@pytest.mark.parametrize("to", FORMATS)
@settings(FEW, max_examples=2_000)
@given(record=records())
def test_reading_back_gives_what_there_was_in_many_tries(to, record):
    comes_back(to, record)


def comes_back(to, record):
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("bundle.json" if to == "fhir" else "out")
        export_record(record, path, to)
        report = import_files([path], Record(), NOW)
    assert report.conserved
    waiting = record.held.num_rows if to in ("csv", "parquet") else 0
    assert sum(report.held.values()) == waiting
    for name in ("patients", "infusions", "results", "events", "identifiers"):
        read, written = _said(getattr(report.record, name)), _said(getattr(record, name))
        # Twice equals once: of rows that differ in nothing but `received` an import files one.
        assert read <= written, name
        assert len(read) == len(_unreceived(read)), name
        assert _unreceived(read) == _unreceived(written), name


@FEW
@given(record=records())
def test_a_stranger_who_knows_no_extension_of_ours_reads_the_same_results(record):
    plain = []
    for resource in resources(record):
        resource.pop("meta", None)
        resource.pop("extension", None)
        plain.append({"resource": resource})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.json"
        path.write_text(
            json.dumps({"resourceType": "Bundle", "type": "collection", "entry": plain})
        )
        report = import_files([path], Record(), NOW)
    assert report.conserved
    assert _standing(report.record.results.to_pylist()) == _standing(record.results.to_pylist())
    assert {str(reason) for reason in report.held} <= {"not-a-value"}


def _standing(rows: list[dict[str, object]]) -> set[tuple[object, ...]]:
    """What results say; the unit of a correction without a value says nothing."""
    said = ("patient", "date", "test", "value", "comparator")
    return {
        (*(row[name] for name in said), row["unit"] if row["value"] is not None else None)
        for row in rows
        if row["status"] != "cancelled"
    }


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(record=records())
def test_every_resource_written_is_valid_fhir(record):
    from fhir.resources.R4B import get_fhir_model_class

    for resource in resources(record):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_a_platelet_count_is_written_with_loinc_and_ucum():
    record = Record.from_tables(
        patients={"patient": ["p1"]},
        results={
            "patient": ["p1"],
            "date": [date(2025, 6, 2)],
            "test": ["platelets"],
            "value": [5.0],
            "comparator": ["<"],
            "unit": ["10*9/L"],
        },
    )
    observation = next(r for r in resources(record) if r["resourceType"] == "Observation")
    assert observation["code"]["coding"][0] == {"system": "http://loinc.org", "code": "777-3"}
    assert observation["valueQuantity"] == {
        "value": 5.0,
        "comparator": "<",
        "unit": "10*9/L",
        "system": "http://unitsofmeasure.org",
        "code": "10*9/L",
    }


def test_an_export_that_cannot_be_written_says_so_and_leaves_nothing_behind(tmp_path):
    from longwatch.core.errors import ExchangeError

    with pytest.raises(ExchangeError, match="cannot write"):
        export_record(Record(), tmp_path / "no" / "such" / "place.json", "fhir")
    assert list(tmp_path.iterdir()) == []
