"""The small parts of FHIR resources: codes, dates, references, quantities, as Python values.

Every function takes whatever JSON holds there; what is not of the expected shape reads as absent,
so that a damaged element can be reported by the reader and never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, TypeAlias

from longwatch.exchange.intake import LOINC, Code

Json: TypeAlias = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*)?", re.DOTALL)


class BadDateError(ValueError):
    """A date that is there and cannot be used; the sentence says why."""


def objects(value: Any) -> list[Json]:
    """The JSON objects in `value`, which should be a list (a single object counts as one).

    >>> objects([{"a": 1}, 3, None])
    [{'a': 1}]
    """
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """A string, stripped; '' for anything else.

    >>> text_of("  final "), text_of(3)
    ('final', '')
    """
    return value.strip() if isinstance(value, str) else ""


def codes_of(concept: Any) -> tuple[Code, ...]:
    """The codings of a CodeableConcept, LOINC first; its text alone when there is no coding.

    >>> codes_of({"coding": [{"system": "x", "code": "1"}], "text": "Platelets"})
    (Code(system='x', code='1', text='Platelets'),)
    """
    if not isinstance(concept, dict):
        return ()
    words = text_of(concept.get("text"))
    found = [
        Code(
            text_of(coding.get("system")),
            text_of(coding.get("code")),
            text_of(coding.get("display")) or words,
        )
        for coding in objects(concept.get("coding"))
    ]
    found = [code for code in found if code.code or code.text]
    if not found and words:
        return (Code("", "", words),)
    return tuple(sorted(found, key=lambda code: code.system != LOINC))


def words_of(concept: Any) -> str:
    """What a person would read of a CodeableConcept: its text, a display, or a code."""
    if not isinstance(concept, dict):
        return ""
    return text_of(concept.get("text")) or next(
        (code.text or code.code for code in codes_of(concept)), ""
    )


def day_of(value: Any, zone: tzinfo | None = None) -> date | None:
    """The calendar date of a FHIR date, dateTime or instant.

    Inputs:
        value: `2025-03-03`, `2025-03-03T23:50:00+01:00`.
        zone: the clinic's time zone; with it a moment that states its offset is told in clinic
            time, without it the date stays as written by the sender.

    Returns:
        None when `value` is absent.

    Raises:
        BadDateError: for a year or month alone, a date that does not exist, anything else.

    >>> day_of("2025-03-03T23:50:00+01:00")
    datetime.date(2025, 3, 3)
    """
    if value is None or value == "":
        return None
    match = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise BadDateError(
            f"{str(value)[:40]!r} is not a calendar day (a year or month is not enough)"
        )
    if match[2] and zone is not None:
        moment = moment_of(value)
        if moment is None:
            raise BadDateError(f"{value[:40]!r} is not a moment")
        return moment.astimezone(zone).date() if moment.tzinfo else moment.date()
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        raise BadDateError(f"date {match[1]!r} does not exist") from None


def moment_of(value: Any) -> datetime | None:
    """A dateTime or instant with its offset; None when absent, a plain date, or not a moment.

    >>> moment_of("2025-03-03T23:50:00.5+01:00").isoformat()
    '2025-03-03T23:50:00.500000+01:00'
    """
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None


def plain_utc(moment: datetime | None) -> datetime | None:
    """UTC without offset where an offset is stated, else the clock as written.

    >>> plain_utc(moment_of("2025-03-03T00:30:00+01:00"))
    datetime.datetime(2025, 3, 2, 23, 30)
    """
    if moment is None or moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None


def wall_clock(value: Any, zone: tzinfo | None) -> datetime | None:
    """A moment as the clinic's wall clock shows it (without offset)."""
    moment = moment_of(value)
    if moment is None:
        return None
    if zone is not None and moment.tzinfo is not None:
        moment = moment.astimezone(zone)
    return moment.replace(tzinfo=None)


def number_text(value: Any) -> str | None:
    """A JSON number as plain digits; None for anything else, a number in quotes included.

    >>> number_text(Decimal("24.950")), number_text("24.950"), number_text(Decimal("1E+3"))
    ('24.950', None, '1000')
    """
    return format(value, "f") if isinstance(value, Decimal) else None


def unit_of(quantity: Json) -> str | None:
    """The unit of a Quantity: its UCUM code, else its words."""
    code, words = text_of(quantity.get("code")), text_of(quantity.get("unit"))
    if text_of(quantity.get("system")) == UCUM and code:
        return code
    return words or code or None


def extensions(resource: Json, url: str) -> Iterator[Json]:
    """The extensions of `resource` with this url."""
    return (part for part in objects(resource.get("extension")) if part.get("url") == url)
