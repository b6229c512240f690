"""`python -m tools.make_lymphocyte_curves`: simulates, and writes the shipped table."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from tools.make_lymphocyte_curves.table import make_table

PLACE = Path("src/longwatch/mechanism/tables/lymphocyte_curves.npz")


def main() -> None:
    """Writes the table beside the mechanism."""
    place = Path(__file__).resolve().parents[2] / PLACE
    np.savez_compressed(place, **make_table())
    sys.stdout.write(f"{PLACE}: {place.stat().st_size / 1024:.0f} KiB\n")


if __name__ == "__main__":
    main()
