"""Trial endpoints of any cohort: what the pivotal trials measured, by definitions kept as data.

Tables come in (`frames` says which), a `Rule` says what counts, and every answer carries it. Names
load what they need when they are first used, so that importing costs nothing.

>>> from longwatch.endpoints import Rule, disability_events
>>> rule = Rule.preset("care-ms")
>>> visits = {"id": ["a"] * 4, "day": [0, 91, 182, 273], "value": [2.0, 3.0, 3.0, 3.5]}
>>> events = disability_events(visits, None, rule)
>>> events["kind"].to_pylist(), events["day"].to_pylist(), events["confirmed_day"].to_pylist()
(['CDW'], [91], [273])
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HOMES = {
    "Definition": "definitions",
    "Result": "result",
    "Rule": "rule",
    "adherence": "adherence",
    "cox": "cox",
    "cumulative_incidence": "competing",
    "definition": "definitions",
    "definitions": "definitions",
    "disability_events": "disability",
    "flow": "flow",
    "forest": "picture_forest",
    "frame": "frames",
    "from_record": "from_record",
    "gray": "competing",
    "incidence": "incidence",
    "km": "survival",
    "km_plot": "picture_km",
    "logrank": "survival",
    "mean_count": "counts",
    "milestone": "milestones",
    "neda": "neda",
    "relapse_days": "relapses",
    "relapse_rate": "rates",
    "report": "report",
    "rmst": "survival",
    "rule_of": "attached",
    "table1": "table1",
    "time_to": "time_to_event",
    "unconfirmed": "disability",
}
"""Where each public name lives. A module may have the name of its function: the function wins."""

__all__ = sorted(_HOMES)


class _Package(ModuleType):
    """Keeps a module from hiding the function of the same name when it is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    thing = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = thing
    return thing


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
