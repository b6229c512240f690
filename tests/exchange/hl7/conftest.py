"""A message in the usual shape, to be bent by each test, and the folder of real files."""

import os
from pathlib import Path

import pytest

from longwatch.exchange.hl7 import Hl7Options, read_hl7
from longwatch.exchange.intake import ResultFact, Unreadable

ABSENT = "the folder of real messages is not here: set LONGWATCH_INPUTS"
REPOSITORY = Path(__file__).parents[3]
MSH = r"MSH|^~\&|LIS|LAB|||20250402101500||ORU^R01|M1|P|2.5"
PID = "PID|1||0042^^^CLINIC^MR||DOE^JANE^Q||19800229|F"
OBR = "OBR|1|P7|A7|CBC^Blood count|||20250401083000||||||||||||||||||F"
OBX = "OBX|1|NM|777-3^Platelets^LN||250|10*9/L|150-400||||F"


def inputs_folder() -> Path:
    named = os.environ.get("LONGWATCH_INPUTS")
    return Path(named) if named else REPOSITORY.parent / "shared" / "inputs"


def find_real_paths() -> list[Path]:
    folder = inputs_folder() / "hl7v2"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def pytest_generate_tests(metafunc):
    if "real_path" in metafunc.fixturenames:
        paths = find_real_paths()
        absent = pytest.param(None, marks=pytest.mark.skip(ABSENT), id="absent")
        metafunc.parametrize(
            "real_path",
            [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in paths]
            or [absent],
        )


@pytest.fixture(scope="session")
def real_paths():
    return find_real_paths() or pytest.skip(ABSENT)


@pytest.fixture
def message():
    """Segments joined as a message; a segment is replaced or added by name."""

    def build(*obx, msh=MSH, pid=PID, obr=OBR):
        return "\r".join(line for line in (msh, pid, obr, *(obx or (OBX,))) if line)

    return build


@pytest.fixture
def read(message):
    """All items of a message built from these OBX (and other) lines."""

    def run(*obx, options=None, **parts):
        return list(read_hl7(message(*obx, **parts).encode(), "lab.hl7", options))

    return run


@pytest.fixture
def result(read):
    """The only result of a message."""

    def run(*obx, **parts):
        (fact,) = [item for item in read(*obx, **parts) if isinstance(item, ResultFact)]
        return fact

    return run


@pytest.fixture
def held(read):
    """The only thing held of a message, of which nothing was filed."""

    def run(*obx, **parts):
        items = read(*obx, **parts)
        assert not [item for item in items if isinstance(item, ResultFact)]
        (unreadable,) = [item for item in items if isinstance(item, Unreadable)]
        return unreadable

    return run


@pytest.fixture(scope="session")
def every_kind():
    """Options that read test and training messages too, for comparing contents."""
    return Hl7Options(production=frozenset("PTD"))
