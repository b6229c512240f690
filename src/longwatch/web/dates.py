"""Dates with the name of the month, as the language of the page writes them."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from django.utils import formats
from django.utils.translation import get_language

_JOINED = {"es": r" \d\e "}
"""What stands between day, month and year; elsewhere a blank."""


def in_order(value: date, parts: str) -> str:
    """A date in words.

    Inputs:
        parts: Django's letters with blanks: `l j F Y` for weekday, day, month and year.

    >>> import django.conf; django.conf.settings.configured or django.conf.settings.configure()
    >>> in_order(date(2026, 12, 7), "j F Y")
    '7 December 2026'
    """
    # The day of a moment depends on the zone of the request, too: only days are kept.
    make = _made if isinstance(value, datetime) else _kept
    return make(value, parts, get_language())


def _made(value: date, parts: str, language: str | None) -> str:
    joined = _JOINED.get((language or "en")[:2], " ")
    weekday, blank, rest = parts.partition("l ")
    shown = (rest if blank else weekday).replace(" ", joined)
    words = str(formats.date_format(value, f"l {shown}" if blank else shown))
    # Django writes short months with a capital, which Spanish never does.
    return words.lower() if joined != " " else words


_kept = lru_cache(maxsize=20_000)(_made)


def day_words(value: date) -> str:
    """7 December 2026; 7 de diciembre de 2026."""
    return in_order(value, "j F Y")
