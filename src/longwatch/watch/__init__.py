"""The watch: what is due, overdue or abnormal, for whom, why, and how fast somebody must act."""

import sys
from types import ModuleType
from typing import Any

from longwatch.watch.api import Outcome as Outcome
from longwatch.watch.api import watch as watch
from longwatch.watch.explain_tree import Why as Why
from longwatch.watch.plan import Plan as Plan
from longwatch.watch.plan import PlanItem as PlanItem
from longwatch.watch.plan import plan as plan


class _Callable(ModuleType):
    """Lets `longwatch.watch(…)` mean the function: package and function share their name."""

    def __call__(self, *arguments: Any, **named: Any) -> Outcome:
        return watch(*arguments, **named)


sys.modules[__name__].__class__ = _Callable
