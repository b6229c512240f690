"""Longwatch: the long safety watch after alemtuzumab for multiple sclerosis.

Names load what they need when they are first used, so that `import longwatch` costs nothing.

>>> import longwatch as lw
>>> "alemtuzumab-us" in lw.packs()
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from longwatch.core.catalogue import catalogue as catalogue
    from longwatch.core.errors import ExchangeError as ExchangeError
    from longwatch.core.errors import LongwatchError as LongwatchError
    from longwatch.core.errors import Problem as Problem
    from longwatch.core.errors import ProtocolError as ProtocolError
    from longwatch.core.errors import RecordError as RecordError
    from longwatch.core.errors import UsageError as UsageError
    from longwatch.core.record import Record as Record
    from longwatch.exchange.export import export_record as export_record
    from longwatch.exchange.ics import write_ics as write_ics
    from longwatch.exchange.importing import import_files as import_files
    from longwatch.protocols.check import check as check_protocol
    from longwatch.protocols.diff import diff as diff_protocols
    from longwatch.protocols.load import load_protocol as load_protocol
    from longwatch.protocols.load import packs as packs
    from longwatch.watch.api import Outcome as Outcome
    from longwatch.watch.api import watch as watch
    from longwatch.watch.plan import Plan as Plan
    from longwatch.watch.plan import plan as plan

_HOMES = {
    "catalogue": "core.catalogue:catalogue",
    "ExchangeError": "core.errors:ExchangeError",
    "LongwatchError": "core.errors:LongwatchError",
    "Problem": "core.errors:Problem",
    "ProtocolError": "core.errors:ProtocolError",
    "RecordError": "core.errors:RecordError",
    "UsageError": "core.errors:UsageError",
    "Record": "core.record:Record",
    "export_record": "exchange.export:export_record",
    "write_ics": "exchange.ics:write_ics",
    "import_files": "exchange.importing:import_files",
    "check_protocol": "protocols.check:check",
    "diff_protocols": "protocols.diff:diff",
    "load_protocol": "protocols.load:load_protocol",
    "packs": "protocols.load:packs",
    "Outcome": "watch.api:Outcome",
    "watch": "watch.api:watch",
    "Plan": "watch.plan:Plan",
    "plan": "watch.plan:plan",
}

__all__ = [
    "ExchangeError",
    "LongwatchError",
    "Outcome",
    "Plan",
    "Problem",
    "ProtocolError",
    "Record",
    "RecordError",
    "UsageError",
    "__version__",
    "catalogue",
    "check_protocol",
    "diff_protocols",
    "export_record",
    "import_files",
    "load_protocol",
    "packs",
    "plan",
    "watch",
    "write_ics",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'longwatch' has no attribute {name!r}")
    home, _, inside = _HOMES[name].partition(":")
    thing = getattr(import_module(f"longwatch.{home}"), inside)
    globals()[name] = thing
    return thing


def __dir__() -> list[str]:
    return sorted(__all__)
