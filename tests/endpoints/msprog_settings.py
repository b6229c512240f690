"""The settings of (py)msprog as a Rule, and its answers as plain rows."""

from __future__ import annotations

import math
from typing import Any

from longwatch.endpoints.rule import Rule

FALLS = {
    "edss_default": ((0, 1.5), (5.0, 1.0), (math.inf, 0.5)),
    "care_ms": ((0, 1.5), (math.inf, 1.0)),
    "msbase": ((0, 1.5), (5.5, 1.0), (math.inf, 0.5)),
    "opera": ((5.5, 1.0), (math.inf, 0.5)),
}
"""The least change by baseline, under the names of the cases."""

SDMT = {
    "outcome": "SDMT",
    "worse": "lower",
    "scale": (0, 110, 0),
    "rise": ((20, 0, 0.2), (math.inf, 4)),
    "fall": ((20, 0, 0.2), (math.inf, 4)),
}
"""20 % or 4 points, whichever is less: what the code of pymsprog does."""

NHPT = {
    "outcome": "NHPT",
    "scale": (0, 300, 0),
    "rise": ((math.inf, 0, 0.2),),
    "fall": ((math.inf, 0, 0.2),),
}
"""20 %."""

_NAMES = {
    "event": "event",
    "RAW_PIRA": "classify",
    "baseline": "baseline",
    "proceed_from": "proceed_from",
    "sub_threshold_rebl": "sub_threshold",
    "skip_local_extrema": "skip_extrema",
    "relapse_rebl": "rebaseline_after_relapse",
    "bl_geq": "baseline_never_better",
    "conf_days": "confirm",
    "conf_tol_days": "tolerance",
    "require_sust_days": "sustained",
    "check_intermediate": "intermediate",
    "relapse_to_bl": "relapse_to_baseline",
    "relapse_to_event": "relapse_to_event",
    "relapse_to_conf": "relapse_to_confirmation",
    "relapse_assoc": "relapse_associated",
}


def number(value: Any) -> Any:
    """`"inf"`, also inside lists, as a number."""
    if isinstance(value, list | tuple):
        return [number(one) for one in value]
    return math.inf if value == "inf" else value


def rule_of(settings: dict[str, Any], **more: Any) -> Rule:
    """Preset `msprog` with the settings of one call of pymsprog."""
    changed: dict[str, Any] = {"recount": True}
    for name, value in settings.items():
        if name in _NAMES:
            changed[_NAMES[name]] = number(value)
        elif name == "relapse_indep":
            changed |= {
                "free_reference": value["prec"],
                "free_event": value["event"],
                "free_confirmation": value["conf"],
                "free_from": value.get("prec_type", "baseline"),
            }
        elif name == "impute_last_visit":
            # A probability of 1 is "always"; more than 1 are days of follow-up.
            changed["impute_last"] = math.inf if value == 1 else value
        else:
            assert name == "validconf_col", name
    return Rule.preset("msprog").with_(**{**changed, **more})


def call_of(settings: dict[str, Any]) -> dict[str, Any]:
    """The same settings as pymsprog wants them."""
    return {
        name: {**value} if isinstance(value, dict) else number(value)
        for name, value in settings.items()
    }
