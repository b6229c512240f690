"""Dates in laboratory CSV, by the one format that the mapping states."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

_PARTS = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{1,2})"}
_CLOCK = (
    r"(?:[ T]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?"
    r"\s*(?:Z|[+-]\d\d:?\d\d)?)?"
)
_SERIAL = re.compile(r"\d{1,6}(\.\d+)?", re.ASCII)
_FIRST_SERIAL, _LAST_SERIAL = 61, 100_000
_EPOCH = {"excel-1900": dt.date(1899, 12, 30), "excel-1904": dt.date(1904, 1, 1)}
_SWAPPED = {
    "DD/MM/YYYY": "MM/DD/YYYY",
    "MM/DD/YYYY": "DD/MM/YYYY",
    "DD-MM-YYYY": "MM-DD-YYYY",
    "MM-DD-YYYY": "DD-MM-YYYY",
}
_OLDEST_YEAR = 1850


@lru_cache(maxsize=65_536)
def read_moment(text: str, style: str) -> dt.datetime:
    """A date with an optional time of day, as written there; midnight when there is none.

    Raises:
        ValueError: when the text does not fit the style; the message says so in words.

    >>> read_moment("03/04/2025 8:30", "DD/MM/YYYY").date()
    datetime.date(2025, 4, 3)
    """
    if style in _EPOCH:
        return _from_serial(text, style)
    match = _pattern(style).fullmatch(text.strip())
    if match is None:
        if _SERIAL.fullmatch(text.strip()) and style != "YYYYMMDD":
            raise ValueError(
                f"'{text[:40]}' looks like a spreadsheet's day number, the mapping states {style}"
            )
        raise ValueError(f"'{text[:40]}' is not written as {style}")
    parts = {name: int(found) for name, found in match.groupdict(default="0").items()}
    try:
        moment = dt.datetime(**parts)  # type: ignore[arg-type]  # noqa: DTZ001 - clinic's clock
    except ValueError:
        raise ValueError(f"date '{text[:40]}' does not exist") from None
    if moment.year < _OLDEST_YEAR:
        raise ValueError(f"'{text[:40]}' is no date of a living person")
    return moment


def fits_swapped(text: str, style: str) -> bool:
    """Whether the text is wrong in this style, and right with day and month exchanged.

    >>> fits_swapped("04/13/2025", "DD/MM/YYYY"), fits_swapped("04/03/2025", "DD/MM/YYYY")
    (True, False)
    """
    if style not in _SWAPPED:
        return False
    try:
        read_moment(text, style)
    except ValueError:
        try:
            read_moment(text, _SWAPPED[style])
        except ValueError:
            return False
        return True
    return False


@lru_cache
def _pattern(style: str) -> re.Pattern[str]:
    text = re.escape(style)
    for name, part in _PARTS.items():
        text = text.replace(name, part if style != "YYYYMMDD" else part.replace("1,2", "2"))
    return re.compile(text + _CLOCK, re.ASCII)


def _from_serial(text: str, style: str) -> dt.datetime:
    if not _SERIAL.fullmatch(text.strip()):
        raise ValueError(f"'{text[:40]}' is not a spreadsheet's day number, as the mapping states")
    serial = float(text)
    # Below 61 Excel counts a 29 February 1900 that never was.
    if not _FIRST_SERIAL <= serial <= _LAST_SERIAL:
        raise ValueError(f"'{text[:40]}' is no day number of a living person")
    day = _EPOCH[style] + dt.timedelta(days=int(serial))
    return dt.datetime.combine(day, dt.time()) + dt.timedelta(
        minutes=round((serial - int(serial)) * 24 * 60)
    )
