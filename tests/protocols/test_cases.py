"""Cases of a pack: from a few lines to the tables of a Record and typed expectations."""

from datetime import date, datetime
from pathlib import Path

import pytest

from longwatch.core.tables import RECORD
from longwatch.protocols.cases import load_cases
from longwatch.protocols.load import packs

SOUND = Path(__file__).parent / "museum" / "sound"


@pytest.fixture(scope="module")
def first():
    return load_cases(SOUND)[0]


def test_a_case_knows_its_sentence_its_day_and_its_place(first):
    assert first.name == "Platelets of 30 are an emergency"
    assert first.as_of == date(2025, 6, 10)
    assert first.where.endswith("cases/first.yaml:1:3")


def test_infusions_are_days_in_a_row_or_days_as_listed_with_the_doses_of_the_pack(first):
    rows = [
        (row["course"], row["day"], str(row["date"]), row["dose_mg"], row["status"])
        for row in first.tables["infusions"].to_pylist()
    ]
    assert rows == [
        (1, 1, "2025-03-03", 12, "given"),
        (1, 2, "2025-03-04", 12, "given"),
        (1, 3, "2025-03-05", 12, "given"),
        (1, 4, "2025-03-06", 12, "given"),
        (1, 5, "2025-03-07", 12, "given"),
        (2, 1, "2026-03-03", 12, "planned"),
        (2, 2, "2026-03-04", 12, "planned"),
        (2, 3, "2026-03-06", 12, "planned"),
    ]


def test_results_carry_comparators_words_and_text_without_a_value(first):
    columns = ("value", "comparator", "text", "unit", "status", "low", "high", "value_high")
    rows = [tuple(row[name] for name in columns) for row in first.tables["results"].to_pylist()]
    assert rows == [
        (30, None, None, "10*9/L", "final", None, None, None),
        (5, "<", None, "10*3/uL", "preliminary", 150, 400, 6),
        (0, None, "negative", "{presence}", "final", None, None, None),
        (None, None, "clumped", None, "final", None, None, None),
    ]
    assert first.tables["results"]["received"][1].as_py() == datetime(2025, 4, 3, 8, 30)  # noqa: DTZ001


def test_patient_and_events_are_rows_too(first):
    (patient,) = first.tables["patients"].to_pylist()
    (event,) = first.tables["events"].to_pylist()
    assert (patient["patient"], patient["sex"], patient["birth_date"]) == (
        "p1",
        "female",
        date(1990, 5, 1),
    )
    assert (event["kind"], event["code"], event["end_date"], event["grade"]) == (
        "symptom",
        "nosebleed",
        date(2025, 4, 6),
        1,
    )


def test_expectations_are_typed_and_null_means_empty_or_absent(first):
    expect = first.expect
    assert expect.status == {
        "cbc": {"status": "due"},
        "hpv-screen": {"status": "not-yet", "next_due": date(2026, 3, 3), "due": None},
        "thyroid": None,
    }
    assert expect.findings == {"PLT-1": (date(2025, 4, 1),)}
    assert expect.findings_all == {"FLAG-1": ()}
    assert expect.undecided == {"PLT-1": ()}
    assert expect.worklist == {"tier": "emergency", "reason_contains": "platelets"}
    assert expect.adherence == {"cbc": {"items": 2, "on_time": 1}}
    assert expect.readiness == {
        (2, "course"): {"state": "blocked"},
        (2, "vaccines"): {"state": "blocked"},
    }
    assert expect.prophylaxis == {(1, "antiviral"): {"end": None, "state": "open"}}


def test_no_worklist_entry_and_no_expectation_about_it_are_two_things():
    _, second = load_cases(SOUND)
    assert (second.expect.names_worklist, second.expect.worklist) == (True, None)
    assert second.tables["infusions"].num_rows == 0


@pytest.mark.parametrize("pack_id", packs())
def test_the_cases_of_every_shipped_pack_are_records(pack_id):
    for case in load_cases(pack_id):
        for name, table in case.tables.items():
            assert table.schema.names[: len(RECORD[name])] == RECORD[name].names
            assert all(table.schema.field(column.name).equals(column) for column in RECORD[name])
