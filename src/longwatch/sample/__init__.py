"""The sample clinic "Northside": invented people, as three laboratories and a registry send them.

Made by `python -m tools.make_sample_clinic` in the repository; nobody in it exists.
"""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

AS_OF = date(2026, 11, 22)
"""The morning on which the sample is looked at, a Sunday: no report in it is newer."""


def sample_files() -> list[Path]:
    """What the sample clinic sends, in the order of names; to be imported together.

    Returns:
        The folder of the clinic's own lists (a Record), and every file of hospital and
        laboratories. The mapping of laboratory C lies beside its files, where the import finds it.

    >>> [path.name for path in sample_files()][:2]
    ['clinic', 'Condition.ndjson']
    """
    folder = Path(str(files(__name__))) / "files"
    sent = (path for path in folder.rglob("*") if path.suffix in {".ndjson", ".hl7", ".csv"})
    return sorted({path.parent if path.parent.name == "clinic" else path for path in sent})
