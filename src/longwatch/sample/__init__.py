"""The sample clinic "Northside": invented people, as three laboratories and a registry send them.

Made by `python -m tools.make_sample_clinic` in the repository; nobody in it exists.
"""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

AS_OF = date(2026, 11, 22)
"""The morning on which the sample is looked at: a Sunday, one year of it lies ahead of no one."""


def sample_files() -> list[Path]:
    """The files of the sample clinic, in the order of their names; to be imported together.

    Returns:
        Every shipped file that is input, and none that only explains them.

    >>> {path.suffix for path in sample_files()} >= {".ndjson", ".hl7", ".csv"}
    True
    """
    folder = Path(str(files(__name__))) / "files"
    return sorted(
        path for path in folder.rglob("*") if path.suffix in {".ndjson", ".hl7", ".csv", ".yaml"}
    )
