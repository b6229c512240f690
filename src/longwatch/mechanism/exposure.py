"""Concentrations of two regimens side by side: 12 mg on five days in MS, and B-CLL's twelve weeks.

In B-CLL the tumor takes up the drug, so elimination saturates (Mould 2007): its own model and its
own parameters, never mixed with those of MS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.schedule import HOURS_A_DAY, Course, Schedule

_DAYS_A_WEEK = 7
_LARGE = 1000.0
"""Micrograms in a milligram."""
_TOLERANCE = 1e-7
_SAMPLES_A_DAY = 24


class Exposure(NamedTuple):
    """Concentration (mg/L) on `days`, given dose (mg), highest value and area (mg·d/L)."""

    days: NDArray[np.float64]
    concentration: NDArray[np.float64]
    dose: float
    peak: float
    area: float


def ms_exposure(values: Mapping[str, float], months: int = 3) -> Exposure:
    """The first course in MS, for a person of median parameters.

    >>> from longwatch.mechanism.parameters import Parameters
    >>> ms_exposure(Parameters.load().values()).dose
    60.0
    """
    spread = {name: 0.0 for name in values if name.startswith("pk.") and name.endswith("_cv")}
    never = dict.fromkeys(("pk.antibodies.first_course", "pk.antibodies.later_courses"), 0.0)
    schedule = Schedule.label(dict(values), [0.0])
    days = _days(months)
    typical = simulate_cells(
        {**values, **spread, **never}, 0, jnp.arange(1), schedule, months, days.tolist()
    )
    found = np.asarray(typical.early_concentration[:, 0], np.float64)
    return _exposure(days, found, float((schedule.doses * schedule.mg).sum()))


def bcll_schedule(values: Mapping[str, float]) -> Schedule:
    """A rising dose on days in a row, then the full dose some times a week: the fastest step-up.

    >>> from longwatch.mechanism.parameters import Parameters
    >>> len(bcll_schedule(Parameters.load().values()).start)
    14
    """
    times, weeks = int(values["pk.bcll.dose.times_a_week"]), int(values["pk.bcll.dose.weeks"])
    hours, full = values["pk.bcll.dose.hours"], values["pk.bcll.dose.full"]
    every = float(_DAYS_A_WEEK // times)
    first, second = values["pk.bcll.dose.first"], values["pk.bcll.dose.second"]
    return Schedule.of(
        [
            Course(0, 1, first, hours),
            Course(1, 1, second, hours),
            # The step-up takes the place of the week's first full dose.
            Course(every, max(times - 1, 1), full, hours, every),
            *(Course(week * _DAYS_A_WEEK, times, full, hours, every) for week in range(1, weeks)),
        ]
    )


def bcll_exposure(
    values: Mapping[str, float], schedule: Schedule | None = None, months: int = 4
) -> Exposure:
    """B-CLL for a person of median parameters: two compartments, saturable elimination.

    Inputs:
        schedule: of one person; the full twelve weeks where not given.
        months: until when.
    """
    schedule = schedule or bcll_schedule(values)
    days = _days(months)
    v1, v2 = values["pk.bcll.v1"], values["pk.bcll.v2"]
    flow = values["pk.bcll.q"] * HOURS_A_DAY
    cells = values["pk.bcll.wbc"] / values["pk.bcll.wbc_reference"]
    vmax = (
        values["pk.bcll.vmax"] * cells ** values["pk.bcll.vmax_wbc_exponent"] * HOURS_A_DAY / _LARGE
    )
    km = values["pk.bcll.km"] / _LARGE

    def change(rate: float, state: NDArray[np.float64]) -> list[float]:
        central, peripheral = state[0] / v1, state[1] / v2
        over = flow * (central - peripheral)
        return [rate - vmax * central / (km + central) - over, over]

    edges = np.unique(np.concatenate([days[[0, -1]], _edges(schedule)]))
    edges = edges[edges <= days[-1]]
    rates = schedule.rate(((edges[:-1] + edges[1:]) / 2)[:, None])[:, 0]
    state, parts = np.zeros(2), [np.zeros(1)]
    for begin, end, rate in zip(edges[:-1], edges[1:], rates, strict=True):
        wanted = days[(days > begin) & (days <= end)]
        found = solve_ivp(
            lambda _, now, given=float(rate): change(given, now),
            (begin, end),
            state,
            method="LSODA",
            t_eval=np.unique([*wanted, end]),
            rtol=_TOLERANCE,
            atol=_TOLERANCE,
        )
        state = found.y[:, -1]
        parts.append(found.y[0, : len(wanted)] / v1)
    return _exposure(days, np.concatenate(parts), float((schedule.doses * schedule.mg).sum()))


def _edges(schedule: Schedule) -> NDArray[np.float64]:
    found = []
    for row in range(len(schedule.start)):
        begins = schedule.start[row, 0] + np.arange(schedule.doses[row, 0]) * schedule.every[row, 0]
        found += [begins, begins + schedule.hours[row, 0] / HOURS_A_DAY]
    return np.concatenate(found)


def _days(months: int) -> NDArray[np.float64]:
    return np.arange(int(months * DAYS_A_MONTH) * _SAMPLES_A_DAY + 1) / _SAMPLES_A_DAY


def _exposure(
    days: NDArray[np.float64], concentration: NDArray[np.float64], dose: float
) -> Exposure:
    area = float(np.trapezoid(concentration, days))
    return Exposure(days, concentration, dose, float(concentration.max()), area)
