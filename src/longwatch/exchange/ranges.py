"""Reference ranges as laboratories print them."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER = r"[-+]?\d[\d.,]*"
_BETWEEN = re.compile(
    rf"\[?\s*({_NUMBER})\s*(?:-|–|—|to|\.\.)\s*({_NUMBER})\s*\]?(.*)", re.IGNORECASE
)
_BELOW = re.compile(rf"\[?\s*(?:<\s*=?|≤|up to)\s*({_NUMBER})\s*\]?(.*)", re.IGNORECASE)
_ABOVE = re.compile(rf"\[?\s*(?:>\s*=?|≥)\s*({_NUMBER})\s*\]?(.*)", re.IGNORECASE)


@lru_cache(maxsize=8_192)
def limits(text: str, unit: str | None) -> tuple[str | None, str | None]:
    """Lower and upper limit in a reference range, as written; None for what it does not state.

    A unit behind the numbers must be the unit of the result, else the range is only a text.

    >>> limits("[ 150 - 450 ]", None), limits("4300 to 10800", None), limits("< 5.0", None)
    (('150', '450'), ('4300', '10800'), (None, '5.0'))
    >>> limits("<10 ug/dL", "ug/L"), limits("Negative", None)
    ((None, None), (None, None))
    """
    text = text.strip()
    for pattern, low, high in ((_BETWEEN, 1, 2), (_BELOW, 0, 1), (_ABOVE, 1, 0)):
        match = pattern.fullmatch(text)
        if match is not None:
            rest = match[match.lastindex or 0].strip(" []").casefold()
            if rest and rest != (unit or "").casefold():
                return None, None
            return (match[low] if low else None, match[high] if high else None)
    return None, None
