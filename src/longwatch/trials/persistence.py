"""How often confirmed worsening lasts: a check of noise and fluctuation, not fitted to.

Noise alone confirms some worsening that is none: it ends again. Row 26 of the targets counts
which share of confirmed events is still there years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.disability import simulate_disability
from longwatch.mechanism.people import enroll, population
from longwatch.mechanism.recovery import draw_attacks
from longwatch.mechanism.relapses import Therapy, relapses_of
from longwatch.trials.confirmed import Limits, confirmed_worsening, held_for

MONTHS_A_YEAR = 12
TRIAL = "care_ms_2"
"""The people nearest to a registry's: of two trials those with the longer disease."""
MOST_RELAPSES, MOST_STEPS = 32, 24
"""Kept of each person in eight years on interferon."""


@partial(jax.jit, static_argnames=("years", "found_within", "confirmation", "between_visits"))
def persistence(
    values: Mapping[str, Any],
    seed: int,
    patients: Array,
    *,
    years: float,
    found_within: float,
    confirmation: float,
    between_visits: float,
    rise: float,
    rise_from_zero: float,
) -> Array:
    """Does a person's first confirmed worsening last? 100 or 0; NaN for people without one.

    Inputs:
        years: so long it must last; found_within: years from entry in which it must begin.
        confirmation: months; so long it must be there to count, and so long it must be gone for
            its end to count (the facts do not say how the end was defined).
        between_visits: months. rise, rise_from_zero: EDSS.

    People are those of CARE-MS II on interferon; nobody leaves.
    """
    months = round((found_within + years) * MONTHS_A_YEAR + confirmation)
    subjects = enroll(values, seed, patients, population(dict(values), TRIAL))
    nobody = jnp.zeros(patients.shape, jnp.float32)
    therapy = Therapy(jnp.full((1, *patients.shape), jnp.inf), nobody + 1.0)
    relapses = relapses_of(subjects, therapy, months, MOST_RELAPSES)
    attacks = draw_attacks(values, seed, patients, MOST_RELAPSES)
    visits = jnp.arange(0, months + 1, round(between_visits)) * np.float32(DAYS_A_MONTH)
    edss = simulate_disability(
        subjects, nobody, relapses.days, attacks, visits, MOST_STEPS
    ).observed
    confirm = round(confirmation / between_visits)
    limits = Limits(rise, rise_from_zero)
    began, _ = confirmed_worsening(edss, None, limits, confirm)
    number = jnp.arange(edss.shape[0])[:, None]
    below = edss - edss[0] < limits.of(edss[0])
    last = began + round(years * MONTHS_A_YEAR / between_visits)
    gone = held_for(below & (number > began) & (number <= last), confirm)
    counts = (began > 0) & (began <= round(found_within * MONTHS_A_YEAR / between_visits))
    return jnp.where(counts, jnp.where(jnp.any(gone, axis=0), 0.0, 100.0), jnp.nan)
