"""Pictures of the pages: SVG made here, no script, colors by class, words for those who hear."""

from __future__ import annotations

from collections.abc import Callable

WIDE, NARROW = 820, 310


def for_both(key: str, drawn: Callable[[str, int], str]) -> str:
    """A picture twice, for a wide window and for a phone; the style shows the one that fits.

    A wide picture on a phone hides its right end, and there stands where the person is today.
    """
    wide, narrow = drawn(key, WIDE), drawn(f"{key}-narrow", NARROW)
    return f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>'
