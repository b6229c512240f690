"""The words of the scan: codes, and the flat arrays that go in and come out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LIKE = 1e-9
"""Computed scores closer than this are equal: 20 % of 5.1 is not exact in binary."""

NONE = -1
CDW, CDI = 0, 1
UNCLASSIFIED, RAW, PIRA, UNDEFINED = 0, 1, 2, 3
FIRST_CDW, FIRST_CDI, FIRST, FIRST_PIRA, FIRST_RAW, MULTIPLE = 0, 1, 2, 3, 4, 5
LAST_VISIT, TOO_EARLY, NO_VISIT, RELAPSE, NOT_ALLOWED, REVERTED, NOT_SUSTAINED = 0, 1, 2, 3, 4, 5, 6
FROM_BASELINE, FROM_LAST, FROM_LAST_DELTA = 0, 1, 2
PERSON, KIND, TYPE, ONSET, BASE, REFERENCE, CONFIRMED, HELD_TO, WINDOWS = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""Columns of an event; from WINDOWS on, for each window: its confirmation, that of a PIRA."""
REASON = 4


class Plan(NamedTuple):
    """A rule as numbers."""

    sign: float
    rise: np.ndarray
    fall: np.ndarray
    improvement_from: float
    event: int
    classify: bool
    moves_on_cdw: bool
    moves_on_cdi: bool
    from_confirmation: bool
    small_cdw: bool
    small_cdi: bool
    any_change: bool
    extrema: int
    rebaseline: bool
    never_better: bool
    low: np.ndarray
    high: np.ndarray
    intermediate: bool
    sustained: float
    impute: float
    to_base: np.ndarray
    to_event: np.ndarray
    to_confirm: np.ndarray
    associated: np.ndarray
    early_relapses: bool
    free_from: int
    free: np.ndarray
    """Rows reference, onset, confirmation: days before, after; nan joins two intervals."""
    list_unconfirmed: bool


class Visits(NamedTuple):
    """Everybody's visits and relapses, one after the other; person i's begin at `at[i]`."""

    at: np.ndarray
    day: np.ndarray
    value: np.ndarray
    allowed: np.ndarray
    relapse_at: np.ndarray
    relapse: np.ndarray


class Work(NamedTuple):
    """Space for one person: values (a baseline may be lifted), days since and to a relapse."""

    value: np.ndarray
    since: np.ndarray
    until: np.ndarray


class Found(NamedTuple):
    """What was found: how many events and candidates; rows beyond the space are only counted."""

    used: np.ndarray
    events: np.ndarray
    values: np.ndarray
    candidates: np.ndarray
    candidate_values: np.ndarray
