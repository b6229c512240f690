"""The pictures of the mechanism by name, and whether drawn ones are still of these parameters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from longwatch.trials.pictures_cells import lymphocytes
from longwatch.trials.pictures_drug import concentration, regimens
from longwatch.trials.pictures_edss import edss
from longwatch.trials.pictures_harm import platelets, thyroid
from longwatch.trials.pictures_steps import convergence_picture

Values = Mapping[str, float]


class Picture(NamedTuple):
    """How a picture is drawn, and from which sections of the parameters."""

    draw: Callable[[Values], str]
    sections: tuple[str, ...]


PICTURES: Mapping[str, Picture] = {
    "concentration": Picture(concentration, ("pk.", "cells.")),
    "lymphocytes": Picture(lymphocytes, ("pk.", "cells.")),
    "thyroid": Picture(thyroid, ("autoimmunity.",)),
    "platelets": Picture(platelets, ("tissue.", "laboratory.platelets")),
    "edss": Picture(edss, ("relapse.", "recovery.", "disability.", "people.")),
    "regimens": Picture(regimens, ("pk.", "cells.")),
    "steps": Picture(convergence_picture, ("pk.", "cells.")),
}
"""In the order of the page about the model."""


def draw(name: str, values: Values) -> str:
    """A picture as SVG text; it carries a digest of the parameters that it shows.

    Inputs:
        name: one of `PICTURES`.
        values: of `Parameters.values()`.
    """
    mark = f"<metadata>parameters {digest(name, values)}</metadata>"
    return PICTURES[name].draw(values).replace("</desc>", f"</desc>\n{mark}", 1)


def digest(name: str, values: Values) -> str:
    """Of the parameters that a picture shows."""
    sections = PICTURES[name].sections
    used = {key: value for key, value in sorted(values.items()) if key.startswith(sections)}
    return hashlib.sha256(json.dumps(used).encode()).hexdigest()[:16]


def stale(folder: Path, values: Values) -> list[str]:
    """The pictures that a folder lacks, or has of other parameters."""
    found = []
    for name in PICTURES:
        path = folder / f"{name}.svg"
        mark = f"parameters {digest(name, values)}<"
        if not path.is_file() or mark not in path.read_text(encoding="utf-8"):
            found.append(name)
    return found
