"""Where the real inputs lie, and how a test writes a small Record's folder."""

import json
import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def inputs_folder() -> Path:
    named = os.environ.get("LONGWATCH_INPUTS")
    return Path(named) if named else REPOSITORY.parent / "shared" / "inputs"


@pytest.fixture(scope="session")
def real_input():
    """Path of a file of the real inputs; skips where they are absent."""

    def find(name: str) -> Path:
        path = inputs_folder() / name
        if not path.exists():
            pytest.skip(f"real inputs are absent: no {name} (set LONGWATCH_INPUTS)")
        return path

    return find


@pytest.fixture(scope="session")
def corpus(real_input):
    return json.loads(real_input("corpus_units_values.json").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path):
    """Writes files (name → text or bytes) into a fresh folder and returns it."""

    def write(files: dict[str, str | bytes]) -> Path:
        target = tmp_path / "clinic"
        target.mkdir(exist_ok=True)
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (target / name).write_bytes(raw)
        return target

    return write
