"""What `longwatch model` does."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from longwatch.core.errors import Problem, UsageError

Rows = list[dict[str, Any]]

EVIDENCE = ("measured", "fitted", "assumed")
VERIFIED = ("yes", "recalled", "proposal")


def sections() -> Rows:
    """How many parameters of each section were measured, fitted, assumed, and how well read."""
    from longwatch.mechanism.parameters import Parameters

    entries = Parameters.load().entries.values()
    rows = []
    for name in sorted({entry.id.partition(".")[0] for entry in entries}):
        own = [entry for entry in entries if entry.id.startswith(f"{name}.")]
        rows.append(_counted(name, own))
    return [*rows, _counted("all", list(entries))]


def _counted(name: str, entries: list[Any]) -> dict[str, Any]:
    evidence = Counter(entry.evidence for entry in entries)
    verified = Counter(entry.verified for entry in entries)
    return {
        "section": name,
        "parameters": len(entries),
        **{word: evidence[word] for word in EVIDENCE},
        **{f"verified: {word}": verified[word] for word in VERIFIED},
    }


def parameters_of(section: str) -> Rows:
    """Every parameter of a section with unit, evidence and place.

    Raises:
        UsageError: there is no such section.
    """
    from longwatch.mechanism.parameters import Parameters

    parameters = Parameters.load()
    prefix = section.rstrip(".") + "."
    own = [parameters[name] for name in parameters if name.startswith(prefix)]
    if not own:
        known = sorted({name.partition(".")[0] for name in parameters})
        what = f"there is no section {section!r}"
        raise UsageError(Problem(what, "parameters", how=f"one of {', '.join(known)}"))
    return [
        {
            "parameter": one.id,
            "value": f"{one.value:g}",
            "unit": one.unit,
            "meaning": one.meaning,
            "evidence": one.evidence,
            "place": one.place,
            "verified": one.verified,
        }
        for one in own
    ]


def draw_pictures(folder: Path, *, stale_only: bool, quiet: bool) -> Rows:
    """Writes the pictures, and says which."""
    from longwatch.cli.files import write_text
    from longwatch.cli.model import prepare_model
    from longwatch.cli.progress import groups_done

    prepare_model()
    from longwatch.mechanism.parameters import Parameters
    from longwatch.trials.pictures_of_model import PICTURES, draw, stale

    values = Parameters.load().values()
    wanted = stale(folder, values) if stale_only else list(PICTURES)
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    with groups_done("Drawing", quiet=quiet) as moved:
        for done, name in enumerate(wanted, 1):
            path = folder / f"{name}.svg"
            write_text(path, draw(name, values))
            rows.append({"picture": name, "file": str(path)})
            if moved is not None:
                moved(done, len(wanted))
    return rows


def convergence_rows(*, quiet: bool) -> Rows:
    """Errors at several lengths of the steps, against the slow solver."""
    from longwatch.cli.model import prepare_model
    from longwatch.cli.progress import groups_done

    prepare_model()
    from longwatch.mechanism.parameters import Parameters
    from longwatch.trials.verification import convergence

    with groups_done("Solving slowly", quiet=quiet) as moved:
        found = convergence(Parameters.load().values(), progress=moved)
    return [
        {
            "steps": one.steps,
            "times the usual": f"{one.level:g}",
            "median error": f"{one.median:.1e}",
            "99 of 100 below": f"{one.p99:.1e}",
            "largest": f"{one.highest:.1e}",
            "cells per µL": f"{one.worst_count:.2g}",
            "concentration": f"{one.concentration:.1e}",
        }
        for one in found
    ]
