"""Turning a number in a laboratory's unit into the canonical one: one value, or a whole column.

Both ways multiply and round alike, so one patient alone gets the same number as among a million.
Canonical values are rounded to 6 decimals: 25 10*3/uL is 25, never 24.999999999999996.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from longwatch.core.catalogue import Catalogue, Test, catalogue

Floats = npt.NDArray[np.float64]
_MILLIONTHS = 1e6


def rounded(value: float) -> float:
    """`value` to 6 decimals, in the arithmetic that columns and compiled code use.

    >>> rounded(0.1 + 0.2)
    0.3
    """
    return float(round(value * _MILLIONTHS)) / _MILLIONTHS


def to_canonical(test: Test, value: float, unit: str | None) -> float | None:
    """`value` in the canonical unit of `test`, rounded to 6 decimals.

    Inputs:
        value: the number as sent; NaN or infinite counts as implausible.
        unit: the unit as sent; None counts as "".

    Returns:
        None when the unit is not one of this test or the size is implausible: never a guess.

    >>> to_canonical(catalogue().tests["platelets"], 25000, "{cells}/uL")
    25.0
    >>> to_canonical(catalogue().tests["platelets"], 25, "K") is None
    True
    """
    spelling = (unit or "").strip()
    factor = test.units.get(spelling)
    if factor is None:
        return _graded(test, value, spelling)
    converted = value * float(factor.num) / float(factor.den)
    if not test.is_plausible(converted):
        return None
    canonical = rounded(converted)
    return canonical if test.kind == "number" or canonical in test.words.values() else None


def _graded(test: Test, value: float, unit: str) -> float | None:
    if test.grades is None or unit not in test.grades.units:
        return None
    factor = test.grades.units[unit]
    amount = value * float(factor.num) / float(factor.den)
    low, high = test.grades.plausible
    return test.grades.grade(rounded(amount)) if low <= amount <= high else None


def factors(
    catalogue: Catalogue, test_ids: Sequence[str | None], units: Sequence[str | None]
) -> tuple[Floats, Floats]:
    """Factors for every pair of test and unit: canonical = value * num[t, u] / den[t, u], rounded.

    Inputs:
        test_ids, units: the dictionaries of two columns, as found in the data.

    Returns:
        `num` and `den`, shape (tests, units); NaN in `num` where the pair cannot be converted
        (also where an amount has to be graded first: `convert` does that).

    >>> num, den = factors(catalogue(), ["platelets"], ["K/uL", "/uL", "g"])
    >>> num.tolist(), den.tolist()
    ([[1.0, 1.0, nan]], [[1.0, 1000.0, 1.0]])
    """
    num = np.full((len(test_ids), len(units)), np.nan)
    den = np.ones_like(num)
    spellings = [(unit or "").strip() for unit in units]
    for row, test_id in enumerate(test_ids):
        test = catalogue.tests.get(test_id or "")
        if test is None:
            continue
        for column, spelling in enumerate(spellings):
            if spelling in test.units:
                factor = test.units[spelling]
                num[row, column] = float(factor.num)
                den[row, column] = float(factor.den)
    return num, den


def unit_factors(test_ids: Sequence[str], units: Sequence[str | None]) -> tuple[Floats, Floats]:
    """`factors` of the shipped catalogue."""
    return factors(catalogue(), test_ids, units)


def plausible_bounds(
    catalogue: Catalogue, test_ids: Sequence[str | None]
) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Lowest and highest plausible canonical value of each test, and whether 0 is plausible too.

    Unknown tests get NaN bounds, which no value meets.
    """
    tests = [catalogue.tests.get(test_id or "") for test_id in test_ids]
    low = np.array([test.plausible[0] if test else np.nan for test in tests], dtype=np.float64)
    high = np.array([test.plausible[1] if test else np.nan for test in tests], dtype=np.float64)
    zero = np.array([bool(test and test.zero) for test in tests], dtype=np.bool_)
    return low, high, zero


def convert(
    catalogue: Catalogue,
    values: Floats,
    tests: npt.NDArray[Any],
    units: npt.NDArray[Any],
    test_ids: Sequence[str | None],
    unit_names: Sequence[str | None],
) -> Floats:
    """`to_canonical` for a column; NaN where a value is missing, of unknown unit or implausible.

    Inputs:
        values: float64; missing ones NaN.
        tests, units: per row, its place in `test_ids` and `unit_names`.
    """
    num, den = factors(catalogue, test_ids, unit_names)
    low, high, zero = plausible_bounds(catalogue, test_ids)
    with np.errstate(over="ignore", invalid="ignore"):
        converted = values * num[tests, units] / den[tests, units]
        fits = (converted >= low[tests]) & (converted <= high[tests])
        fits |= zero[tests] & (converted == 0)
        canonical = np.where(fits, np.rint(converted * _MILLIONTHS) / _MILLIONTHS, np.nan)
    for row, test_id in enumerate(test_ids):
        test = catalogue.tests.get(test_id or "")
        if test is not None and test.kind != "number":
            for column, unit in enumerate(unit_names):
                mine = np.flatnonzero((tests == row) & (units == column))
                distinct, places = np.unique(values[mine], return_inverse=True)
                graded = [to_canonical(test, value, unit) for value in distinct.tolist()]
                canonical[mine] = np.array(graded, dtype=np.float64)[places]
    return canonical
