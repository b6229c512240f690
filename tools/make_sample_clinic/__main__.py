"""`python -m tools.make_sample_clinic [FOLDER]`: writes the sample clinic into the package."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.make_sample_clinic.clinic import write_files

PACKAGE = Path(__file__).parents[2] / "src" / "longwatch" / "sample" / "files"


def main() -> None:
    """Writes the files and says how large they are."""
    sizes = write_files(Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE)
    for name, size in sizes.items():
        sys.stdout.write(f"{size:>9,}  {name}\n")
    sys.stdout.write(f"{sum(sizes.values()):>9,}  in all\n")


if __name__ == "__main__":
    main()
