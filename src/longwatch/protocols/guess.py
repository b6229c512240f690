"""Guessing what a misspelled word was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The nearest known word; None when none is near.

    >>> nearest("grac", ["grace", "early"])
    'grace'
    """
    words = sorted(set(known))
    by_lower = {known_word.lower(): known_word for known_word in words}
    near = get_close_matches(word.lower().replace(" ", "_"), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question with the nearest known word; empty when none is near.

    >>> did_you_mean("grac", ["grace", "early"])
    "did you mean 'grace'?"
    """
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else ""
