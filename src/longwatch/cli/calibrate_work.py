"""What `longwatch calibrate` shows: the fit, or the targets beside the shipped parameters."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from longwatch.cli.progress import groups_done

Tables = dict[str, list[dict[str, Any]]]


def short(cell: Any) -> str:
    """A cell as a person reads it.

    >>> short(0.123456), short(True), short(None)
    ('0.123', 'yes', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "NO"
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)


def held(replicates: int, seed: int, *, quiet: bool) -> tuple[Tables, str]:
    """Every target beside its prediction, and how many rows are inside."""
    from longwatch.trials.targets import NOT_PREDICTED, ROWS, hold_against, rows_inside

    with groups_done("Predicting", quiet=quiet) as progress:
        found = hold_against(replicates, seed, progress=progress)
    rows = rows_inside(found)
    inside = sum(answer is True for answer in rows.values())
    outside = ", ".join(str(row) for row, answer in rows.items() if answer is False) or "none"
    missing = "; ".join(f"{row}: {why}" for row, why in NOT_PREDICTED.items())
    table = [{**asdict(one), "inside": one.inside} for one in found]
    return {"targets": table}, (
        f"{inside} of {ROWS} rows lie inside the predicted 95 % interval of such studies.\n"
        f"Outside: {outside}. Not predicted: {missing}."
    )


def fitted(replicates: int, seed: int, *, quiet: bool) -> tuple[Tables, str]:
    """The fit: parameters with what was learned of each, figures with their misfits."""
    from longwatch.trials.calibration import calibrate

    expected = 130
    with groups_done("Fitting", quiet=quiet) as moved:

        def progress(done: int, _: float) -> None:
            if moved is not None:
                moved(done, max(expected, done))

        found = calibrate(replicates, seed, progress=progress)
    parameters = [{**asdict(one), "learned": one.learned} for one in found.fitted]
    misfits = [asdict(one) for one in found.misfits]
    weak = [one.id for one in found.fitted if one.learned < 1 / 2]
    far = [one.id for one in found.misfits if abs(one.z_after) > 2]
    return {"parameters": parameters, "figures": misfits}, (
        f"{found.evaluations} evaluations of both trials, {replicates} replicates each.\n"
        f"Hardly told by the trials: {', '.join(weak) or 'none'}.\n"
        f"More than 2 standard errors away: {', '.join(far) or 'none'}."
    )
