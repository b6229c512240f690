"""A protocol pack, turned into small arrays that one scalar function can walk.

Nothing is decided here: every number comes from the pack or the catalogue, in canonical units.
The arrays are the interface between the medicine (data) and the kernel (logic).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from longwatch.core.status import Sex

BASELINE, PREVIOUS = 0, 1
BELOW_BOUND, AT_MOST_BOUND, ABOVE_BOUND, AT_LEAST_BOUND = 0, 1, 2, 3
FALL, RISE = 0, 1
TEST_LEG, EVENT_LEG, INFUSION_LEG = 0, 1, 2
NOT_CONCERNED, CONCERNED, UNCLEAR = 0, 1, 2
PUSH, ALL, ANY, AT_LEAST = 0, 1, 2, 3
SEXES = (Sex.FEMALE, Sex.MALE, Sex.OTHER, Sex.UNKNOWN)
MAX_ITEM_TESTS = 31


class Activities(NamedTuple):
    """The recurring activities; `*_at` are offsets into the flat lists beside them."""

    every: np.ndarray
    first_item: np.ndarray
    early: np.ndarray
    grace: np.ndarray
    per_course: np.ndarray
    stop_test: np.ndarray
    stop_at_least: np.ndarray
    applies: np.ndarray
    """[activity, sex]: NOT_CONCERNED, CONCERNED or UNCLEAR (nobody can tell)."""
    tests_at: np.ndarray
    tests: np.ndarray
    patterns_at: np.ndarray
    patterns: np.ndarray
    order: np.ndarray
    """Rank of the activity by id, for ties on the worklist."""


class Legs(NamedTuple):
    """The leaves of all rules; NaN or -1 where a constraint is not set."""

    kind: np.ndarray
    test: np.ndarray
    pattern: np.ndarray
    days: np.ndarray
    bounds: np.ndarray
    """[leg, 4]: below, at most, above, at least (NaN: none)."""
    limits: np.ndarray
    """[leg, 2, 2]: below and above a limit; each -1/0/1 (none, low, high limit) and its factor."""
    changes: np.ndarray
    """[leg, 2, 4]: FALL and RISE; each amount (NaN: none), is percent, must exceed, against."""
    new: np.ndarray
    consecutive: np.ndarray
    context: np.ndarray
    """1 when the leg is a circumstance: it neither raises nor ends a finding."""
    most: np.ndarray
    """No value can meet the fixed bounds whose lower end is above this ..."""
    least: np.ndarray
    """... or whose upper end is below this."""
    relative: np.ndarray
    """1 when the leg asks for more than fixed bounds: limits or changes."""


class Rules(NamedTuple):
    """The rules as postfix programs over legs: pairs (operation, argument, count)."""

    code_at: np.ndarray
    code: np.ndarray
    """[step, 3]: operation; leg for PUSH, number of operands otherwise; n for AT_LEAST."""
    within: np.ndarray
    tier: np.ndarray
    counts: np.ndarray
    """1 when an active finding of the rule puts somebody on the worklist."""
    legs_at: np.ndarray
    legs: np.ndarray
    simple: np.ndarray
    """1 when the rule is one test leg and needs no span."""
    order: np.ndarray
    """Rank of the rule by id, for ties on the worklist."""


class Rulebook(NamedTuple):
    """What judging needs: rules, their legs, and the usual limits of laboratories."""

    legs: Legs
    rules: Rules
    usual: np.ndarray
    """[test, sex, 4]: lowest and highest usual low limit, lowest and highest usual high limit."""
    limited: np.ndarray
    """[test, low or high limit]: 1 when some leg holds the test against that limit."""


class Program(NamedTuple):
    """Everything the kernel needs of a pack."""

    activities: Activities
    book: Rulebook
    months: int
    step_days: np.ndarray
    step_tier: np.ndarray
    plausible: np.ndarray
    """[test, 2]."""
    grades: np.ndarray
    """[test, grade]: the only values an ordinal test can have; NaN behind the last."""
    zero: np.ndarray
    """Is 0 plausible besides?"""
    rule_count: int
    """How many of `rules` raise findings; those behind them are contraindications."""
    test_count: int
    tier_count: int
