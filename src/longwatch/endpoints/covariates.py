"""Groups and covariates of a regression as columns of numbers, with names for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.timetable import Floats, get, levels, numbers, reference_place

Ints = NDArray[np.int64]
_ALIKE = 1e-9
"""A column whose part that the others do not explain is smaller than this share is no new one."""


class Term(NamedTuple):
    """One column: a number, or one `level` of a covariate against the level `versus`."""

    name: str
    level: Any = None
    versus: Any = None
    covariate: str = ""


class Design(NamedTuple):
    """Covariates as numbers [rows, terms], without an intercept."""

    terms: list[Term]
    x: Floats


def design(
    table: pa.Table,
    rows: Ints,
    covariates: Sequence[str],
    where: str,
    reference: dict[str, Any] | None = None,
) -> Design:
    """Words become one column for each level but the reference; numbers and yes/no stay one.

    Inputs:
        table, rows: the rows of it that are used; none of their covariates is missing.
        covariates: names of columns.
        reference: by covariate, the level others are compared with; else the first in order. A
            column of numbers named here counts as words.

    Raises:
        UsageError: a column is missing, never changes, or follows from the others.

    >>> table = pa.table({"arm": ["b", "a", "c"], "age": [30, 40, 60]})
    >>> [term.name for term in design(table, np.arange(3), ["arm"], "tte").terms]
    ['arm: b vs a', 'arm: c vs a']
    """
    chosen = reference or {}
    terms: list[Term] = []
    columns: list[Floats] = []
    for name in covariates:
        column = get(table, name, where)
        words = pa.types.is_string(column.type) or pa.types.is_dictionary(column.type)
        if not words and name not in chosen:
            terms.append(Term(name, covariate=name))
            columns.append(numbers(table, name, where)[rows])
            continue
        found = levels(column.take(pa.array(rows)), name, where)
        ref = reference_place(found.labels, chosen.get(name), name)
        for place, label in enumerate(found.labels):
            if place != ref:
                versus = found.labels[ref]
                terms.append(Term(f"{name}: {label} vs {versus}", label, versus, name))
                columns.append((found.code == place).astype(float))
        if len(found.labels) == 1 and len(rows):
            raise _useless(name, where, f"is {found.labels[0]!r} in every row")
    x = np.column_stack(columns) if columns else np.zeros((len(rows), 0))
    if len(rows):
        _refuse_alike(terms, x, where)
    return Design(terms, x)


def _refuse_alike(terms: list[Term], x: Floats, where: str) -> None:
    """Each column must say something that those before it do not."""
    centered = x - x.mean(axis=0)
    size = np.sqrt((centered**2).sum(axis=0))
    for place, term in enumerate(terms):
        if size[place] <= _ALIKE * max(float(np.abs(x[:, place]).max()), 1e-300):
            raise _useless(term.name, where, "has the same value in every row")
    left = np.abs(np.diag(np.linalg.qr(centered / size, mode="r")))
    # With fewer rows than columns the last ones cannot be new.
    left = np.append(left, np.zeros(len(terms) - len(left)))
    for place, term in enumerate(terms):
        if left[place] <= _ALIKE:
            raise _useless(term.name, where, "follows from the covariates before it")


def _useless(name: str, where: str, what: str) -> UsageError:
    return UsageError(
        Problem(
            f"covariate {name!r} {what}",
            where,
            why="its effect cannot be told from the rest",
            how="leave it out",
        )
    )
