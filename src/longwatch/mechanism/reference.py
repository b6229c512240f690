"""The same equations for one person at a time in double precision, by SciPy; for tests.

Written from the equations and not from the fast steps: an ordinary solver with a tight tolerance,
started anew at each edge of an infusion and whenever a subset meets its floor or leaves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from longwatch.mechanism.lymphocytes import Pools, Subset
from longwatch.mechanism.pharmacokinetics import Body
from longwatch.mechanism.schedule import HOURS_A_DAY, Schedule

_TOLERANCE = 1e-9
_LONGEST_STEP = 10.0
_HAIR = 1e-6


@dataclass(frozen=True)
class Person:
    """The numbers of one person, taken from what was drawn for many."""

    body: dict[str, float]
    pools: dict[str, Any]

    @staticmethod
    def of(body: Body, pools: Pools, number: int) -> Person:
        """Person `number` on the last axis."""

        def pick(part: Any) -> Any:
            table = np.asarray(part, np.float64)
            if not table.ndim:
                return float(table)
            return table[..., number if table.shape[-1] > 1 else 0].tolist()

        return Person(
            {name: pick(part) for name, part in body._asdict().items()},
            {name: pick(part) for name, part in pools._asdict().items()},
        )


def solve(
    person: Person,
    schedule: Schedule,
    days: NDArray[np.float64],
    tolerance: float = _TOLERANCE,
) -> NDArray[np.float64]:
    """Counts of the five subsets (1/µL) and concentration (mg/L) on `days`, `(days, 6)`.

    Inputs:
        schedule: of one person.
        days: rising, from 0 on.
    """
    last = float(days[-1])
    edges = np.unique(
        np.clip([0.0, last, *_edges(schedule), person.body["antibodies_from"]], 0, last)
    )
    state = np.array([0.0, 0.0, *person.pools["baseline"]])
    held = [False] * len(Subset)
    rows = [state.copy()] if days[0] == 0 else []
    for begin, end in pairwise(edges.tolist()):
        rate = float(schedule.rate(np.array([[(begin + end) / 2]]))[0, 0])
        model = _Model(person, rate, bool(begin >= person.body["antibodies_from"]), held)
        while begin < end:
            wanted = days[(days > begin) & (days <= end)]
            found = solve_ivp(
                model.derivative,
                (begin, end),
                state,
                method="LSODA",
                t_eval=np.unique([*wanted, end]),
                events=model.events(),
                rtol=tolerance,
                atol=tolerance,
                max_step=_LONGEST_STEP,
            )
            if not found.success:
                raise ArithmeticError(found.message)
            rows += [found.y[:, i] for i, day in enumerate(found.t) if day in wanted]
            state, begin = model.after(found, end)
    table = np.array(rows)
    return np.column_stack([table[:, 2:], table[:, 0] / person.body["v1"]])


def _edges(schedule: Schedule) -> list[float]:
    found = []
    for row in range(len(schedule.start)):
        start, every = float(schedule.start[row, 0]), float(schedule.every[row, 0])
        if not np.isfinite(start):
            continue
        for infusion in range(int(schedule.doses[row, 0])):
            begin = start + infusion * every
            found += [begin, begin + float(schedule.hours[row, 0]) / HOURS_A_DAY]
    return found


class _Model:
    """The right-hand side while the same subsets are held at their floor."""

    def __init__(self, person: Person, infused: float, antibodies: bool, held: list[bool]) -> None:
        self.body, self.pools, self.infused, self.held = person.body, person.pools, infused, held
        self.slowed = self.body["with_antibodies"] if antibodies else 1.0

    def change(self, row: int, concentration: float, count: float) -> float:
        """Growth less killing of one subset, per day."""
        pools = self.pools
        killed = pools["kmax"] * concentration / (concentration + pools["ec50"][row])
        return float(pools["rate"][row] * (pools["target"][row] - count) - killed * count)

    def derivative(self, _: float, state: NDArray[np.float64]) -> list[float]:
        """d/dt of both amounts and the five counts."""
        central, peripheral, *counts = state.tolist()
        body = self.body
        cl = (body["cl"] + body["cl_per_cell"] * sum(counts)) * self.slowed
        concentration = central / body["v1"]
        flow = body["q"] * (concentration - peripheral / body["v2"])
        return [
            self.infused - cl * concentration - flow,
            flow,
            *(
                0.0 if self.held[row] else self.change(row, concentration, count)
                for row, count in enumerate(counts)
            ),
        ]

    def events(self) -> list[Any]:
        """When a free subset meets its floor, and when growth frees one that is held."""
        return [self._event(row) for row in range(len(Subset))]

    def _event(self, row: int) -> Any:
        def margin(_: float, state: NDArray[np.float64]) -> float:
            if self.held[row]:
                return self.change(row, state[0] / self.body["v1"], state[2 + row])
            # A hair below: a subset that has just been freed starts at its floor.
            return float(state[2 + row] - self.pools["floor"][row] * (1.0 - _HAIR))

        margin.terminal = True  # type: ignore[attr-defined]
        margin.direction = 1.0 if self.held[row] else -1.0  # type: ignore[attr-defined]
        return margin

    def after(self, found: Any, end: float) -> tuple[NDArray[np.float64], float]:
        """State and day from which to go on."""
        for row, days in enumerate(found.t_events):
            if len(days):
                self.held[row] = not self.held[row]
                state = found.y_events[row][-1].copy()
                state[2 + row] = self.pools["floor"][row]
                return state, float(days[-1])
        return found.y[:, -1], end
