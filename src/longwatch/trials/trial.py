"""An in-silico trial, many times over: people, visits and endpoints as in the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.compiler import WIDE_VECTORS
from longwatch.mechanism.disability import simulate_disability
from longwatch.mechanism.dropout import dropout_days
from longwatch.mechanism.imaging import gadolinium, new_t2_lesions
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.people import Population, enroll
from longwatch.mechanism.recovery import draw_attacks
from longwatch.mechanism.relapses import MOST_IN_TWO_YEARS, Therapy, relapses_of
from longwatch.trials.confirmed import Limits, confirmed_worsening
from longwatch.trials.design import Arm, Design, load_design
from longwatch.trials.endpoints_of_trial import Observed, endpoints
from longwatch.trials.lanes import Replicates, joined


class Course(NamedTuple):
    """What the simulation must know of a trial's course; numbers are fixed when it is compiled."""

    months: int
    every: int
    images_every: int
    confirm: int

    @staticmethod
    def of(design: Design, months: int | None = None) -> Course:
        """That of a design, or of one that goes on as it was for so many months."""
        visits = design.visits
        confirm = design.confirmed_worsening.months // visits.every
        return Course(months or visits.months, visits.every, visits.images_every, confirm)


@dataclass(frozen=True)
class TrialResult:
    """Every figure of every replicate: `figures["relapse_free.alemtuzumab"]` is float64[R].

    `uncertain`: the parameters that differed between replicates, as uncertain as the fit left
    them. `not_finite`: people whose numbers could not be computed; they count as having left on
    the first day.
    """

    design: Design
    replicates: int
    seed: int
    figures: dict[str, NDArray[np.float64]]
    uncertain: tuple[str, ...] = ()
    not_finite: int = 0


def run_trial(
    design: Design | str,
    replicates: int = 200,
    seed: int = 0,
    parameters: Parameters | None = None,
    progress: Callable[[int], None] | None = None,
    uncertainty: bool = True,
) -> TrialResult:
    """Run a trial `replicates` times, each with as many people as the real one had.

    Inputs:
        design: a trial, or the id of a shipped one.
        replicates: at least 1; replicate r has the same people however many there are.
        seed: of all random numbers, 0 to 2^32 - 1.
        parameters: of the mechanism; the shipped ones if not given.
        progress: called with the number of replicates done.
        uncertainty: should each replicate have parameters of its own, as uncertain as the fit
            left them? Else the spread between replicates is chance alone.

    Raises:
        UsageError: an unknown trial, no replicates, or more than there are patient numbers.
    """
    design = load_design(design) if isinstance(design, str) else design
    asked = Replicates.of(design, replicates, seed, parameters, uncertainty)

    def work(first: int, number: int) -> tuple[dict[str, NDArray[np.float64]], int]:
        seen = {arm.id: _observe(asked, arm, first, number) for arm in design.arms}
        lost = sum(int((~one.finite).sum()) for one in seen.values())
        return endpoints(design, seen), lost

    parts = list(asked.in_groups(work, progress))
    figures = {name: np.concatenate([part[name] for part, _ in parts]) for name in parts[0][0]}
    return TrialResult(
        design, replicates, seed, figures, tuple(asked.drawn), sum(lost for _, lost in parts)
    )


def _observe(asked: Replicates, arm: Arm, first: int, replicates: int) -> Observed:
    """What is seen of an arm in replicates `first` …; every array is [replicates, people]."""
    design = asked.design
    calls = [
        _simulate(
            lanes.values,
            np.uint32(asked.seed),
            lanes.patient,
            lanes.group,
            lanes.courses,
            np.float32(arm.interferon),
            np.float32(asked.values[arm.dropout]),
            limits_of(design),
            Course.of(design),
        )
        for lanes in asked.lanes(arm, first, replicates)
    ]
    return Observed(*joined(calls, (replicates, arm.people)))


def limits_of(design: Design) -> Limits:
    """What counts as worsening in a trial."""
    rule = design.confirmed_worsening
    return Limits(rule.rise, rule.rise_from_zero)


def therapy_of(courses: Array, interferon: Array, people: int) -> tuple[Therapy, Array]:
    """The same courses for everybody, f32[C]; and who is treated with alemtuzumab, f32[n]."""
    therapy = Therapy(
        jnp.broadcast_to(courses[:, None], (courses.shape[0], people)),
        jnp.full(people, interferon),
    )
    return therapy, jnp.full(people, jnp.isfinite(courses[0]).astype(jnp.float32))


@partial(jax.jit, static_argnames="course", compiler_options=WIDE_VECTORS)
def _simulate(
    values: dict[str, Any],
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
    therapy, treated = therapy_of(courses, interferon, patient.shape[0])
    subjects = enroll(values, seed, patient, group)
    relapses = relapses_of(subjects, therapy, course.months)
    attacks = draw_attacks(values, seed, patient, MOST_IN_TWO_YEARS)
    visits = jnp.arange(0, course.months + 1, course.every) * np.float32(DAYS_A_MONTH)
    edss = simulate_disability(subjects, treated, relapses.days, attacks, visits).observed

    stride = (relapses.hazard.shape[0] - 1) * course.images_every // course.months
    at_image = relapses.hazard[::stride] / group.relapse_rate
    growth = at_image[1:] - at_image[:-1]
    steps_a_year = np.float32(DAYS_A_YEAR) / (relapses.grid[1] - relapses.grid[0])
    last_steps = relapses.hazard[stride::stride] - relapses.hazard[stride - 1 :: stride]
    rate = last_steps * steps_a_year / group.relapse_rate
    lesions = jnp.sum(new_t2_lesions(values, seed, patient, growth), axis=0)
    enhancing = gadolinium(values, seed, patient, rate)[-1]

    finite = jnp.isfinite(relapses.hazard[-1]) & jnp.all(jnp.isfinite(edss), axis=0)
    end = visits[-1]
    left = jnp.where(finite, dropout_days(seed, patient, leaving), 0.0)
    stop = jnp.minimum(left, end)
    stayed = left > end
    happened = relapses.days <= stop
    confirmed, last_visit = confirmed_worsening(
        edss, visits <= stop[:, None], limits, course.confirm
    )
    return Observed(
        days=stop,
        relapses=jnp.sum(happened, axis=0).astype(jnp.float32),
        first_relapse=jnp.where(happened[0], relapses.days[0], jnp.inf),
        worsening_visit=confirmed,
        last_visit=last_visit,
        edss_change=jnp.where(stayed, edss[-1] - edss[0], jnp.nan),
        new_t2=jnp.where(stayed, (lesions > 0).astype(jnp.float32), jnp.nan),
        gadolinium=jnp.where(stayed, (enhancing > 0).astype(jnp.float32), jnp.nan),
        finite=finite,
    )
