"""The settings of a rule brought into one form, and those that make no sense refused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.endpoints.rule import Rule

_FLAGS = (
    "classify", "rebaseline_after_relapse", "baseline_never_better", "recount", "intermediate",
    "early_relapses", "relapses_confirmed",
)  # fmt: skip
_DAYS = ("sustained", "impute_last", "relapse_hours", "relapse_apart", "neda_grace")
_PAIRS = (
    "relapse_to_baseline", "relapse_to_event", "relapse_to_confirmation", "relapse_associated",
)  # fmt: skip
_INTERVALS = ("free_reference", "free_event", "free_confirmation")
NEDA = ("relapse", "worsening", "mri")
"""The components that NEDA can have, in the order in which a failure is named."""


def checked(rule: Rule) -> dict[str, Any]:
    """The settings in their one form, so that equal rules are equal and hashable.

    Raises:
        UsageError: every setting that makes no sense, with why.
    """
    from longwatch.endpoints.rule import choices

    problems: list[Problem] = []
    form: dict[str, Any] = {}

    def take(name: str, change: Any, how: str) -> None:
        value = getattr(rule, name)
        try:
            form[name] = change(value)
        except (TypeError, ValueError):
            problems.append(Problem(f"{name} = {value!r} makes no sense", "rule", how=how))

    for name, words in choices().items():
        take(name, lambda value, words=words: _one_of(value, words), f"one of {', '.join(words)}")
    for name in _FLAGS:
        take(name, _flag, "True or False")
    for name in (*_DAYS, "improvement_from"):
        take(name, _days, "a number from 0 on, or inf")
    for name in _PAIRS:
        take(name, _pair, "days before, or (days before, days after)")
    for name in _INTERVALS:
        take(name, _interval, "(days before, days after); None joins the interval to its neighbor")
    for name in ("rise", "fall"):
        take(name, _steps, "[(up to baseline, points), …], the last one up to inf")
    take("scale", _scale, "(lowest, highest, step)")
    take("confirm", _confirm, "days from onset to confirmation, ascending")
    take("tolerance", _tolerance, "(days before, days after), or one pair for each window")
    take("neda", lambda value: _subset(value, NEDA), f"some of {', '.join(NEDA)}")
    if problems:
        raise UsageError(problems)
    _together(rule, form)
    return form


def _together(rule: Rule, form: dict[str, Any]) -> None:
    """Refuses settings that do not go together."""
    each = form["tolerance"]
    if isinstance(each[0], tuple) and len(each) != len(form["confirm"]):
        raise UsageError(
            Problem(
                f"{len(each)} tolerances for {len(form['confirm'])} confirmation windows",
                "rule",
                how="give one pair for all, or one for each window",
            )
        )
    if form["recount"]:
        return
    event, baseline = form["event"], form["baseline"]
    if event == "multiple" and baseline != "roving":
        raise UsageError(
            Problem(
                f"event 'multiple' with baseline {baseline!r} counts one lasting step again "
                "after each of its confirmations",
                "rule",
                how="take baseline 'roving', or ask for it: recount=True",
            )
        )
    free = form["free_from"] == "baseline" and None in (
        form["free_reference"][1],
        form["free_event"][0],
    )
    moves = baseline in ("roving", "roving_wors") or form["rebaseline_after_relapse"]
    if event in ("firstPIRA", "firstRAW") and not moves and not free:
        raise UsageError(
            Problem(
                f"event {event!r} with baseline {baseline!r} judges one lasting step again at each "
                "visit, so that a worsening in a relapse becomes PIRA when the relapse is past",
                "rule",
                how="take baseline 'roving' or 'roving_wors', or ask for it: recount=True",
            )
        )


def _one_of(value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ValueError
    return str(value)


def _flag(value: Any) -> bool:
    if value not in (True, False):
        raise ValueError
    return bool(value)


def _days(value: Any) -> float:
    if isinstance(value, bool | str) or not float(value) >= 0:
        raise ValueError
    return float(value)


def _pair(value: Any) -> tuple[float, float]:
    if isinstance(value, int | float):
        return _days(value), 0.0
    before, after = value
    return _days(before), _days(after)


def _interval(value: Any) -> tuple[float | None, float | None]:
    before, after = value
    return None if before is None else _days(before), None if after is None else _days(after)


def _steps(value: Any) -> tuple[tuple[float, float, float], ...]:
    steps = []
    for one in value:
        up_to, points, *share = one
        steps.append((float(up_to), _days(points), _days(share[0]) if share else 0.0))
    if steps != sorted(steps) or not steps or steps[-1][0] != math.inf:
        raise ValueError
    return tuple(steps)


def _scale(value: Any) -> tuple[float, float, float]:
    low, high, step = (float(one) for one in value)
    if not low < high or step < 0:
        raise ValueError
    return low, high, step


def _confirm(value: Any) -> tuple[int, ...]:
    days = (value,) if isinstance(value, int | float) else tuple(value)
    if not days or any(day != int(day) or day < 0 for day in days) or list(days) != sorted(days):
        raise ValueError
    return tuple(int(day) for day in days)


def _tolerance(value: Any) -> Any:
    if isinstance(value, int | float):
        return _days(value), _days(value)
    pairs = tuple(value)
    if pairs and isinstance(pairs[0], tuple | list):
        return tuple((_days(one), _days(other)) for one, other in pairs)
    one, other = pairs
    return _days(one), _days(other)


def _subset(value: Any, words: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(value, str) or not value or set(value) - set(words):
        raise ValueError
    return tuple(word for word in words if word in value)
