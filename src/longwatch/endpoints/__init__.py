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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from longwatch.endpoints.adherence import Adherence as Adherence
    from longwatch.endpoints.adherence import Series as Series
    from longwatch.endpoints.adherence import adherence as adherence
    from longwatch.endpoints.attached import rule_of as rule_of
    from longwatch.endpoints.competing import cumulative_incidence as cumulative_incidence
    from longwatch.endpoints.competing import first_events as first_events
    from longwatch.endpoints.competing import gray as gray
    from longwatch.endpoints.counts import mean_count as mean_count
    from longwatch.endpoints.cox import cox as cox
    from longwatch.endpoints.definitions import Definition as Definition
    from longwatch.endpoints.definitions import definition as definition
    from longwatch.endpoints.definitions import definitions as definitions
    from longwatch.endpoints.disability import disability_events as disability_events
    from longwatch.endpoints.disability import unconfirmed as unconfirmed
    from longwatch.endpoints.flow import Stage as Stage
    from longwatch.endpoints.flow import flow as flow
    from longwatch.endpoints.frames import frame as frame
    from longwatch.endpoints.frames import set_aside as set_aside
    from longwatch.endpoints.from_record import Cohort as Cohort
    from longwatch.endpoints.from_record import from_record as from_record
    from longwatch.endpoints.incidence import associated as associated
    from longwatch.endpoints.incidence import incidence as incidence
    from longwatch.endpoints.logrank import logrank as logrank
    from longwatch.endpoints.mean_time import rmst as rmst
    from longwatch.endpoints.milestones import milestone as milestone
    from longwatch.endpoints.neda import neda as neda
    from longwatch.endpoints.picture_bars import bars as bars
    from longwatch.endpoints.picture_flow import flow_plot as flow_plot
    from longwatch.endpoints.picture_forest import forest as forest
    from longwatch.endpoints.picture_km import km_plot as km_plot
    from longwatch.endpoints.published import published as published
    from longwatch.endpoints.rates import relapse_rate as relapse_rate
    from longwatch.endpoints.relapses import relapse_days as relapse_days
    from longwatch.endpoints.report import report as report
    from longwatch.endpoints.result import Result as Result
    from longwatch.endpoints.rule import Rule as Rule
    from longwatch.endpoints.survival import at_risk_table as at_risk_table
    from longwatch.endpoints.survival import km as km
    from longwatch.endpoints.survival import median as median
    from longwatch.endpoints.table1 import table1 as table1
    from longwatch.endpoints.time_to_event import time_to as time_to

_HOMES = {
    "Adherence": "adherence",
    "Cohort": "from_record",
    "Definition": "definitions",
    "Result": "result",
    "Rule": "rule",
    "Series": "adherence",
    "Stage": "flow",
    "adherence": "adherence",
    "associated": "incidence",
    "at_risk_table": "survival",
    "bars": "picture_bars",
    "cox": "cox",
    "cumulative_incidence": "competing",
    "definition": "definitions",
    "definitions": "definitions",
    "disability_events": "disability",
    "first_events": "competing",
    "flow": "flow",
    "flow_plot": "picture_flow",
    "forest": "picture_forest",
    "frame": "frames",
    "from_record": "from_record",
    "gray": "competing",
    "incidence": "incidence",
    "km": "survival",
    "km_plot": "picture_km",
    "logrank": "logrank",
    "mean_count": "counts",
    "median": "survival",
    "milestone": "milestones",
    "neda": "neda",
    "published": "published",
    "relapse_days": "relapses",
    "relapse_rate": "rates",
    "report": "report",
    "rmst": "mean_time",
    "rule_of": "attached",
    "set_aside": "frames",
    "table1": "table1",
    "time_to": "time_to_event",
    "unconfirmed": "disability",
}
"""Where each public name lives. A module may have the name of its function: the function wins."""

__all__ = [
    "Adherence",
    "Cohort",
    "Definition",
    "Result",
    "Rule",
    "Series",
    "Stage",
    "adherence",
    "associated",
    "at_risk_table",
    "bars",
    "cox",
    "cumulative_incidence",
    "definition",
    "definitions",
    "disability_events",
    "first_events",
    "flow",
    "flow_plot",
    "forest",
    "frame",
    "from_record",
    "gray",
    "incidence",
    "km",
    "km_plot",
    "logrank",
    "mean_count",
    "median",
    "milestone",
    "neda",
    "published",
    "relapse_days",
    "relapse_rate",
    "report",
    "rmst",
    "rule_of",
    "set_aside",
    "table1",
    "time_to",
    "unconfirmed",
]


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
    return sorted(__all__)
