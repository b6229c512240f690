from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from longwatch.cli.main import main

TABLES = {
    "patients.csv": """\
patient,birth_date,sex,protocol,name
p1,1985-04-02,female,,"Ash, Ada"
p2,1990-01-31,male,alemtuzumab-eu,"Birch, Ben"
p3,1979-12-24,female,,"Cedar, Cleo"
p4,1988-08-08,female,,"Dill, Dora"
""",
    "infusions.csv": """\
patient,date,course,day
p1,2025-03-03,1,1
p1,2025-03-07,1,5
p2,2025-03-03,1,1
p3,2025-03-03,1,1
""",
    "results.csv": """\
patient,date,test,value,unit,low,high,status
p1,2025-03-01,creatinine,90,umol/L,45,90,final
p1,2025-04-01,creatinine,141.4567,umol/L,45,90,final
p1,2025-04-01,platelets,38,10*9/L,150,400,final
p2,2025-04-02,platelets,240,10*9/L,150,400,final
""",
    "events.csv": """\
patient,date,kind,code
p3,2025-04-01,procedure,skin-exam
""",
}
DAY = "2025-04-20"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "100")

    def call(*words: object) -> Ran:
        capsys.readouterr()
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    return call


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A small Record: one with a dangerous count, one who fell off, one of another protocol."""
    return write(tmp_path / "clinic", TABLES)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder


def everything_under(folder: Path) -> Sequence[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
