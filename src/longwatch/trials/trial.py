"""An in-silico trial, many times over: people, visits and endpoints as in the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError
from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.disability import simulate_disability
from longwatch.mechanism.dropout import dropout_days
from longwatch.mechanism.imaging import gadolinium, new_t2_lesions
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.people import Population, Trait, draw_people
from longwatch.mechanism.recovery import draw_attacks
from longwatch.mechanism.relapses import MOST_IN_TWO_YEARS, Therapy, simulate_relapses
from longwatch.trials.design import Arm, Design, load_design
from longwatch.trials.endpoints_of_trial import Observed, endpoints

LANES = 16_384
"""People in one compiled call: always the same, so that a person has the same bits in any trial."""
GROUP = 250
"""Replicates whose people are in memory at a time."""
_NUMBERS = 2**32
"""Patient numbers there are."""


class Course(NamedTuple):
    """What the simulation must know of a trial's course; numbers are fixed when it is compiled."""

    months: int
    every: int
    images_every: int
    confirm: int


class Limits(NamedTuple):
    """What counts as worsening, in EDSS."""

    rise: float
    rise_from_zero: float


@dataclass(frozen=True)
class TrialResult:
    """Every figure of every replicate: `figures["relapse_free.alemtuzumab"]` is float64[R]."""

    design: Design
    replicates: int
    seed: int
    figures: dict[str, NDArray[np.float64]]


def run_trial(
    design: Design | str,
    replicates: int = 200,
    seed: int = 0,
    parameters: Parameters | None = None,
    progress: Callable[[int], None] | None = None,
) -> TrialResult:
    """Run a trial `replicates` times, each with as many people as the real one had.

    Inputs:
        design: a trial, or the id of a shipped one.
        replicates: at least 1; replicate r has the same people however many there are.
        seed: of all random numbers, 0 to 2^32 - 1.
        parameters: of the mechanism; the shipped ones if not given.
        progress: called with the number of replicates done.

    Raises:
        UsageError: an unknown trial, no replicates, or more than there are patient numbers.
    """
    design = load_design(design) if isinstance(design, str) else design
    total = sum(arm.people for arm in design.arms)
    if not 1 <= replicates <= _NUMBERS // total:
        raise UsageError(
            Problem(
                f"{replicates} replicates cannot be run",
                why="each person of each replicate has a number of 32 bits",
                how=f"give from 1 to {_NUMBERS // total}",
            )
        )
    if not 0 <= seed < _NUMBERS:
        raise UsageError(Problem(f"seed {seed} is out of range", how="give 0 to 4294967295"))
    values = (parameters or Parameters.load()).values()
    parts: list[dict[str, NDArray[np.float64]]] = []
    for first in range(0, replicates, GROUP):
        number = min(GROUP, replicates - first)
        parts.append(endpoints(design, _observe(design, values, seed, first, number)))
        if progress is not None:
            progress(first + number)
    figures = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return TrialResult(design, replicates, seed, figures)


def arm_population(design: Design, arm: Arm, values: dict[str, float]) -> Population:
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


def _observe(
    design: Design, values: dict[str, float], seed: int, first: int, replicates: int
) -> dict[str, Observed]:
    """What is seen of each arm in replicates `first` …; every array is [replicates, people]."""
    total = sum(arm.people for arm in design.arms)
    offset = 0
    seen: dict[str, Observed] = {}
    for arm in design.arms:
        replicate = np.arange(first, first + replicates, dtype=np.uint32)[:, None]
        place = np.arange(offset, offset + arm.people, dtype=np.uint32)
        numbers = (replicate * np.uint32(total) + place).astype(np.uint32)
        pieces = [
            jax.tree.map(np.asarray, piece)
            for piece in _in_lanes(design, arm, values, seed, numbers.ravel())
        ]
        joined = [np.concatenate(part)[: numbers.size] for part in zip(*pieces, strict=True)]
        seen[arm.id] = Observed(*(part.reshape(numbers.shape) for part in joined))
        offset += arm.people
    return seen


def _in_lanes(
    design: Design, arm: Arm, values: dict[str, float], seed: int, numbers: NDArray[Any]
) -> Iterator[Observed]:
    group = arm_population(design, arm, values)
    visits = design.visits
    course = Course(
        visits.months,
        visits.every,
        visits.images_every,
        design.confirmed_worsening.months // visits.every,
    )
    limits = Limits(design.confirmed_worsening.rise, design.confirmed_worsening.rise_from_zero)
    most = max(len(each.courses) for each in design.arms)
    courses = np.full(most, np.inf, np.float32)
    courses[: len(arm.courses)] = arm.courses
    for start in range(0, numbers.size, LANES):
        lanes = numbers[start : start + LANES]
        padded = np.pad(lanes, (0, LANES - lanes.size), mode="edge")
        yield _simulate(
            values,
            np.uint32(seed),
            padded,
            group,
            courses,
            np.float32(arm.interferon),
            np.float32(values[arm.dropout]),
            limits,
            course,
        )


@partial(jax.jit, static_argnames="course")
def _simulate(
    values: dict[str, float],
    seed: Array,
    patient: Array,
    group: Population,
    courses: Array,
    interferon: Array,
    leaving: Array,
    limits: Limits,
    course: Course,
) -> Observed:
    """One lane-full of people from entry to what the trial would have on file."""
    lanes = patient.shape[0]
    treated = jnp.full(lanes, jnp.isfinite(courses[0]).astype(jnp.float32))
    therapy = Therapy(
        jnp.broadcast_to(courses[:, None], (courses.shape[0], lanes)), jnp.full(lanes, interferon)
    )
    people = draw_people(values, seed, patient, group)
    relapses = simulate_relapses(values, seed, patient, people, group, therapy, course.months)
    attacks = draw_attacks(values, seed, patient, MOST_IN_TWO_YEARS)
    visits = jnp.arange(0, course.months + 1, course.every) * np.float32(DAYS_A_MONTH)
    edss = simulate_disability(
        values, seed, patient, people, group, treated, relapses.days, attacks, visits
    ).observed

    stride = (relapses.hazard.shape[0] - 1) * course.images_every // course.months
    at_image = relapses.hazard[::stride]
    growth = at_image[1:] - at_image[:-1]
    steps_a_year = np.float32(DAYS_A_YEAR) / (relapses.grid[1] - relapses.grid[0])
    rate = (relapses.hazard[stride::stride] - relapses.hazard[stride - 1 :: stride]) * steps_a_year
    lesions = jnp.sum(new_t2_lesions(values, seed, patient, growth), axis=0)
    enhancing = gadolinium(values, seed, patient, rate)[-1]

    end = visits[-1]
    left = dropout_days(seed, patient, leaving)
    stop = jnp.minimum(left, end)
    stayed = left > end
    happened = relapses.days <= stop
    confirmed, last_visit = confirmed_worsening(edss, visits <= stop[:, None], limits, course)
    return Observed(
        days=stop,
        relapses=jnp.sum(happened, axis=0).astype(jnp.float32),
        first_relapse=jnp.where(happened[0], relapses.days[0], jnp.inf),
        worsening_visit=confirmed,
        last_visit=last_visit,
        edss_change=jnp.where(stayed, edss[-1] - edss[0], jnp.nan),
        new_t2=jnp.where(stayed, (lesions > 0).astype(jnp.float32), jnp.nan),
        gadolinium=jnp.where(stayed, (enhancing > 0).astype(jnp.float32), jnp.nan),
    )


def confirmed_worsening(
    edss: Array, attended: Array, limits: Limits, course: Course
) -> tuple[Array, Array]:
    """The visit at which worsening began that was still there at every visit up to confirmation.

    Inputs:
        edss: at each visit, f32[V, n]; the first is the baseline.
        attended: bool[n, V].
        limits: the rise that counts, and that from a baseline of 0.
        course: `confirm` visits later the rise must still be there.

    Returns:
        number of that visit, 0 = none; number of the last visit attended; both i32[n].
    """
    attended = attended.T
    rise = jnp.where(edss[0] == 0.0, limits.rise_from_zero, limits.rise)
    risen = (edss - edss[0] >= rise) & attended
    number = jnp.zeros(edss.shape[1], jnp.int32)
    for visit in range(edss.shape[0] - course.confirm - 1, 0, -1):
        held = jnp.all(risen[visit : visit + course.confirm + 1], axis=0)
        number = jnp.where(held, visit, number)
    return number, jnp.sum(attended, axis=0).astype(jnp.int32) - 1
