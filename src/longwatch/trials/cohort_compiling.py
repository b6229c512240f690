"""All programs of a cohort made ready at once, each core compiling another one.

They run on people of zeros, in the shapes and with the constants of a chunk. Without this, chunks
that are begun side by side would each compile the same programs, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from longwatch.mechanism.laboratory import Visits
from longwatch.mechanism.lymphocytes import Subset
from longwatch.mechanism.tissue import Drawn
from longwatch.trials.cohort_cells import cells_at_visits
from longwatch.trials.cohort_chunk import LONGER, Setting, examinations
from longwatch.trials.cohort_engine import LANES, Frozen
from longwatch.trials.cohort_life import (
    felt_when_infused,
    infections_caught,
    onset_days,
    relapse_days,
)
from longwatch.trials.cohort_look import FEW, diseases, edss_examined, values_reported
from longwatch.trials.cohort_people import (
    RELAPSES_KEPT,
    courses_wanted,
    dates_kept,
    people_drawn,
    possible_courses,
)
from longwatch.trials.cohort_plan import MONTHS_A_YEAR


def compile_ahead(setting: Setting, threads: int = 2) -> None:
    """Makes ready what `chunk_tables` calls: once for each protocol, trial and length.

    Inputs:
        threads: programs compiled at a time.
    """
    _compiled(_Same(setting), threads)


class _Same:
    """A setting, equal to every other one that needs the same programs."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._key = (
            repr(setting.asked),
            setting.numbers.names,
            setting.trial,
            setting.months,
            examinations(setting),
        )

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._key == other._key


@cache
def _compiled(same: _Same, threads: int) -> None:
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for done in [pool.submit(call) for call in _calls(same.setting)]:
            done.result()


def _calls(setting: Setting) -> list[Callable[[], Any]]:
    """A call of each program, those first that take longest."""
    asked, names, months = setting.asked, setting.numbers.names, setting.months
    trial, care, frozen = setting.trial, setting.care, Frozen(asked)
    patients: Any = np.zeros(LANES, np.uint32)
    begins = (setting.numbers.values, jnp.uint32(0), patients)
    years, slots = -(-months // MONTHS_A_YEAR), months // asked.every
    group = partial(people_drawn, *begins, names=names, trial=trial)
    people = _zeros(_shapes(group))
    possible = possible_courses(asked, months)
    courses: Any = np.zeros((len(possible), LANES), np.float32)
    doses = jnp.asarray(np.array([course.doses for course in possible]))
    onset = partial(onset_days, *begins, people, courses, names=names)
    onsets = _zeros(_shapes(onset))
    days: Any = np.zeros((slots + 1, LANES), np.float32)
    missed: Any = np.zeros(days.shape, bool)
    drawn = Drawn(*(missed for _ in Drawn._fields))
    few: Any = np.zeros(FEW, np.int32)
    ill = partial(diseases, *begins, people, onsets, few, days, drawn, names=names)
    effects = jax.tree.map(
        lambda part: np.zeros((*part.shape[:-1], LANES), part.dtype), _shapes(ill)
    )
    cells: Any = np.zeros((len(days), len(Subset), LANES), np.float32)
    visits = Visits(days, jnp.arange(len(days)), cells, courses)
    attacks: Any = np.zeros((RELAPSES_KEPT, LANES), np.float32)
    examined: Any = np.zeros((examinations(setting), LANES), np.float32)
    given = np.ones((len(possible), LANES), bool)
    of_trial = {"names": names, "trial": trial}
    return [
        partial(courses_wanted, *begins, people, care, asked=frozen, years=years, **of_trial),
        ill,
        partial(values_reported, *begins, people, visits, effects, names=names, asked=frozen),
        partial(infections_caught, *begins, courses, care, names=names, months=months),
        partial(edss_examined, *begins, people, attacks, examined, **of_trial),
        partial(relapse_days, *begins, people, courses, months=months, **of_trial),
        partial(dates_kept, *begins, names=names, asked=frozen, slots=slots, years=years),
        group,
        partial(
            cells_at_visits,
            setting.values,
            setting.seed,
            np.asarray(patients),
            possible,
            given,
            months + LONGER,
            np.asarray(days),
        ),
        onset,
        partial(felt_when_infused, *begins, courses, doses, care, names=names),
    ]


def _shapes(call: partial[Any]) -> Any:
    """Of what a program returns, without compiling it."""
    program: Any = call.func
    return program.eval_shape(*call.args, **call.keywords)


def _zeros(shapes: Any) -> Any:
    # Of NumPy: JAX would compile a program for each shape.
    return jax.tree.map(lambda part: np.zeros(part.shape, part.dtype), shapes)
