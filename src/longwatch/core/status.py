"""The closed lists of words that tables carry: statuses, tiers, result states."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where one patient stands with one activity (design section 6)."""

    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    NOT_YET = "not-yet"
    DUE = "due"
    OVERDUE = "overdue"
    ENDED = "ended"


REASSURING = frozenset({Status.NOT_APPLICABLE, Status.NOT_YET, Status.ENDED})
"""Statuses that tell a nurse to do nothing: missing data must never lead to one of them."""


class Tier(StrEnum):
    """How fast somebody must act, most urgent first (design section 7)."""

    EMERGENCY = "emergency"
    SAME_DAY = "same-day"
    HOURS_48 = "48-hours"
    WEEK = "week"
    ROUTINE = "routine"


TIERS = tuple(Tier)


class ResultStatus(StrEnum):
    """State of a laboratory result; a missing one counts as final."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"


class InfusionStatus(StrEnum):
    """State of an infusion day; a missing one counts as given."""

    PLANNED = "planned"
    GIVEN = "given"
    NOT_DONE = "not-done"


class Sex(StrEnum):
    """Administrative sex, as in FHIR."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"
