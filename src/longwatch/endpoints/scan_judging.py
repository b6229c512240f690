"""Parts of the scan: how much counts, which visit confirms, whether a change lasts, and why not."""

from __future__ import annotations

import numpy as np

from longwatch.endpoints.scan_words import (
    CDI,
    CDW,
    FIRST,
    FIRST_CDI,
    FIRST_CDW,
    FIRST_PIRA,
    FIRST_RAW,
    LAST_VISIT,
    LIKE,
    MULTIPLE,
    NO_VISIT,
    NONE,
    NOT_ALLOWED,
    PIRA,
    RAW,
    RELAPSE,
    REVERTED,
    TOO_EARLY,
    Plan,
    Visits,
    Work,
)


def bar(steps: np.ndarray, baseline: float) -> float:
    """The least change from a baseline that counts; a change of nothing never does."""
    row = 0
    while baseline > steps[row, 0]:
        row += 1
    return float(max(steps[row, 1] + steps[row, 2] * baseline - LIKE, LIKE))


def worse_bar(plan: Plan, baseline: float) -> float:
    """The least worsening that counts."""
    return bar(plan.rise, baseline)


def better_bar(plan: Plan, baseline: float) -> float:
    """The least improvement that counts; none does from a baseline too low for it."""
    return bar(plan.fall, baseline) if baseline >= plan.improvement_from else np.inf


def extremum(plan: Plan, value: np.ndarray, visits: int, place: int) -> bool:
    """Is a visit a local extremum, and not the bottom or top of an undulating course?"""
    if plan.extrema == 0:
        return False
    here = value[place]
    if place >= 2 and value[place - 2] == here:
        return False
    before = plan.sign * (value[max(place - 1, 0)] - here)
    after = plan.sign * (value[min(place + 1, visits - 1)] - here)
    up = worse_bar(plan, here) if plan.extrema == 1 else LIKE
    down = better_bar(plan, here) if plan.extrema == 1 else LIKE
    return bool((before >= up and after >= up) or (-before >= down and -after >= down))


def holds(value: np.ndarray, base: float, sign: float, least: float, first: int, last: int) -> bool:
    """Does every visit from `first` to `last` show the change?"""
    place = first
    while place <= last and sign * (value[place] - base) >= least:
        place += 1
    return place > last


def in_window(plan: Plan, gap: int, window: int) -> bool:
    """Does a visit so many days after the onset lie in a confirmation window?"""
    return bool(plan.low[window] <= gap <= plan.high[window])


def may_confirm(plan: Plan, work: Work, allowed: np.ndarray, place: int) -> bool:
    """May a visit confirm, whatever its distance from the onset?"""
    return bool(
        work.since[place] >= plan.to_confirm[0]
        and work.until[place] >= plan.to_confirm[1]
        and allowed[place]
    )


def first_in(
    plan: Plan,
    work: Work,
    day: np.ndarray,
    allowed: np.ndarray,
    onset: int,
    begin: int,
    end: int,
    window: int,
) -> int:
    """The first visit from `begin` to before `end` that may confirm in a window (NONE: in any)."""
    for place in range(begin, end):
        gap = day[place] - day[onset]
        for one in range(len(plan.low)):
            if (
                (window == NONE or one == window)
                and in_window(plan, gap, one)
                and may_confirm(plan, work, allowed, place)
            ):
                return place
    return NONE


def why_unconfirmed(
    plan: Plan, day: np.ndarray, allowed: np.ndarray, onset: int, visits: int, confirming: int
) -> int:
    """Why a change was not confirmed: nothing came, too early, did not count, or it reverted."""
    if onset == visits - 1:
        return LAST_VISIT
    if confirming != NONE:
        return REVERTED
    inside = blocked = False
    late = False
    for place in range(onset + 1, visits):
        gap = day[place] - day[onset]
        late = late or gap >= plan.low[0]
        for one in range(len(plan.low)):
            if in_window(plan, gap, one):
                inside = True
                blocked = blocked or bool(allowed[place])
    if inside:
        return RELAPSE if blocked else NOT_ALLOWED
    return NO_VISIT if late else TOO_EARLY


def reference_of(
    plan: Plan,
    value: np.ndarray,
    visits: int,
    onset: int,
    confirming: int,
    sign: float,
    better: bool,
) -> int:
    """The last visit before the onset from which the change would count, too; else the first."""
    for place in range(onset - 1, -1, -1):
        least = better_bar(plan, value[place]) if better else worse_bar(plan, value[place])
        if not sign * (value[onset] - value[place]) >= least:
            continue
        if confirming > onset:
            begin = onset + 1 if plan.intermediate else confirming
            if not holds(value, value[place], sign, least, begin, confirming):
                continue
        if not extremum(plan, value, visits, place):
            return place
    return 0


def relapse_free(
    plan: Plan,
    everybody: Visits,
    first: int,
    last: int,
    before: int,
    onset: int,
    confirming: int,
) -> bool:
    """Is no relapse in the intervals around the days of the visit before, onset, confirmation?"""
    begin = np.nan
    for point in range(3):
        at = before if point == 0 else onset if point == 1 else confirming
        if not np.isnan(plan.free[point, 0]):
            begin = at - plan.free[point, 0]
        if not np.isnan(plan.free[point, 1]):
            end = at + plan.free[point, 1]
            if end > begin:
                for row in range(first, last):
                    if begin <= everybody.relapse[row] <= end:
                        return False
    return True


def first_free(
    plan: Plan,
    everybody: Visits,
    work: Work,
    day: np.ndarray,
    allowed: np.ndarray,
    first: int,
    last: int,
    before: int,
    onset: int,
    confirming: int,
    lost: int,
    window: int,
) -> int:
    """The first confirmation in a window that makes a PIRA (of any window when that is NONE)."""
    if confirming == onset:
        free = relapse_free(plan, everybody, first, last, day[before], day[onset], day[onset])
        return onset if free and window == NONE else NONE
    place = first_in(plan, work, day, allowed, onset, onset + 1, lost, window)
    while place != NONE:
        if relapse_free(plan, everybody, first, last, day[before], day[onset], day[place]):
            return place
        place = first_in(plan, work, day, allowed, onset, place + 1, lost, window)
    return NONE


def is_sustained(
    plan: Plan,
    value: np.ndarray,
    day: np.ndarray,
    visits: int,
    onset: int,
    lost: int,
    base: float,
    sign: float,
    least: float,
) -> bool:
    """Does the change last as long as it must, or to the end of follow-up?"""
    if plan.sustained <= 0:
        return True
    if plan.intermediate:
        return lost == visits or day[lost] - day[onset] >= plan.sustained
    check = visits - 1
    if day[check] - day[onset] >= plan.sustained:
        check = onset + 1
        while day[check] - day[onset] < plan.sustained:
            check += 1
    return bool(sign * (value[check] - base) >= least)


def seeks(event: int, is_cdi: bool) -> bool:
    """Does the rule look for improvements, for worsenings?"""
    if is_cdi:
        return event in (FIRST_CDI, FIRST, MULTIPLE)
    return event != FIRST_CDI


def wanted(event: int, kind: int, cdw_type: int) -> bool:
    """Is this an event that the rule looks for?"""
    if event == FIRST_CDW:
        return kind == CDW
    if event == FIRST_CDI:
        return kind == CDI
    if event == FIRST_PIRA:
        return kind == CDW and cdw_type == PIRA
    if event == FIRST_RAW:
        return kind == CDW and cdw_type == RAW
    return True


def distances(visits: Visits, begin: int, end: int, first: int, last: int, work: Work) -> None:
    """Days since the last and to the next relapse of each visit; a relapse that day is both."""
    row = first
    for place in range(begin, end):
        day = visits.day[place]
        while row < last and visits.relapse[row] <= day:
            row += 1
        work.since[place - begin] = day - visits.relapse[row - 1] if row > first else np.inf
        until = visits.relapse[row] - day if row < last else np.inf
        if row > first and visits.relapse[row - 1] == day:
            until = 0.0
        work.until[place - begin] = until
        work.value[place - begin] = visits.value[place]
