"""JSON read strictly: what two readers could understand differently is refused.

Numbers become `Decimal` (a float turns 24.95 into something else), a key given twice, NaN, nesting
without end and numbers of a thousand digits are refused with words.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from longwatch.core.errors import ExchangeError, Problem

MAX_DIGITS = 40
"""More digits than any measurement has; a longer number is damage or an attack."""

MAX_DEPTH = 60
"""Deeper than any FHIR resource in a Bundle; keeps every walk over a document harmless."""


class BadJsonError(ExchangeError):
    """The text is not JSON, or not JSON that everybody reads alike."""


def parse_json(text: str, where: str = "") -> Any:
    """The JSON value in `text`; every number with a decimal point or not becomes `Decimal`.

    Inputs:
        text: one JSON document.
        where: file (and line) for the message.

    Returns:
        dict, list, str, Decimal, bool or None.

    Raises:
        BadJsonError: with the place and what is wrong.

    >>> parse_json('{"value": 24.950}')
    {'value': Decimal('24.950')}
    """
    try:
        value = _DECODER.decode(text)
        if text.count("{") + text.count("[") >= MAX_DEPTH or "\\u" in text or not text.isascii():
            _check(value)
    except json.JSONDecodeError as error:
        place = (
            f"{where}:{error.lineno}:{error.colno}" if where else f"{error.lineno}:{error.colno}"
        )
        raise BadJsonError(
            Problem(f"not JSON: {error.msg}", place, how="send the file again, whole")
        ) from None
    except RecursionError:
        raise BadJsonError(
            Problem("nested too deeply", where, how="no FHIR resource is nested like this")
        ) from None
    except _RefusedError as error:
        raise BadJsonError(Problem(str(error), where, how=error.how)) from None
    return value


def dump_json(value: Any) -> str:
    """Compact JSON of what `parse_json` gave, every digit of its numbers kept.

    >>> dump_json({"value": Decimal("24.950"), "ok": True})
    '{"value":24.950,"ok":true}'
    """
    if isinstance(value, dict):
        inside = ",".join(f"{json.dumps(key)}:{dump_json(item)}" for key, item in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{','.join(map(dump_json, value))}]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


class _RefusedError(Exception):
    def __init__(self, what: str, how: str) -> None:
        super().__init__(what)
        self.how = how


def _number(text: str) -> Decimal:
    if len(text) > MAX_DIGITS:
        raise _RefusedError(
            f"a number of {len(text)} characters", "no measurement has so many digits"
        )
    number = Decimal(text)
    if abs(number.adjusted()) > MAX_DIGITS:
        raise _RefusedError(
            f"number {text} is beyond every measurement", "check the sending system"
        )
    return number


def _refuse_constant(word: str) -> Any:
    raise _RefusedError(
        f"{word} is not a JSON number", "leave the value out and say why it is missing"
    )


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedError(
                    f"the key {key!r} is given twice in one object",
                    "two readers would take two different values: keep one",
                )
            seen.add(key)
    return found


_DECODER = json.JSONDecoder(
    parse_float=_number,
    parse_int=_number,
    parse_constant=_refuse_constant,
    object_pairs_hook=_unique_keys,
)


def _check(value: Any) -> None:
    """Refuses what no file can hold: nesting without end, half of a surrogate pair in a string."""
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
                below.extend(item)
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str) and not item.isascii():
                try:
                    item.encode("utf-8")
                except UnicodeEncodeError:
                    raise _RefusedError(
                        "a text with half of a character (a lone surrogate)",
                        "send the text as UTF-8",
                    ) from None
        if not below:
            return
        level = below
    raise _RefusedError("nested too deeply", "no FHIR resource is nested like this")
