"""Random cohorts and settings, and what pymsprog makes of them, as plain rows."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
from tests.endpoints.msprog_settings import FALLS, call_of


def cohort(rng: np.random.Generator, people: int, outcome: str = "edss") -> tuple[Any, Any]:
    """Visits and relapses: relapse peaks that recover, slow worsening, noise, gaps.

    No relapse comes before the first visit, and no two on one day.
    """
    visits, relapses = [], []
    for person in range(people):
        number = int(rng.integers(1, 14))
        days = np.unique(np.cumsum(rng.choice([30, 60, 84, 90, 91, 168, 180, 400], number)))
        days = days - days[0] + int(rng.integers(-20, 20))
        onset = np.unique(rng.integers(days[0], days[-1] + 60, int(rng.poisson(1.6))))
        level = rng.choice([0, 0, 1, 1.5, 2, 3, 4, 4.5, 5, 5.5, 6])
        slope = rng.choice([-0.2, 0, 0, 0.1, 0.3])
        for place, day in enumerate(days):
            peak = sum(1.5 * math.exp(-(day - one) / 60) for one in onset if one <= day)
            raw = level + slope * place + peak + rng.normal(0, 0.3)
            visits.append((person, int(day), float(np.clip(np.round(2 * raw) / 2, 0, 10))))
        relapses += [(person, int(one)) for one in onset]
    seen = pd.DataFrame(visits, columns=["id", "day", "value"])
    if outcome == "sdmt":
        seen["value"] = 60 - 4 * seen["value"]
    elif outcome == "nhpt":
        seen["value"] = 20 + 5 * seen["value"]
    relapsed = pd.DataFrame(relapses, columns=["id", "day"]).astype("int64")
    return seen, relapsed


def settings(rng: np.random.Generator) -> dict[str, Any]:
    """One call's settings, every setting of both packages among them."""

    def one(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    chosen: dict[str, Any] = {
        "event": one("firstCDW", "firstCDI", "first", "firstPIRA", "firstRAW", "multiple"),
        "RAW_PIRA": one(True, False),
        "baseline": one("fixed", "roving", "roving_impr", "roving_wors"),
        "proceed_from": one("firstconf", "event"),
        "sub_threshold_rebl": one("none", "none", "event", "improvement", "worsening"),
        "skip_local_extrema": one("none", "none", "strict", "all"),
        "relapse_rebl": one(False, False, True),
        "conf_days": one(84, 168, [84, 168], 336),
        "conf_tol_days": one([7, 730.5], [7, 7], [14, "inf"], [0, 90]),
        "require_sust_days": one(0, 0, 336, "inf"),
        "check_intermediate": one(True, True, False),
        "relapse_to_bl": one([30, 0], [0, 0], [60, 30]),
        "relapse_to_event": one([0, 0], [30, 0], [0, 30]),
        "relapse_to_conf": one([30, 0], [0, 0], [30, 30]),
        "relapse_assoc": one([90, 0], [30, 7], [60, 30]),
        "impute_last_visit": one(0, 0, 1, 200),
        "relapse_indep": one(
            {"prec": (0, 0), "event": (90, 30), "conf": (90, 30), "prec_type": "baseline"},
            {"prec": (0, None), "event": (None, 30), "conf": (30, 30), "prec_type": "baseline"},
            {"prec": (0, None), "event": (None, None), "conf": (None, 0), "prec_type": "baseline"},
            {"prec": (0, None), "event": (None, 0), "conf": (30, 0), "prec_type": "last"},
            {"prec": (0, None), "event": (None, 0), "conf": (30, 0), "prec_type": "last_delta"},
            {"prec": (0, 0), "event": (90, None), "conf": (None, 0), "prec_type": "baseline"},
        ),
    }
    # Without new baselines after relapses pymsprog ignores bl_geq, whatever its documentation says.
    if chosen["relapse_rebl"]:
        chosen["bl_geq"] = one(True, False)
    return chosen


def theirs(visits: Any, relapses: Any, chosen: dict[str, Any], outcome: str, delta: str) -> Any:
    """The events that pymsprog finds: id, kind, type, days and values of the evidence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymsprog import MSprog

        steps = FALLS[delta]
        more = (
            {"delta_fun": lambda base: next(one[1] for one in steps if base <= one[0])}
            if outcome == "edss"
            else {}
        )
        with np.errstate(all="ignore"):
            _, found = MSprog(
                visits.copy(), "id", "value", "day", outcome, relapse=relapses.copy(),
                date_format="day", include_dates=True, include_value=True, verbose=0,
                **call_of(chosen), **more,
            )  # fmt: skip
    found = found[found["nevent"] > 0]
    return sorted(
        (
            int(row["id"]), row["event_type"], row.get("CDW_type") or None, row["date"],
            row["value"], row["bl_date"], row["bl_value"], row["last_delta_date"],
            row["last_delta_value"], row["sust_days"], bool(row["sust_last"]), row["time2event"],
        )
        for row in found.to_dict("records")
    )  # fmt: skip


def ours(events: Any) -> Any:
    """The same of ours."""
    return sorted(
        (
            row["id"], row["kind"], row["type"], row["day"], row["value"], row["baseline_day"],
            row["baseline_value"], row["reference_day"], row["reference_value"],
            row["sustained_days"], row["sustained_to_end"], row["time"],
        )
        for row in events.to_pylist()
    )  # fmt: skip
