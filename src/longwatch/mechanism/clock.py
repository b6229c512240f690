"""The mechanism's time: days since the first infusion of the first course."""

from __future__ import annotations

DAYS_A_YEAR = 365.25
DAYS_A_MONTH = DAYS_A_YEAR / 12
"""A mean month; only the watch counts calendar months."""
