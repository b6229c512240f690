"""The picture of disability: the same virtual people on interferon and on alemtuzumab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.disability import simulate_disability
from longwatch.mechanism.people import enroll, population
from longwatch.mechanism.recovery import draw_attacks
from longwatch.mechanism.relapses import MOST_IN_TWO_YEARS, Therapy, relapses_of
from longwatch.trials.plot import Axis, Ink, Panel, page

Table = NDArray[np.float64]

PEOPLE, SHOWN, SEED = 256, 4, 2026
MONTHS, BETWEEN_VISITS = 24, 3
_TRIAL = "care_ms_2"
_FINE = 6
"""Points a month of the true course."""


class _Arm(NamedTuple):
    relapses: Table
    true: Table
    observed: Table


def edss(values: Mapping[str, float]) -> str:
    """True and observed EDSS of people who have a relapse on interferon, on both drugs."""
    on = {
        "interferon": _arm(values, alemtuzumab=False),
        "alemtuzumab": _arm(values, alemtuzumab=True),
    }
    end = MONTHS * DAYS_A_MONTH
    # The first who show what there is to see: two relapses and more on interferon.
    chosen = np.flatnonzero((on["interferon"].relapses <= end).sum(axis=0) > 1)[:SHOWN]
    parts: list[str] = []
    said = []
    for column, person in enumerate(chosen):
        for row, (drug, arm) in enumerate(on.items()):
            ink = (Ink.RUST, Ink.BLUE)[row]
            panel = Panel(
                (50 + column * 231, 122 + row * 232, 195, 160),
                Axis(0, MONTHS, range(0, MONTHS + 1, 6), "months" if row else ""),
                Axis(0, 8, range(0, 9, 2)),
                f"Patient {person}" if row == 0 else "",
            )
            panel.words(0, 8, drug, ink, down=-7, bold=True)
            days = arm.relapses[:, person]
            days = days[days <= end]
            for day in days:
                panel.arrow(float(day) / DAYS_A_MONTH, Ink.PLUM)
            fine = np.arange(MONTHS * _FINE + 1) / _FINE
            panel.curve(zip(fine, arm.true[:, person], strict=True), ink)
            for visit, score in enumerate(arm.observed[:, person]):
                panel.dot(visit * BETWEEN_VISITS, float(score), ink, open_=True, size=3.6)
            parts += panel.parts
            said.append(
                f"patient {person} on {drug}: {len(days)} relapses, EDSS "
                f"{arm.observed[0, person]:g} at entry and {arm.observed[-1, person]:g} "
                f"after {MONTHS} months"
            )
    return page(
        "edss",
        "Disability of four virtual people, once on each drug",
        "Line: true EDSS. Rings: what a rater writes down at visits. Triangles: relapses",
        f"{'; '.join(said)}.",
        566,
        parts,
        ["The first four people of a seed with two relapses or more on interferon, so not a "
         "sample. Nothing but the drug differs: one stream of chance for each decision.",
         "Rater noise and good and bad days are as large as what is to be found: single visits "
         "mean little, confirmation after 6 months means more."],
    )  # fmt: skip


def _arm(values: Mapping[str, float], *, alemtuzumab: bool) -> _Arm:
    patients = jnp.arange(PEOPLE, dtype=jnp.uint32)
    none = jnp.full((2, PEOPLE), jnp.inf)
    given = jnp.stack([jnp.zeros(PEOPLE), jnp.full(PEOPLE, DAYS_A_YEAR)])
    therapy = Therapy(given if alemtuzumab else none, jnp.full(PEOPLE, 0.0 if alemtuzumab else 1.0))
    numbers = dict(values)
    subjects = enroll(numbers, SEED, patients, population(numbers, _TRIAL))
    relapses = relapses_of(subjects, therapy, MONTHS)
    attacks = draw_attacks(numbers, SEED, patients, MOST_IN_TWO_YEARS)
    treated = jnp.full(PEOPLE, float(alemtuzumab))
    visits = jnp.arange(0, MONTHS + 1, BETWEEN_VISITS) * DAYS_A_MONTH
    seen = simulate_disability(subjects, treated, relapses.days, attacks, visits)
    fine = jnp.arange(MONTHS * _FINE + 1) * (DAYS_A_MONTH / _FINE)
    whole = simulate_disability(subjects, treated, relapses.days, attacks, fine)
    return _Arm(
        np.asarray(relapses.days, np.float64),
        np.asarray(whole.true, np.float64),
        np.asarray(seen.observed, np.float64),
    )
