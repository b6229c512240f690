"""The people of many replicates of a trial, in calls of one size to compiled code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.people import Population, Trait
from longwatch.trials.design import Arm, Design
from longwatch.trials.uncertainty import draw_parameters, uncertain

LANES = 4096
"""People in one compiled call: always the same, so that a person has the same bits in any trial."""
GROUP = 100
"""Replicates whose people are in memory at a time, for each thread."""
_NUMBERS = 2**32
"""Patient numbers there are."""
_SECTIONS = (
    "autoimmunity.",
    "disability.",
    "imaging.",
    "people.",
    "recovery.",
    "relapse.",
    "retreatment.",
)
"""Sections of the parameters that the disease is simulated with."""
_MOST_THREADS = 8

Part = TypeVar("Part")
Result = TypeVar("Result")


class Lanes(NamedTuple):
    """The people of one call.

    patient: numbers, u32[n]. values: the parameters, f32[n] where they can be uncertain. group:
    the population. courses: of the arm, f32[C].
    """

    patient: NDArray[np.uint32]
    values: dict[str, Any]
    group: Population
    courses: NDArray[np.float32]


@dataclass(frozen=True)
class Replicates:
    """Many replicates of a trial: the design, how many, the seed, and the parameters of each.

    `drawn`: values by parameter, f64[replicates], of those that differ between replicates.
    """

    design: Design
    number: int
    seed: int
    values: Mapping[str, float]
    drawn: Mapping[str, NDArray[np.float64]]

    @staticmethod
    def of(
        design: Design, number: int, seed: int, parameters: Parameters | None, uncertainty: bool
    ) -> Replicates:
        """Checks what is asked and draws the parameters.

        Raises:
            UsageError: no replicates, more than there are patient numbers, or an impossible seed.
        """
        total = sum(arm.people for arm in design.arms)
        if not 1 <= number <= _NUMBERS // total:
            raise UsageError(
                Problem(
                    f"{number} replicates cannot be run",
                    why="each person of each replicate has a number of 32 bits",
                    how=f"give from 1 to {_NUMBERS // total}",
                )
            )
        if not 0 <= seed < _NUMBERS:
            raise UsageError(Problem(f"seed {seed} is out of range", how="give 0 to 4294967295"))
        found = parameters or Parameters.load()
        drawn = draw_parameters(found, number, seed) if uncertainty else {}
        return Replicates(design, number, seed, found.values(), drawn)

    def lanes(self, arm: Arm, first: int, replicates: int) -> Iterator[Lanes]:
        """The people of an arm in some replicates; the last call is filled up with its last one."""
        total = sum(one.people for one in self.design.arms)
        before = [one.id for one in self.design.arms].index(arm.id)
        offset = sum(one.people for one in self.design.arms[:before])
        replicate = np.arange(first, first + replicates, dtype=np.uint32)[:, None]
        place = np.arange(offset, offset + arm.people, dtype=np.uint32)
        numbers = (replicate * np.uint32(total) + place).astype(np.uint32).ravel()
        most = max(len(each.courses) for each in self.design.arms)
        courses = np.full(most, np.inf, np.float32)
        courses[: len(arm.courses)] = arm.courses
        for start in range(0, numbers.size, LANES):
            lanes = numbers[start : start + LANES]
            lanes = np.pad(lanes, (0, LANES - lanes.size), mode="edge")
            values = self._values_of(lanes // total)
            group = arm_population(self.design, arm, values)
            used = {name: part for name, part in values.items() if name.startswith(_SECTIONS)}
            yield Lanes(lanes, used, group, courses)

    def _values_of(self, replicate: NDArray[np.uint32]) -> dict[str, Any]:
        """Every parameter; those that can be uncertain as f32[n], so that one code serves all."""
        values: dict[str, Any] = dict(self.values)
        for name in uncertain():
            usual = np.full(self.number, values[name])
            values[name] = self.drawn.get(name, usual)[replicate].astype(np.float32)
        return values

    def in_groups(
        self,
        work: Callable[[int, int], Result],
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[Result]:
        """What `work(first, number)` gives for each group of replicates, in order.

        As many groups are in memory as there are threads.
        """
        asked = [(first, min(GROUP, self.number - first)) for first in range(0, self.number, GROUP)]
        threads = min(cpu_count() or 1, _MOST_THREADS, len(asked))
        with ThreadPoolExecutor(threads) as pool:
            for (first, number), result in zip(
                asked, _few(pool, work, asked, threads), strict=True
            ):
                yield result
                if progress is not None:
                    progress(first + number)


def _few(
    pool: ThreadPoolExecutor,
    work: Callable[[int, int], Result],
    asked: Iterable[tuple[int, int]],
    ahead: int,
) -> Iterator[Result]:
    """Results in order, with no more than `ahead` begun before the oldest is taken."""
    waiting: list[Future[Result]] = []
    for one in asked:
        waiting.append(pool.submit(work, *one))
        if len(waiting) > ahead:
            yield waiting.pop(0).result()
    for last in waiting:
        yield last.result()


def joined(pieces: Iterable[Part], shape: tuple[int, int]) -> list[NDArray[Any]]:
    """Each field of what the calls gave, of all calls, as `[..., replicates, people]`."""
    arrays = [[np.asarray(field) for field in piece] for piece in pieces]  # type: ignore[attr-defined]
    size = shape[0] * shape[1]
    whole = [np.concatenate(part, axis=-1)[..., :size] for part in zip(*arrays, strict=True)]
    return [part.reshape(*part.shape[:-1], *shape) for part in whole]


def arm_population(design: Design, arm: Arm, values: Mapping[str, Any]) -> Population:
    """The people of one arm: published means and spreads within the limits of eligibility."""
    limits = design.eligibility
    ids = design.population

    def trait(name: str, low: float, high: float) -> Trait:
        published = getattr(arm, name)
        return Trait(published.mean, published.sd, low, high)

    return Population(
        age=trait("age", *limits.age),
        edss=trait("edss", *limits.edss),
        duration=trait("duration", *limits.duration_years),
        female=arm.female,
        prior_12=arm.prior_12,
        prior_24=arm.prior_24,
        relapse_rate=values[ids.relapse_rate],
        progression=values[ids.progression],
        improvement=values[ids.improvement],
    )
