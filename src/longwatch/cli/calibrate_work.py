"""What `longwatch calibrate` shows: the fit, or the targets beside the shipped parameters."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from longwatch.cli.progress import groups_done, waiting

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


_WIDE = {"sensitivity"}
_ON_SCREEN = {"parameters": ("id", "unit", "prior", "prior_sd", "fitted", "sd", "learned")}


def on_screen(tables: Tables) -> list[list[dict[str, Any]]]:
    """The tables, and the columns of them, that fit a terminal; all are in the files and JSON."""
    return [
        [{name: row[name] for name in _ON_SCREEN.get(table, tuple(row))} for row in rows]
        for table, rows in tables.items()
        if table not in _WIDE
    ]


def held(replicates: int, seed: int, *, quiet: bool) -> tuple[Tables, str]:
    """Every target beside its prediction, and how many rows are inside."""
    from longwatch.trials.targets import IN_PART, ROWS, hold_against, rows_inside

    with groups_done("Predicting", quiet=quiet) as progress:
        found = hold_against(replicates, seed, progress=progress)
    rows = rows_inside(found)
    inside = sum(answer is True for answer in rows.values())
    outside = ", ".join(str(row) for row, answer in rows.items() if answer is False) or "none"
    far = "; ".join(f"{one.row}: {one.id}" for one in found if not one.inside) or "none"
    part = "; ".join(f"{row}: {why}" for row, why in IN_PART.items())
    table = [{**asdict(one), "inside": one.inside} for one in found]
    return {"targets": table}, (
        f"{inside} of {ROWS} rows lie inside the predicted 95 % interval of such studies.\n"
        f"Outside: {outside}. Figures outside: {far}.\nNot counted: {part}."
    )


def fitted(replicates: int, seed: int, *, quiet: bool) -> tuple[Tables, str, dict[str, str]]:
    """The fit: parameters with what was learned of each, figures with their misfits.

    Returns: tables, a summary, and two files: `fit.yaml` (for `trials/fit.yaml`) and `fitted.yaml`
        (for `longwatch trial --parameters`).
    """
    import yaml

    from longwatch.cli.options import today
    from longwatch.trials.calibration import calibrate
    from longwatch.trials.priors import priors
    from longwatch.trials.recovery_fit import fit_recovery

    with waiting("Fitting what a relapse costs", quiet=quiet):
        recovery = fit_recovery(seed=seed)
    expected = 8 * (len(priors()) + 1)
    with groups_done("Fitting the trials", quiet=quiet) as moved:

        def progress(done: int, _: float) -> None:
            if moved is not None:
                moved(done, max(expected, done))

        found = calibrate(replicates, seed, recovery.parameters, progress=progress)
    parameters = [{**asdict(one), "learned": one.learned} for one in found.fitted]
    misfits = [asdict(one) for one in found.misfits]
    left = ("id", "published", "before", "after", "z_after")
    relapses = [dict(zip(left, row, strict=True)) for row in recovery.figures]
    costs = [
        {"id": one.id, "prior": one.middle, "fitted": found.parameters[one.id].value}
        for one in priors("recovery")
    ]
    names = [one.id for one in found.fitted]
    sensitivity = [
        {"figure": misfit.id, **dict(zip(names, map(float, row), strict=True))}
        for misfit, row in zip(found.misfits, found.sensitivity, strict=True)
    ]
    tables: Tables = {
        "parameters": parameters,
        "figures": misfits,
        "recovery_parameters": costs,
        "recovery_figures": relapses,
        "sensitivity": sensitivity,
    }
    weak = [one.id for one in found.fitted if one.learned < 1 / 2]
    far = [one.id for one in found.misfits if abs(one.z_after) > 2]
    values = {one.id: found.parameters[one.id].value for one in (*priors("recovery"), *priors())}
    made = found.fit.model_copy(update={"made_on": today().isoformat()})
    files = {
        "fit.yaml": yaml.safe_dump(made.model_dump(mode="json"), sort_keys=False),
        "fitted.yaml": yaml.safe_dump(values, sort_keys=False),
    }
    confused = [one for one in found.fitted if abs(one.correlation) > 1 / 2]
    pairs = {tuple(sorted((one.id, one.like))): one.correlation for one in confused}
    alike = "; ".join(f"{a} with {b} ({r:+.2f})" for (a, b), r in pairs.items()) or "none"
    summary = (
        f"{found.evaluations} evaluations of both trials, {replicates} replicates each; sum of "
        f"squares {found.fit.sum_of_squares:.1f}.\n"
        f"Not identified (the trials halve no uncertainty): {', '.join(weak) or 'none'}.\n"
        f"Confused with each other: {alike}.\n"
        f"More than 2 standard errors away: {', '.join(far) or 'none'}."
    )
    return tables, summary, files
