"""Chance that is the same on every machine and every Python: only `random()` is relied upon."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """One stream of chance per person and purpose, so that changing one person changes no other.

    >>> Dice("seed", "N1001").whole(1, 6) == Dice("seed", "N1001").whole(1, 6)
    True
    """

    def __init__(self, *seed: object) -> None:
        # Not for secrets: a sample must come out the same each time.
        self._random = random.Random("/".join(map(str, seed)))  # noqa: S311

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def uniform(self, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        return low + self._random.random() * (high - low)

    def one_of(self, options: Sequence[T]) -> T:
        """One of the options, each as likely."""
        return options[self.whole(0, len(options) - 1)]

    def normal(self) -> float:
        """Mean 0, spread 1, never beyond 6: the sum of twelve uniform numbers.

        `random.gauss` may change between Python versions, and its tails would give healthy
        people alarms that no story explains.
        """
        return sum(self._random.random() for _ in range(12)) - 6

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a new order."""
        return sorted(items, key=lambda _: self._random.random())
