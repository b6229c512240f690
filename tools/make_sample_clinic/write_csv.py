"""Laboratory C, as a European spreadsheet, and the two lists that the clinic itself keeps."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from tools.make_sample_clinic.model import AUTHORITY, Draw, Event, Person
from tools.make_sample_clinic.write_fhir import planned_days

HEADER = ("Patient", "Born", "Collected", "Test", "Result", "Unit", "Low", "High", "Status", "Sent")


def lab_files(people: dict[str, Person], draws: list[Draw]) -> dict[str, str]:
    """File name → text: one file per year, semicolons, decimal commas, day.month.year."""
    years: dict[int, list[Iterable[str]]] = defaultdict(list)
    for draw in sorted(draws, key=lambda draw: (draw.reported, draw.mrn, draw.day)):
        for cell in draw.cells:
            years[draw.reported.year].append(
                (
                    draw.mrn,
                    _day(people[draw.mrn].born),
                    _day(draw.day),
                    cell.code,
                    _comma(cell.text),
                    cell.unit,
                    _comma(cell.low),
                    _comma(cell.high),
                    cell.status,
                    _day(draw.reported),
                )
            )
    return {f"lab-c-{year}.csv": _csv(HEADER, rows, ";") for year, rows in years.items()}


def clinic_files(
    people: list[Person],
    events: list[tuple[Person, Event]],
    scores: list[tuple[Person, date, str]],
    onsets: dict[str, date],
) -> dict[str, str]:
    """The clinic's own lists in the Record's columns: people, numbers, events, EDSS, bookings."""
    happened = [
        (
            person.mrn,
            str(event.day),
            event.kind,
            event.code,
            str(event.end or ""),
            str(event.grade or ""),
            event.text,
        )
        for person, event in events
    ]
    booked = [
        (person.mrn, str(day), str(course), str(number), "12", "planned")
        for person in people
        for day, course, number in planned_days(person)
    ]
    known = [one for one in people if "not-in-registry" not in one.story.quirks]
    columns = ("patient", "date", "kind", "code", "end_date", "grade", "text")
    infusions = ("patient", "date", "course", "day", "dose_mg", "status")
    return {
        "patients.csv": _csv(
            ("patient", "birth_date", "sex", "ms_onset"),
            [(one.mrn, str(one.born), one.sex, str(onsets.get(one.mrn, ""))) for one in known],
            ",",
        ),
        "identifiers.csv": _csv(
            ("authority", "value", "patient"), [(AUTHORITY, one.mrn, one.mrn) for one in known], ","
        ),
        "events.csv": _csv(columns, sorted(happened, key=lambda row: (row[1], row[0])), ","),
        "results.csv": _csv(
            ("patient", "date", "test", "value", "unit"),
            sorted((one.mrn, str(day), "edss", text, "{score}") for one, day, text in scores),
            ",",
        ),
        "infusions.csv": _csv(infusions, booked, ","),
    }


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]], delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def _comma(text: str) -> str:
    return text.replace(".", ",")
