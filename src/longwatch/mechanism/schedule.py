"""When the drug is given: courses of infusions on days in a row or some days apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError

HOURS_A_DAY = 24.0


@dataclass(frozen=True)
class Course:
    """One course: `doses` infusions of `mg` over `hours`, `every` days apart, from `day` on."""

    day: float
    doses: int
    mg: float
    hours: float
    every: float = 1.0


@dataclass(frozen=True)
class Schedule:
    """The courses of one person, of all alike (`n` = 1), or of each of `n` people.

    Inputs:
        start: day of a course's first infusion, `(courses, n)`, rising; `inf` where there is none.
        doses, mg, hours, every: as in `Course`, each `(courses, n)` or `(courses, 1)`.

    >>> Schedule.of([Course(0, 5, 12, 4), Course(365, 3, 12, 4)]).start[:, 0].tolist()
    [0.0, 365.0]
    """

    start: NDArray[np.float64]
    doses: NDArray[np.float64]
    mg: NDArray[np.float64]
    hours: NDArray[np.float64]
    every: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("start", "doses", "mg", "hours", "every"):
            object.__setattr__(self, name, _table(getattr(self, name)))
        _check(self)

    @staticmethod
    def of(courses: Sequence[Course]) -> Schedule:
        """The same courses for everybody."""
        if not courses:
            raise UsageError(Problem("there is no course", "a schedule", how="give one or more"))

        def column(name: str) -> Any:
            return [[getattr(course, name)] for course in courses]

        return Schedule(*(column(n) for n in ("day", "doses", "mg", "hours", "every")))

    @staticmethod
    def label(values: dict[str, float], start: Any) -> Schedule:
        """Courses as the label doses them, five infusions and then three, from given days.

        Inputs:
            values: of `Parameters`.
            start: first days, `(courses,)` for all alike or `(courses, n)`; `inf` for none.

        >>> from longwatch.mechanism.parameters import Parameters
        >>> Schedule.label(Parameters.load().values(), [0, 365]).doses[:, 0].tolist()
        [5.0, 3.0]
        """
        days = _table(start)
        doses = np.full((len(days), 1), values["pk.dose.infusions_later"])
        doses[:1] = values["pk.dose.infusions_first"]
        each = np.ones((len(days), 1))
        return Schedule(
            days, doses, each * values["pk.dose.mg"], each * values["pk.dose.hours"], each
        )

    @property
    def people(self) -> int:
        """Number of people with a schedule of their own; 1 when all share one."""
        return int(self.start.shape[1])

    def rate(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """Infused amount per day, mg/d, at times `days` of shape `(times, 1 or n)`."""
        found = np.zeros(np.broadcast_shapes(days.shape, (1, self.people)))
        for row in range(len(self.start)):
            since = days - np.where(np.isfinite(self.start[row]), self.start[row], np.inf)
            since = np.where(np.isfinite(since), since, -1.0)
            which = np.floor(since / self.every[row])
            inside = since - which * self.every[row]
            long = self.hours[row] / HOURS_A_DAY
            running = (since >= 0) & (which < self.doses[row]) & (inside < long)
            found += np.where(running, self.mg[row] / long, 0.0)
        return found


def _table(given: Any) -> NDArray[np.float64]:
    table = np.asarray(given, np.float64)
    return table[:, None] if table.ndim == 1 else table


def _check(schedule: Schedule) -> None:
    start = schedule.start
    with np.errstate(invalid="ignore"):
        backwards = np.any(np.diff(start, axis=0) <= 0)
    parts = (schedule.doses, schedule.mg, schedule.hours, schedule.every)
    wrong = (
        (not len(start), "there is no course", "give one or more"),
        (bool(np.isnan(start).any()), "a course has no day", "write inf where there is none"),
        (bool(backwards), "a course starts before the one above it", "sort the courses by day"),
        (
            any(bool((part <= 0).any()) for part in parts),
            "number of infusions, dose, hours and days between must be positive",
            "leave out a course that was not given",
        ),
        (
            bool((schedule.hours / HOURS_A_DAY > schedule.every).any()),
            "an infusion lasts longer than the time to the next one",
            "give hours below the days between, times 24",
        ),
    )
    for bad, what, how in wrong:
        if bad:
            raise UsageError(Problem(what, "a schedule", how=how))
