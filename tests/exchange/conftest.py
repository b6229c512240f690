"""What the exchange tests share: a small clinic, messages and resources made from a few words."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from longwatch.core.record import Record
from longwatch.exchange import ImportReport, import_files

MRN = "https://clinic.example/mrn"
RECEIVED = datetime.fromisoformat("2025-06-10T08:00")


@dataclass
class Maker:
    """Writes input files into a folder and imports them."""

    folder: Path
    number: int = 0

    def file(self, content: str | bytes, name: str = "") -> Path:
        self.number += 1
        path = self.folder / (name or f"{self.number:04}.txt")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def patient(self, number: str = "1", born: str = "1990-05-01", sex: str = "female", **more):
        return {
            "resourceType": "Patient",
            "id": f"p{number}",
            "identifier": [{"system": MRN, "value": number}],
            "gender": sex,
            "birthDate": born,
            **more,
        }

    def observation(self, value: object = 240, code: str = "777-3", unit: str = "10*9/L", **more):
        body = {
            "resourceType": "Observation",
            "id": "o1",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "subject": {"reference": "Patient/p1"},
            "effectiveDateTime": "2025-06-02",
            "issued": "2025-06-02T12:00:00Z",
        }
        if value is not None:
            body["valueQuantity"] = {"value": value, "unit": unit}
        return {**body, **more}

    def fhir(self, *resources: object, name: str = "") -> Path:
        bundle = {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": resource} for resource in resources],
        }
        return self.file(json.dumps(bundle), name or f"{self.number:04}.json")

    def oru(
        self,
        value: str = "240",
        unit: str = "10*9/L",
        status: str = "F",
        *,
        who: str = f"1^^^&{MRN}&URI^MR",
        born: str = "19900501",
        sex: str = "F",
        name: str = "",
        code: str = "777-3^Platelets^LN",
        order: str = "A1",
        sent: str = "20250602120000",
        day: str = "20250602",
        limits: str = "150-400",
        flag: str = "",
        mode: str = "P",
        control: str = "M1",
        kind: str = "NM",
    ) -> str:
        return "\r".join(
            [
                f"MSH|^~\\&|LIS|LAB|LW|CLINIC|{sent}||ORU^R01|{control}|{mode}|2.5.1",
                f"PID|1||{who}||{name}||{born}|{sex}",
                f"OBR|1||{order}|58410-2^CBC^LN|||{day}",
                f"OBX|1|{kind}|{code}||{value}|{unit}|{limits}|{flag}|||{status}",
                "",
            ]
        )

    def load(self, *paths: Path, record: Record | None = None, **options) -> ImportReport:
        start = record if record is not None else self.clinic()
        report = import_files(paths, start, options.pop("received", RECEIVED), **options)
        assert report.conserved, [(f.name, f.read, f.accounted) for f in report.files]
        return report

    def clinic(self) -> Record:
        return Record.from_tables(
            patients={
                "patient": ["1", "2"],
                "birth_date": [date(1990, 5, 1), date(1990, 5, 1)],
                "sex": ["female", "female"],
                "name": ["Roe, Ann", "Roe, Eve"],
            },
            identifiers={
                "authority": [MRN, MRN, "Patient", "Patient"],
                "value": ["1", "2", "p1", "p2"],
                "patient": ["1", "2", "1", "2"],
            },
        )


@pytest.fixture
def make(tmp_path) -> Maker:
    folder = tmp_path / "in"
    folder.mkdir()
    return Maker(folder)


@pytest.fixture(scope="session")
def inputs() -> Path:
    """Real files of other people, which are not part of the repository."""
    given = os.environ.get("LONGWATCH_INPUTS")
    repository = Path(__file__).resolve().parents[2]
    folder = Path(given) if given else repository.parent / "shared" / "inputs"
    if not folder.is_dir():
        pytest.skip(f"no real inputs at {folder}: set LONGWATCH_INPUTS to run this test")
    return folder


@pytest.fixture(scope="session")
def rows():
    return _rows


def _rows(table, *leave_out: str) -> list[dict]:
    """The filled cells of a table, order of rows forgotten."""
    plain = [
        {k: v for k, v in row.items() if v is not None and k not in leave_out}
        for row in table.to_pylist()
    ]
    return sorted(plain, key=lambda row: sorted((k, str(v)) for k, v in row.items()))


def only(table):
    """The one row of a table."""
    (row,) = table.to_pylist()
    return row


def reasons(report):
    """Why entries are held, by the word, with their number."""
    return {str(reason): count for reason, count in report.held.items()}
