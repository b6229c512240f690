"""Running the scan: a rule as numbers, space for the answers, Python for few, Numba for many."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from longwatch.endpoints import scan
from longwatch.endpoints.rule import Rule
from longwatch.endpoints.scan_words import WINDOWS, Found, Plan, Visits, Work

Engine = Literal["auto", "python", "compiled"]

_FEW_VISITS = 100_000
"""Up to so many visits plain Python answers in less time than loading Numba takes."""

_EVENTS = ("firstCDW", "firstCDI", "first", "firstPIRA", "firstRAW", "multiple")
_EXTREMA = ("none", "strict", "all")
_FROM = ("baseline", "last", "last_delta")
_COLUMNS_OF_A_CANDIDATE = 5

_ready = False
"""Has the compiled scan run in this process? Then it also answers for few."""


def plan_of(rule: Rule, unconfirmed: bool = False) -> Plan:
    """A rule as the numbers that the scan reads.

    >>> plan_of(Rule.preset("msprog")).low.tolist()
    [77.0]
    """
    windows = np.array(rule.windows, float)
    free = [rule.free_reference, rule.free_event, rule.free_confirmation]
    typed = rule.event in ("firstPIRA", "firstRAW")
    return Plan(
        sign=1.0 if rule.worse == "higher" else -1.0,
        rise=np.array(rule.rise, float),
        fall=np.array(rule.fall, float),
        improvement_from=rule.improvement_from,
        event=_EVENTS.index(rule.event),
        classify=(rule.classify or typed) and rule.event != "firstCDI",
        moves_on_cdw=rule.baseline in ("roving", "roving_wors"),
        moves_on_cdi=rule.baseline in ("roving", "roving_impr"),
        from_confirmation=rule.proceed_from == "firstconf",
        small_cdw=rule.baseline in ("roving", "roving_wors")
        and rule.sub_threshold in ("event", "worsening"),
        small_cdi=rule.baseline in ("roving", "roving_impr")
        and rule.sub_threshold in ("event", "improvement"),
        any_change=rule.sub_threshold != "none",
        extrema=_EXTREMA.index(rule.skip_extrema),
        rebaseline=rule.rebaseline_after_relapse,
        never_better=rule.baseline_never_better,
        low=windows[:, 0].copy(),
        high=windows[:, 1].copy(),
        intermediate=rule.intermediate,
        sustained=rule.sustained,
        impute=rule.impute_last,
        to_base=np.array(rule.relapse_to_baseline, float),
        to_event=np.array(rule.relapse_to_event, float),
        to_confirm=np.array(rule.relapse_to_confirmation, float),
        associated=np.array(rule.relapse_associated, float),
        early_relapses=rule.early_relapses,
        free_from=_FROM.index(rule.free_from),
        free=np.array([[math.nan if one is None else one for one in pair] for pair in free], float),
        list_unconfirmed=unconfirmed,
    )


def run(plan: Plan, visits: Visits, engine: Engine = "auto") -> Found:
    """Scans everybody; the answers are as long as what was found.

    Inputs:
        engine: `python`, `compiled`, or `auto` (by size).
    """
    step, work = _prepared(visits, engine)
    if step is scan.scan_all:
        visits = Visits(*(part.tolist() for part in visits))
    people = len(visits.at) - 1
    capacity = [max(people, 1), 4 * max(people, 1) if plan.list_unconfirmed else 1]
    while True:
        found = _space(plan, capacity[0], capacity[1])
        step(plan, visits, work, found)
        used = [int(one) for one in found.used]
        if used[0] <= capacity[0] and used[1] <= capacity[1]:
            return Found(
                found.used,
                found.events[: used[0]],
                found.values[: used[0]],
                found.candidates[: used[1]],
                found.candidate_values[: used[1]],
            )
        capacity = [max(capacity[0], used[0]), max(capacity[1], used[1])]


def _prepared(visits: Visits, engine: Engine) -> tuple[Callable[..., Any], Work]:
    most = int(np.diff(visits.at).max(initial=1))
    if engine == "compiled" or (engine == "auto" and (_ready or len(visits.day) > _FEW_VISITS)):
        return _compiled(), Work(*(np.zeros(most) for _ in Work._fields))
    return scan.scan_all, Work(*([0.0] * most for _ in Work._fields))  # type: ignore[arg-type]


def _compiled() -> Callable[..., Any]:
    global _ready
    from longwatch.endpoints.scan_compiled import compiled_scan

    _ready = True
    return compiled_scan()


def _space(plan: Plan, events: int, candidates: int) -> Found:
    return Found(
        used=np.zeros(2, np.int64),
        events=np.zeros((events, WINDOWS + 2 * len(plan.low)), np.int64),
        values=np.zeros((events, 2)),
        candidates=np.zeros((candidates, _COLUMNS_OF_A_CANDIDATE), np.int64),
        candidate_values=np.zeros(candidates),
    )
