"""The scan: one person's visits in order of days, and the confirmed changes among them.

The text is plain Python over flat arrays: `scan_run` runs it as it stands for few people, and
`scan_compiled` gives the same text to Numba for many. The meaning of each setting follows the
documentation of the R package msprog 1.0.0 (MIT).

For one person, until nothing is left: 1. move the baseline off relapses and local extrema; 2. find
the next visit that differs enough; 3. with new baselines after relapses, first pass the relapse;
4. judge it: improvement, smaller improvement, worsening, smaller worsening, or nothing; 5. go on
behind it.
"""

from __future__ import annotations

import numpy as np

from longwatch.endpoints.scan_judging import (
    better_bar,
    distances,
    extremum,
    first_free,
    first_in,
    holds,
    is_sustained,
    reference_of,
    seeks,
    wanted,
    why_unconfirmed,
    worse_bar,
)
from longwatch.endpoints.scan_noting import in_order, note_candidate, note_event
from longwatch.endpoints.scan_words import (
    CDI,
    CDW,
    FIRST_PIRA,
    FIRST_RAW,
    FROM_LAST,
    FROM_LAST_DELTA,
    LIKE,
    MULTIPLE,
    NONE,
    NOT_SUSTAINED,
    PIRA,
    RAW,
    UNCLASSIFIED,
    UNDEFINED,
    WINDOWS,
    Found,
    Plan,
    Visits,
    Work,
)


def scan_all(plan: Plan, visits: Visits, work: Work, found: Found) -> None:
    """Scans everybody."""
    for person in range(len(visits.at) - 1):
        start = found.used[0]
        scan_person(plan, visits, work, found, person)
        if plan.event == MULTIPLE and plan.rebaseline:
            in_order(found, start)


def scan_person(plan: Plan, everybody: Visits, work: Work, found: Found, person: int) -> None:
    """Scans one person."""
    begin, end = everybody.at[person], everybody.at[person + 1]
    visits = end - begin
    if visits < 2:
        return
    first, last = everybody.relapse_at[person], everybody.relapse_at[person + 1]
    if not plan.early_relapses:
        opens = everybody.day[begin] - plan.to_base[0]
        while first < last and everybody.relapse[first] < opens:
            first += 1
    distances(everybody, begin, end, first, last, work)
    day, allowed = everybody.day[begin:end], everybody.allowed[begin:end]
    value = work.value
    base, search, relapse = 0, 1, first
    before = np.nan
    while True:
        while base < visits and (
            work.since[base] < plan.to_base[0]
            or work.until[base] < plan.to_base[1]
            or extremum(plan, value, visits, base)
        ):
            base += 1
        if base >= visits - 1:
            return
        while relapse < last and everybody.relapse[relapse] <= day[base]:
            relapse += 1
        search = max(search, base + 1)
        if plan.never_better and plan.sign * (before - value[base]) > 0:
            value[base] = before
        before = value[base]
        worse, better = worse_bar(plan, before), better_bar(plan, before)
        onset = search
        while onset < visits and not (
            work.since[onset] >= plan.to_event[0]
            and work.until[onset] >= plan.to_event[1]
            and (
                plan.sign * (value[onset] - before) >= (LIKE if plan.any_change else worse)
                or plan.sign * (before - value[onset]) >= (LIKE if plan.any_change else better)
            )
        ):
            onset += 1
        if onset == visits:
            return
        wait = 0.0 if plan.event == FIRST_PIRA else plan.associated[0]
        if plan.rebaseline and relapse < last and day[onset] > everybody.relapse[relapse] + wait:
            search = onset
        else:
            base, search, done = judge(
                plan, everybody, work, found, person, day, allowed, first, last, base, onset,
                worse, better,
            )  # fmt: skip
            if done:
                return
        if plan.rebaseline and search < visits:
            row = first
            while row < last and everybody.relapse[row] <= day[base]:
                row += 1
            if row < last and everybody.relapse[row] + wait < day[search]:
                if relapse < last:
                    while base < visits and day[base] < everybody.relapse[relapse]:
                        base += 1
                search = base + 1
                if base >= visits - 1:
                    return


def judge(
    plan: Plan,
    everybody: Visits,
    work: Work,
    found: Found,
    person: int,
    day: np.ndarray,
    allowed: np.ndarray,
    first: int,
    last: int,
    base: int,
    onset: int,
    worse: float,
    better: float,
) -> tuple[int, int, bool]:
    """Judges one change; returns the baseline and where to go on, and whether all is found."""
    visits = len(day)
    value = work.value
    from_value = value[base]
    sign = plan.sign if plan.sign * (value[onset] - from_value) > 0 else -plan.sign
    is_cdi = sign != plan.sign
    least = better if is_cdi else worse
    moves = plan.moves_on_cdi if is_cdi else plan.moves_on_cdw
    confirming = first_in(plan, work, day, allowed, onset, onset + 1, visits, NONE)
    enough = bool(sign * (value[onset] - from_value) >= least)
    check = (onset + 1) if plan.intermediate else confirming
    confirmed = confirming != NONE and holds(value, from_value, sign, least, check, confirming)
    imputed = (
        not is_cdi
        and not confirmed
        and onset == visits - 1
        and day[onset] - day[0] < plan.impute + LIKE
        and plan.impute > 0
    )
    of_use = not is_cdi or seeks(plan.event, is_cdi) or plan.moves_on_cdi
    if not (enough and of_use and (confirmed or imputed)):
        small = plan.small_cdi if is_cdi else plan.small_cdw
        if small and confirming != NONE and holds(value, from_value, sign, LIKE, check, confirming):
            base = confirming if plan.from_confirmation else onset
            return base, base + 1, False
        if plan.list_unconfirmed and enough and seeks(plan.event, is_cdi):
            reason = why_unconfirmed(plan, day, allowed, onset, visits, confirming)
            note_candidate(plan, found, person, onset, base, reason, from_value)
        return base, onset + 1, False
    if imputed:
        confirming = onset
    lost = confirming + 1
    while lost < visits and sign * (value[lost] - from_value) >= least:
        lost += 1
    valid = is_sustained(plan, value, day, visits, onset, lost, from_value, sign, least)
    cdw_type = UNCLASSIFIED
    if valid:
        reference = reference_of(plan, value, visits, onset, confirming, sign, is_cdi)
        before = base
        if plan.free_from == FROM_LAST:
            before = onset - 1
        elif plan.free_from == FROM_LAST_DELTA:
            before = reference
        if plan.classify and not is_cdi:
            near = work.since[onset] <= plan.associated[0]
            if near or work.until[onset] <= plan.associated[1]:
                cdw_type = RAW
                skip = plan.event == FIRST_PIRA
            else:
                free = first_free(
                    plan, everybody, work, day, allowed, first, last, before, onset, confirming,
                    lost, NONE,
                )  # fmt: skip
                cdw_type = PIRA if free != NONE else UNDEFINED
                skip = plan.event == FIRST_RAW
            if skip and not plan.moves_on_cdw:
                return base, onset + 1, False
        if wanted(plan.event, CDI if is_cdi else CDW, cdw_type):
            places = (onset, base, reference, NONE if imputed else confirming, lost - 1)
            row = note_event(
                found, person, CDI if is_cdi else CDW, cdw_type, places, from_value,
                value[reference],
            )  # fmt: skip
            if row != NONE and not imputed:
                for window in range(len(plan.low)):
                    column = WINDOWS + 2 * window
                    found.events[row, column] = first_in(
                        plan, work, day, allowed, onset, onset + 1, lost, window
                    )
                    if cdw_type == PIRA:
                        found.events[row, column + 1] = first_free(
                            plan, everybody, work, day, allowed, first, last, before, onset,
                            confirming, lost, window,
                        )  # fmt: skip
            if plan.event != MULTIPLE:
                return base, onset + 1, True
    else:
        note_candidate(plan, found, person, onset, base, NOT_SUSTAINED, from_value)
    forward = confirming if plan.from_confirmation else onset
    if imputed:
        return base, onset + 1, False
    if moves:
        return forward, forward + 1, False
    if not valid or (plan.event in (FIRST_PIRA, FIRST_RAW) and not is_cdi):
        return base, onset + 1, False
    return base, forward + 1, False
