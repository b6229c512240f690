"""What the mechanism predicts for the years after the trials: nothing here was fitted to.

The tested arm goes on with the extension's rule of further courses (`mechanism/retreatment.py`).
Nobody leaves: when people left an extension is not known.
"""

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

from longwatch.core.errors import Problem, UsageError
from longwatch.mechanism.autoimmunity import CONDITIONS, autoimmunity
from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.compiler import WIDE_VECTORS
from longwatch.mechanism.disability import simulate_disability
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.people import Population, enroll
from longwatch.mechanism.recovery import draw_attacks
from longwatch.mechanism.retreatment import (
    MONTHS_A_YEAR,
    MOST_IN_EIGHT_YEARS,
    simulate_long_term,
)
from longwatch.trials.confirmed import Limits, confirmed_worsening
from longwatch.trials.design import Design, load_design
from longwatch.trials.lanes import Replicates, joined
from longwatch.trials.trial import Course, limits_of, therapy_of

FEWEST, MOST = 3, 10
"""Years that can be asked for; beyond, the numbers of events kept would not do."""
MOST_STEPS_IN_EIGHT_YEARS = 30
NAMES = {
    "annual_rate": ("relapses a year, in that year", "per year"),
    "worsening": ("confirmed worsening by its end", "%"),
    "edss_change": ("mean change of EDSS at its end", "EDSS"),
    "thyroid": ("first thyroid disease in that year", "%"),
    "thyroid_so_far": ("thyroid disease by its end", "%"),
    "itp_so_far": ("immune thrombocytopenia by its end", "%"),
    "retreated": ("a third or later course by its end", "%"),
    "courses": ("another course at its end", "%"),
}
"""Each predicted figure: its name and unit."""


class Lived(NamedTuple):
    """What a call of compiled code gives of people over the years.

    relapses, edss_change, course: of each year, [Y, n]. worse_by, thyroid, itp: the year in which
    worsening was confirmed and in which these diseases began, 0 = not. finite: are the numbers?
    """

    relapses: Any
    edss_change: Any
    worse_by: Any
    thyroid: Any
    itp: Any
    course: Any
    finite: Any


@dataclass(frozen=True)
class Years:
    """Predicted figures by name, f64[years, replicates], of the tested arm.

    `fitted_years`: years of the trial, whose figures others are fitted to.
    """

    design: Design
    arm: str
    years: int
    fitted_years: int
    replicates: int
    seed: int
    figures: dict[str, NDArray[np.float64]]
    uncertain: tuple[str, ...]
    not_finite: int


def check_years(years: int) -> None:
    """Refuses years that cannot be predicted.

    Raises:
        UsageError: fewer than 3 or more than 10.
    """
    if not FEWEST <= years <= MOST:
        raise UsageError(
            Problem(
                f"{years} years cannot be predicted",
                why=f"the trials themselves have {FEWEST - 1}, and events are kept for {MOST}",
                how=f"give from {FEWEST} to {MOST}",
            )
        )


def predict_years(
    design: Design | str,
    years: int = 8,
    replicates: int = 200,
    seed: int = 0,
    parameters: Parameters | None = None,
    progress: Callable[[int], None] | None = None,
    uncertainty: bool = True,
) -> Years:
    """The tested arm of a trial over more years than the trial had.

    Inputs:
        design: a trial, or the id of a shipped one.
        years: from entry, 3 to 10.
        replicates, seed, parameters, progress, uncertainty: as for `run_trial`; the same seed
            gives the same people with the same parameters.

    Raises:
        UsageError: an unknown trial, or years, replicates or seed out of range.
    """
    check_years(years)
    design = load_design(design) if isinstance(design, str) else design
    asked = Replicates.of(design, replicates, seed, parameters, uncertainty)
    arm = design.arms[-1]

    def work(first: int, replicates: int) -> tuple[dict[str, NDArray[np.float64]], int]:
        calls = [
            _live(
                lanes.values,
                np.uint32(asked.seed),
                lanes.patient,
                lanes.group,
                lanes.courses,
                np.float32(arm.interferon),
                limits_of(design),
                Course.of(design, years * MONTHS_A_YEAR),
            )
            for lanes in asked.lanes(arm, first, replicates)
        ]
        lived = Lived(*joined(calls, (replicates, arm.people)))
        return _figures(lived, years), int((~lived.finite).sum())

    parts = list(asked.in_groups(work, progress))
    figures = {name: np.concatenate([part[name] for part, _ in parts], axis=1) for name in NAMES}
    return Years(
        design=design,
        arm=arm.name,
        years=years,
        fitted_years=design.visits.months // MONTHS_A_YEAR,
        replicates=replicates,
        seed=seed,
        figures=figures,
        uncertain=tuple(asked.drawn),
        not_finite=sum(lost for _, lost in parts),
    )


@partial(jax.jit, static_argnames="course", compiler_options=WIDE_VECTORS)
def _live(
    values: dict[str, Any],
    seed: Array,
    patient: Array,
    group: Population,
    courses: Array,
    interferon: Array,
    limits: Limits,
    course: Course,
) -> Lived:
    years = course.months // MONTHS_A_YEAR
    therapy, treated = therapy_of(courses, interferon, patient.shape[0])
    subjects = enroll(values, seed, patient, group)
    # A year more, for the rule asks at the end of each year but the last.
    lived = simulate_long_term(subjects, therapy, years + 1)
    attacks = draw_attacks(values, seed, patient, MOST_IN_EIGHT_YEARS)
    visits = jnp.arange(0, course.months + 1, course.every) * np.float32(DAYS_A_MONTH)
    days = lived.relapses.days
    edss = simulate_disability(
        subjects, treated, days, attacks, visits, MOST_STEPS_IN_EIGHT_YEARS
    ).observed
    visits_a_year = MONTHS_A_YEAR // course.every
    began, _ = confirmed_worsening(edss, None, limits, course.confirm)
    # Known only when it is confirmed.
    worse_by = jnp.where(began > 0, -(-(began + course.confirm) // visits_a_year), 0)
    female = subjects.people.female > 0.5
    onset = autoimmunity(values, seed, patient, female, lived.therapy.courses)

    def began_in(condition: str) -> Array:
        year = jnp.ceil(onset.day[CONDITIONS.index(condition)] / np.float32(DAYS_A_YEAR))
        return jnp.where(year <= years, year, 0).astype(jnp.int32)

    end = jnp.arange(1, years + 1)[:, None, None] * np.float32(DAYS_A_YEAR)
    in_year = (days <= end) & (days > end - np.float32(DAYS_A_YEAR))
    further = lived.therapy.courses[courses.shape[0] :]
    nothing = jnp.zeros((years - further.shape[0], patient.shape[0]), bool)
    return Lived(
        relapses=jnp.sum(in_year, axis=1).astype(jnp.float32),
        edss_change=edss[visits_a_year::visits_a_year] - edss[0],
        worse_by=worse_by,
        thyroid=began_in("thyroid"),
        itp=began_in("itp"),
        course=jnp.concatenate([nothing, jnp.isfinite(further)]),
        finite=jnp.isfinite(lived.relapses.hazard[-1]) & jnp.all(jnp.isfinite(edss), axis=0),
    )


def _figures(lived: Lived, years: int) -> dict[str, NDArray[np.float64]]:
    """Every figure, f64[years, replicates], of the people whose numbers are finite."""
    year = np.arange(1, years + 1)[:, None, None]
    known = lived.finite.astype(float)

    def mean(each: NDArray[Any]) -> NDArray[np.float64]:
        counted = np.where(lived.finite, each, 0.0).sum(axis=-1, dtype=float)
        return np.asarray(counted / np.maximum(known.sum(axis=-1), 1.0))

    def so_far(began: NDArray[Any]) -> NDArray[np.float64]:
        return 100.0 * mean((began > 0) & (began <= year))

    return {
        "annual_rate": mean(lived.relapses),
        "worsening": so_far(lived.worse_by),
        "edss_change": mean(lived.edss_change),
        "thyroid": 100.0 * mean(lived.thyroid == year),
        "thyroid_so_far": so_far(lived.thyroid),
        "itp_so_far": so_far(lived.itp),
        "retreated": 100.0 * mean(np.cumsum(lived.course, axis=0) > 0),
        "courses": 100.0 * mean(lived.course),
    }
