"""Hazards of dates and zones: one named test each."""

from __future__ import annotations

import itertools
from datetime import date, datetime

import pytest
from tests.exchange.conftest import only, reasons

from longwatch.exchange.fhir.document import FhirOptions


def test_H35_H36_infusions_get_course_and_day_from_their_dates_in_any_order(make):
    days = ["2025-03-03", "2025-03-04", "2024-02-29", "2024-03-01"]
    paths = [make.fhir(infusion(day)) for day in days]
    ends = set()
    for order in itertools.permutations(paths):
        record = make.clinic()
        for path in order:
            record = make.load(path, record=record).record
        table = record.infusions.select(["date", "course", "day"]).to_pylist()
        ends.add(tuple((str(r["date"]), r["course"], r["day"]) for r in table))
    assert ends == {
        (("2024-02-29", 1, 1), ("2024-03-01", 1, 2), ("2025-03-03", 2, 1), ("2025-03-04", 2, 2))
    }


def infusion(day, status="completed", **more):
    return {
        "resourceType": "MedicationAdministration",
        "id": f"m{day}",
        "status": status,
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "117055"}]
        },
        "subject": {"reference": "Patient/p1"},
        "effectivePeriod": {"start": f"{day}T09:00:00+01:00", "end": f"{day}T13:00:00+01:00"},
        "dosage": {"dose": {"value": 12, "unit": "mg"}},
        **more,
    }


@pytest.mark.parametrize("hours", range(-12, 15))
def test_H37_a_date_stays_the_day_at_the_clinic_wherever_the_sender_sits(make, hours):
    sign = "-" if hours < 0 else "+"
    when = f"2025-06-02T23:50:00{sign}{abs(hours):02}:00"
    record = make.load(make.fhir(make.observation(effectiveDateTime=when))).record
    assert only(record.results)["date"] == date(2025, 6, 2)


def test_H37_with_the_clinics_zone_a_universal_time_becomes_the_local_day(make):
    from zoneinfo import ZoneInfo

    from longwatch.exchange import ImportOptions

    berlin = ImportOptions(fhir=FhirOptions(zone=ZoneInfo("Europe/Berlin")))
    late = make.fhir(make.observation(effectiveDateTime="2025-06-02T22:30:00Z"))
    assert only(make.load(late, options=berlin).record.results)["date"] == date(2025, 6, 3)


def test_H39_a_result_from_the_future_is_held_until_its_day(make):
    path = make.file(make.oru(day="20250611"))
    early = make.load(path)
    assert reasons(early) == {"future-date": 1}
    later = make.load(record=early.record, received=datetime.fromisoformat("2025-06-11T08:00"))
    assert later.record.results.num_rows == 1
    assert later.record.held.num_rows == 0


def test_H42_one_specimen_reported_twice_is_one_result(make):
    both = [make.file(make.oru(control=number)) for number in ("1", "2")]
    assert make.load(*both).record.results.num_rows == 1


def test_H43_results_entered_years_later_keep_their_day_and_say_when_they_came(make):
    row = only(make.load(make.file(make.oru(day="20210105"))).record.results)
    assert (row["date"], row["received"]) == (
        date(2021, 1, 5),
        datetime.fromisoformat("2025-06-10T08:00"),
    )
