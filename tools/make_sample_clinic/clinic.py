"""Puts the clinic together: people, reports, surroundings → every file as text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tools.make_sample_clinic.model import Draw, Event, Person
from tools.make_sample_clinic.neurology import neurology_of
from tools.make_sample_clinic.people import everybody
from tools.make_sample_clinic.reports import reports_of
from tools.make_sample_clinic.surroundings import surroundings_of
from tools.make_sample_clinic.write_csv import clinic_files, lab_files
from tools.make_sample_clinic.write_fhir import fhir_files
from tools.make_sample_clinic.write_hl7 import hl7_files

KEPT_BY_HAND = ("README.md", "mapping.yaml")


def make_files() -> dict[str, str]:
    """Path inside the sample folder → text, for every file the script makes."""
    people = everybody()
    by_mrn = {person.mrn: person for person in people}
    draws: list[Draw] = []
    registry: list[tuple[Person, Event]] = []
    clinic: list[tuple[Person, Event]] = []
    scores: list[tuple[Person, date, str]] = []
    for person in people:
        if "only-infusions" in person.story.quirks:
            continue
        around = surroundings_of(person)
        draws += reports_of(person) + around.draws
        registry += [(person, event) for event in around.registry]
        seen = neurology_of(person)
        clinic += [(person, event) for event in (*around.clinic, *seen.relapses)]
        registry += [(person, event) for event in seen.found]
        scores += [(person, day, score) for day, score in seen.edss]
    onsets = {person.mrn: event.day for person, event in registry if event.code == "ms"}
    by_lab = {lab: [draw for draw in draws if draw.lab == lab] for lab in "ABC"}
    folders = {
        "hospital": fhir_files(people, by_lab["A"], registry),
        "lab-b": hl7_files(by_mrn, by_lab["B"]),
        "lab-c": lab_files(by_mrn, by_lab["C"]),
        "clinic": clinic_files(people, clinic, scores, onsets),
    }
    return {
        f"{folder}/{name}": text
        for folder, files in folders.items()
        for name, text in files.items()
    }


def write_files(target: Path) -> dict[str, int]:
    """Writes the files below `target`, removes those of an earlier run, and says their sizes."""
    files = make_files()
    for old in target.rglob("*"):
        inside = str(old.relative_to(target))
        if old.is_file() and inside not in files and old.name not in KEPT_BY_HAND:
            old.unlink()
    for name, text in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return {name: len(text.encode()) for name, text in files.items()}
