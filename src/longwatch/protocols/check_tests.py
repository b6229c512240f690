"""Checks of tests, units and thresholds against the catalogue of tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from longwatch.core.catalogue import Test, catalogue
from longwatch.core.errors import Problem
from longwatch.protocols.complaints import item_words
from longwatch.protocols.guess import did_you_mean
from longwatch.protocols.model import AnsweredBy, Change, Pack, TestCondition
from longwatch.protocols.model.activities import FirstResult, StopsWhen
from longwatch.protocols.nodes import Node
from longwatch.protocols.walk import Path, parts

_BOUNDS = ("below", "at_most", "above", "at_least")


def check_tests(pack: Pack, root: Node) -> Iterator[Problem]:
    """Tests exist, units convert, thresholds are plausible, bounds leave something between."""
    tests = catalogue().tests
    for path, part in parts(pack):
        if isinstance(part, AnsweredBy):
            for index, name in enumerate(part.tests):
                yield from _known(name, tests, root, (*path, "tests", index))
        elif isinstance(part, TestCondition):
            yield from _empty(part, root, path)
            yield from _changes(part, tests, root, path)
            yield from _test_and_unit(part, tests, root, path)
        elif isinstance(part, StopsWhen | FirstResult):
            yield from _test_and_unit(part, tests, root, path)


def _known(name: str, tests: Mapping[str, Test], root: Node, path: Path) -> Iterator[Problem]:
    if name not in tests:
        what = f"{item_words(root, path)}there is no test {name!r} in the catalogue"
        how = did_you_mean(name, tests) or "use an id of the catalogue of tests"
        yield Problem(what, root.where(path), how=how)


def _test_and_unit(
    part: TestCondition | StopsWhen | FirstResult, tests: Mapping[str, Test], root: Node, path: Path
) -> Iterator[Problem]:
    yield from _known(part.test, tests, root, (*path, "test"))
    test = tests.get(part.test)
    if test is None or part.unit is None:
        return
    factor = test.units.get(part.unit)
    if factor is None:
        yield _no_unit(part.unit, test, root, (*path, "unit"))
        return
    for name in _BOUNDS:
        bound = getattr(part, name, None)
        if bound is None:
            continue
        if not test.is_plausible(float(factor.apply(Decimal(str(bound))))):
            low, high = test.plausible
            what = (
                f"{item_words(root, path)}{bound:g} {part.unit} is not plausible for {part.test} "
                f"({low:g} to {high:g} {test.unit})"
            )
            yield Problem(what, root.where((*path, name)), how="check the number and its unit")


def _no_unit(unit: str, test: Test, root: Node, path: Path) -> Problem:
    what = f"{item_words(root, path)}{unit!r} cannot be converted to {test.unit} for {test.id}"
    how = did_you_mean(unit, test.units) or f"the unit of this test is {test.unit}"
    return Problem(what, root.where(path), how=how)


def _changes(
    part: TestCondition, tests: Mapping[str, Test], root: Node, path: Path
) -> Iterator[Problem]:
    for name in ("fall", "rise"):
        change: Change | None = getattr(part, name)
        if change is None:
            continue
        test = tests.get(part.test)
        if test is not None and change.unit != "%" and change.unit not in test.units:
            yield _no_unit(change.unit, test, root, (*path, name, "unit"))
        for key in ("at_least", "more_than"):
            amount = getattr(change, key)
            if amount is not None and amount < 0:
                what = f"{item_words(root, path)}a {name} of {amount:g} is no {name}"
                yield Problem(what, root.where((*path, name, key)), how="write it without the sign")
            if name == "fall" and change.unit == "%" and amount is not None and amount > 100:
                what = f"{item_words(root, path)}nothing falls by {amount:g} %"
                yield Problem(what, root.where((*path, name, key)), how="at most the whole is lost")


def _empty(part: TestCondition, root: Node, path: Path) -> Iterator[Problem]:
    """Bounds that no number can meet."""
    floors = [(part.at_least, "at_least", False), (part.above, "above", True)]
    ceilings = [(part.at_most, "at_most", False), (part.below, "below", True)]
    for floor, floor_name, floor_open in floors:
        for ceiling, ceiling_name, ceiling_open in ceilings:
            if floor is None or ceiling is None:
                continue
            if floor > ceiling or (floor == ceiling and (floor_open or ceiling_open)):
                what = (
                    f"{item_words(root, path)}no number is {floor_name} {floor:g} "
                    f"and {ceiling_name} {ceiling:g}"
                )
                yield Problem(what, root.where((*path, floor_name)), how="swap or correct them")
