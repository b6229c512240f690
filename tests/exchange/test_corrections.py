"""Corrections whose value cannot be used: what they correct no longer holds, a person sees why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from longwatch.core.catalogue import catalogue
from longwatch.core.record import Record
from longwatch.core.values import read_value
from longwatch.exchange import numbers_sent
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch

LATER = datetime.fromisoformat("2025-06-11T08:00")


def answered(record: Record) -> bool:
    """Whether platelets of 2 June count as done."""
    infused = {"patient": ["1"], "date": [date(2025, 4, 25)], "course": [1], "day": [1]}
    tables = {name: table for name, table in record.tables().items() if name != "infusions"}
    whole = Record.from_tables(**tables, infusions=infused)
    status = watch(load_protocol("alemtuzumab-us"), whole, date(2025, 6, 12)).status.to_pylist()
    (row,) = (r for r in status if r["patient"] == "1" and r["activity"] == "cbc")
    return "platelets" not in (row["missing"] or "")


def fhir(make, **more):
    issued = {"status": "corrected", "issued": "2025-06-03T12:00:00Z"}
    return make.fhir(make.observation(None, **issued, **more))


CORRECTIONS = {
    "hl7 word": lambda make: make.file(
        make.oru("clumped", status="C", kind="ST", sent="20250603120000")
    ),
    "hl7 unit": lambda make: make.file(
        make.oru("250", "furlongs", status="C", sent="20250603120000")
    ),
    "hl7 size": lambda make: make.file(make.oru("9e6", status="C", sent="20250603120000")),
    "hl7 empty": lambda make: make.file(make.oru("", status="C", sent="20250603120000")),
    "fhir word": lambda make: fhir(make, valueString="clumped"),
    "fhir quoted": lambda make: fhir(make, valueQuantity={"value": "250", "unit": "10*9/L"}),
    "fhir kind": lambda make: fhir(make, valueTime="10:00:00"),
    "fhir absent": lambda make: fhir(make, dataAbsentReason={"text": "clotted"}),
    "fhir nothing": lambda make: fhir(make),
}


def before(make, how: str) -> Record:
    first = make.fhir(make.observation(240)) if how.startswith("fhir") else make.file(make.oru())
    return make.load(first).record


@pytest.mark.parametrize("how", CORRECTIONS)
def test_the_corrected_value_no_longer_holds_and_the_correction_waits_for_a_person(make, how):
    start = before(make, how)
    report = make.load(CORRECTIONS[how](make), record=start, received=LATER)

    assert answered(start)
    assert not answered(report.record)
    (kept,) = (r for r in report.record.results.to_pylist() if r["status"] == "corrected")
    assert (kept["value"], kept["received"]) == (None, LATER)
    (held,) = report.record.held.to_pylist()
    assert held["patient"] == "1"
    assert report.held.total() == 1


@pytest.mark.parametrize("how", CORRECTIONS)
def test_importing_it_twice_is_importing_it_once(make, tmp_path, how):
    path = CORRECTIONS[how](make)
    once = make.load(path, record=before(make, how), received=LATER).record
    once.write(tmp_path / "r")
    twice = make.load(path, record=Record.read(tmp_path / "r"), received=LATER + timedelta(days=1))

    assert twice.record.results.equals(once.results)
    assert twice.record.held.equals(once.held)


@pytest.mark.parametrize("newer_first", [False, True])
def test_a_newer_correction_with_a_value_wins_in_every_order(make, newer_first):
    paths = [
        CORRECTIONS["hl7 word"](make),
        make.file(make.oru("180", status="C", sent="20250604120000")),
    ]
    record = before(make, "hl7")
    for day, path in enumerate(reversed(paths) if newer_first else paths):
        record = make.load(path, record=record, received=LATER + timedelta(hours=day)).record

    assert answered(record)


def test_a_unit_that_is_learned_later_files_the_value_and_frees_the_desk(make, monkeypatch):
    first = make.load(CORRECTIONS["hl7 unit"](make), record=before(make, "hl7"), received=LATER)
    platelets = catalogue().tests["platelets"]
    learned = replace(platelets, units={**platelets.units, "furlongs": platelets.units["10*9/L"]})
    monkeypatch.setattr(numbers_sent, "_read", lambda _, *sent: read_value(learned, *sent[:2]))
    later = make.load(record=first.record, received=LATER + timedelta(days=1))

    assert later.record.held.num_rows == 0
    assert answered(later.record)


@pytest.mark.parametrize(
    ("value", "unit", "reason"),
    [
        ("clumped", "10*9/L", "not-a-value"),
        ("250", "furlongs", "unknown-unit"),
        ("9e6", "10*9/L", "implausible-value"),
    ],
)
def test_whose_value_is_held_is_said_and_a_final_one_is_only_held(make, value, unit, reason):
    report = make.load(make.file(make.oru(value, unit)))

    (held,) = report.record.held.to_pylist()
    assert (held["patient"], held["reason"]) == ("1", reason)
    assert report.record.results.num_rows == 0
