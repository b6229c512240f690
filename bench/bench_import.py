"""Importing what hospitals send, files to Record: HL7 v2 messages and FHIR resources a second."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.bench_hl7 import made_messages
from bench.bench_hl7 import main as read_only
from longwatch.core.record import Record
from longwatch.exchange.importing import import_files

_MESSAGES = 2_000
_PEOPLE, _DRAWS = 250, 16
_RECEIVED = datetime(2025, 5, 1, 8)  # noqa: DTZ001 - clinic time has no offset
_LABS = (("777-3", 250, "10*9/L"), ("2160-0", 71, "umol/L"), ("718-7", 13.2, "g/dL"))
_UCUM = "http://unitsofmeasure.org"


def _fhir_lines() -> list[str]:
    """Patients and their observations, a resource a line."""
    lines = []
    for person in range(_PEOPLE):
        number = {"system": "urn:clinic", "value": f"{person:06d}"}
        patient = {
            "resourceType": "Patient",
            "id": f"p{person}",
            "identifier": [number],
            "gender": "female",
            "birthDate": "1985-03-03",
        }
        lines.append(json.dumps(patient))
        for draw in range(_DRAWS):
            for code, value, unit in _LABS:
                lines.append(json.dumps(_observation(person, draw, code, value, unit)))
    return lines


def _observation(person: int, draw: int, code: str, value: float, unit: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{person}-{draw}-{code}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/p{person}"},
        "effectiveDateTime": f"2024-{draw % 12 + 1:02d}-{10 + draw // 12:02d}",
        "valueQuantity": {"value": value, "unit": unit, "system": _UCUM, "code": unit},
    }


def run() -> dict[str, Any]:
    """Entries a second, and the reading of HL7 v2 beside the `hl7` library.

    Raises:
        RuntimeError: when a result was not filed.
    """
    report: dict[str, Any] = {"hl7_reading": read_only(_MESSAGES)}
    lines = _fhir_lines()
    messages = "".join(made_messages(_MESSAGES))
    results = {"hl7": _MESSAGES * 8, "fhir": len(lines) - _PEOPLE}
    with TemporaryDirectory() as scratch:
        files = {"hl7": Path(scratch) / "lab.hl7", "fhir": Path(scratch) / "export.ndjson"}
        files["hl7"].write_text(messages, newline="")
        files["fhir"].write_text("\n".join(lines) + "\n")
        entries = {"hl7": _MESSAGES, "fhir": len(lines)}
        for name, file in files.items():
            started = time.perf_counter()
            done = import_files([file], Record(), _RECEIVED, create_patients=True)
            seconds = time.perf_counter() - started
            if done.record.results.num_rows != results[name]:
                filed = done.record.results.num_rows
                raise RuntimeError(f"{name}: {filed} of {results[name]} results were filed")
            report[f"{name}_per_second"] = round(entries[name] / seconds)
    return report
