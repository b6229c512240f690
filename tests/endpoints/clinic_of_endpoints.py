"""A small invented clinic with EDSS, relapses, diagnoses and tests, made by a seed."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from longwatch.core.record import Record
from longwatch.endpoints.adherence import Series

DAY = date(2026, 6, 1)
CBC = Series("cbc", "Blood count", ("platelets", "hemoglobin"), every=1, early=7, grace=7)
TSH = Series("thyroid", "Thyroid", ("tsh",), every=3, early=14, grace=14)
UNITS = {"platelets": "10*9/L", "hemoglobin": "g/dL", "tsh": "m[IU]/L", "edss": "{score}"}
VALUES = {"platelets": 230.0, "hemoglobin": 13.5, "tsh": 1.5}


def tables(people: int = 40, seed: int = 1, done: float = 0.85) -> dict[str, dict[str, list]]:
    """The tables of such a clinic: two courses, quarterly EDSS, monthly tests that are missed."""
    rng = np.random.default_rng(seed)
    infusions = {"patient": [], "date": [], "course": [], "day": []}
    results = {"patient": [], "date": [], "test": [], "value": [], "unit": []}
    events = {"patient": [], "date": [], "kind": [], "code": []}
    patients = {"patient": [], "birth_date": [], "sex": [], "ms_onset": []}

    def result(who: str, day: date, test: str, value: float) -> None:
        for name, cell in zip(results, (who, day, test, value, UNITS[test]), strict=True):
            results[name].append(cell)

    for number in range(people):
        who = f"q{number:03d}"
        start = date(2021, 1, 4) + timedelta(days=int(rng.integers(0, 900)))
        row = (who, date(1985, 5, 17), "female" if number % 3 else "male", date(2017, 2, 3))
        for name, cell in zip(patients, row, strict=True):
            patients[name].append(cell)
        for course, begin, many in ((1, 0, 5), (2, 365, 3)):
            for dose in range(many):
                row = (who, start + timedelta(days=begin + dose), course, dose + 1)
                for name, cell in zip(infusions, row, strict=True):
                    infusions[name].append(cell)
        score = float(rng.integers(2, 9)) / 2
        for visit in range(-1, int(rng.integers(4, 16))):
            score = float(np.clip(score + 0.5 * rng.integers(-1, 2), 0, 8))
            result(who, start + timedelta(days=91 * visit + 3), "edss", score)
        for month in range(1, int(rng.integers(6, 58))):
            day = start + timedelta(days=int(30.4 * month + rng.integers(-12, 20)))
            for test in ("platelets", "hemoglobin", "tsh"):
                if rng.random() < done:
                    result(who, day, test, VALUES[test])
        for _ in range(int(rng.poisson(0.8))):
            day = start + timedelta(days=int(rng.integers(-300, 900)))
            for name, cell in zip(events, (who, day, "relapse", None), strict=True):
                events[name].append(cell)
        if rng.random() < 0.4:
            day = start + timedelta(days=int(rng.integers(100, 1200)))
            for name, cell in zip(events, (who, day, "diagnosis", "graves-disease"), strict=True):
                events[name].append(cell)
    return {"patients": patients, "infusions": infusions, "results": results, "events": events}


def record(people: int = 40, seed: int = 1, *, without: str = "") -> Record:
    """The clinic as a Record; `without` edss, relapses, diagnoses, infusions, or tests."""
    made = tables(people, seed)

    def drop(name: str, column: str, word: str) -> None:
        table = made[name]
        keep = [cell != word for cell in table[column]]
        made[name] = {
            key: [cell for cell, kept in zip(cells, keep, strict=True) if kept]
            for key, cells in table.items()
        }

    if without == "edss":
        drop("results", "test", "edss")
    elif without == "relapses":
        drop("events", "kind", "relapse")
    elif without == "diagnoses":
        drop("events", "kind", "diagnosis")
    elif without:
        made.pop("results" if without == "tests" else without)
    return Record.from_tables(**made)
