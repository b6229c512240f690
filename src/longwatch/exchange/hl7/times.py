"""Dates and times as HL7 v2 writes them: `YYYYMMDD[HHMM[SS[.S…]]][+ZZZZ]`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

_DAY = re.compile(r"(\d{4})(-?)(\d\d)\2(\d\d)", re.ASCII)
_CLOCK = re.compile(r"([T ]?[\d:.]+)?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_SHORTER = re.compile(r"\d{4}(-?\d\d)?([+-]\d{4})?$", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:\.\d*)?)?)?"
    r"\s*(Z|[+-]\d\d:?\d\d)?$",
    re.ASCII,
)
_OLDEST_YEAR = 1850
"""Before it, a year is a default of the sending program and no date of anybody."""


@lru_cache(maxsize=16_384)
def day(text: str) -> date | None:
    """The calendar date as written, whatever the offset; None when it is less exact than a day.

    Raises:
        ValueError: when it is no date; the message says so in words.

    >>> day("20250331235000-0500"), day("202503")
    (datetime.date(2025, 3, 31), None)
    """
    text = text.strip()
    if not text or text.strip("0") == "" or _SHORTER.match(text):
        return None
    match = _DAY.match(text)
    if match is None or not _CLOCK.fullmatch(text, match.end()):
        raise ValueError(f"'{text[:40]}' is not a date")
    try:
        found = date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        raise ValueError(f"date '{match[0]}' does not exist") from None
    if found.year < _OLDEST_YEAR:
        raise ValueError(f"'{match[0]}' is no date of a living person")
    return found


@lru_cache(maxsize=16_384)
def moment(text: str) -> datetime | None:
    """When a message was sent: UTC where it states an offset, else the sender's clock as written.

    Returns:
        A time without zone, None when absent or unreadable: it only orders messages.

    >>> moment("20250331235000-0500")
    datetime.datetime(2025, 4, 1, 4, 50)
    """
    match = _MOMENT.match(text.strip())
    if match is None:
        return None
    year, _, month, this_day, hour, minute, second, offset = match.groups()
    try:
        clock = datetime(  # noqa: DTZ001 - the offset is taken off below
            int(year), int(month), int(this_day), int(hour or 0), int(minute or 0), int(second or 0)
        )
        if offset and offset != "Z":
            sign = -1 if offset[0] == "-" else 1
            ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
            clock = clock.replace(tzinfo=timezone(sign * ahead))
            clock = clock.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return clock
