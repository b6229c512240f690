"""Platelets under a growing antibody: turnover of about nine days, until treatment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

STEPS = 240
"""Steps of one day from the onset: the slowest titre has reached its plateau by then."""


class Platelets(NamedTuple):
    """Immune thrombocytopenia on given days.

    factor: f32[D, n] on the personal set point.
    treated, bleeding: f32[n], days since the first infusion, `inf` for never; bleeding is the first
        day on which somebody sees it.
    """

    factor: Array
    treated: Array
    bleeding: Array


def untreated_path(values: Mapping[str, float], doubling: Array, strength: Array) -> Array:
    """Platelets over their set point on day 0, 1, 2, … after the onset of the antibody.

    dP/dt = (1 - (1 + strength A) P) / life; A logistic. Each step is exact for the titre at its
    middle, so the path stays positive and needs no smaller steps.

    Inputs:
        doubling: f32[n], doubling time of the titre at its beginning, days.
        strength: f32[n], clearance by antibody at the titre's plateau over the normal one.

    Returns: f32[STEPS + 1, n].

    Source: mechanism.md §9, tissue layer.
    """
    start = values["tissue.titre_at_onset"]
    rate = jnp.log(2.0) / (doubling * (1.0 - start))
    odds = (1.0 - start) / start
    life = values["tissue.platelet_life"]

    def step(share: Array, day: Array) -> tuple[Array, Array]:
        titre = 1.0 / (1.0 + odds * jnp.exp(-rate * (day + 0.5)))
        clearance = 1.0 + strength * titre
        rest = 1.0 / clearance
        new = rest + (share - rest) * jnp.exp(-clearance / life)
        return new, new

    first = jnp.ones_like(doubling)
    days = jnp.arange(STEPS, dtype=jnp.float32)
    _, path = jax.lax.scan(step, first, days)
    return jnp.concatenate([first[None], path])


def immune_thrombocytopenia(
    values: Mapping[str, float],
    onset: Array,
    doubling: Array,
    strength: Array,
    set_point: Array,
    days: Array,
    attended: Array,
    notice: Array,
) -> Platelets:
    """Platelets on given days, with treatment as soon as a visit or an emergency shows the fall.

    Inputs:
        onset: f32[n], days since the first infusion, `inf` for never.
        set_point: f32[n], 10*9/L.
        days, attended: f32 and bool[D, n], the visits.
        notice: f32[n], uniform: who sees bleeding.

    Returns: `Platelets`.
    """
    path = untreated_path(values, doubling, strength)
    begins = jnp.isfinite(onset)
    start = jnp.where(begins, onset, 0.0)
    untreated = jnp.where(begins, _at(path, days - start), 1.0)
    seen = attended & (untreated * set_point < values["tissue.itp_treated_below"])
    found = jnp.min(jnp.where(seen, days, jnp.inf), axis=0) + values["tissue.itp_treatment_delay"]
    forced = start + _first_below(path * set_point, values["tissue.itp_forced_below"])
    treated = jnp.where(begins, jnp.minimum(found, forced), jnp.inf)
    then = jnp.where(begins, _at(path, (treated - start)[None])[0], 1.0)
    back = jnp.exp(-jnp.maximum(days - treated, 0.0) / values["tissue.itp_recovery"])
    factor = jnp.where(days < treated, untreated, 1.0 - (1.0 - then) * back)
    bleeds = start + _first_below(path * set_point, values["tissue.itp_bleeding_below"])
    visible = begins & (bleeds < treated) & (notice < values["tissue.itp_bleeding_share"])
    return Platelets(factor, treated, jnp.where(visible, bleeds, jnp.inf))


def _at(path: Array, since: Array) -> Array:
    """The path at days between its knots; before the onset its first, after the end its last."""
    place = jnp.clip(since, 0.0, float(STEPS))
    before = jnp.minimum(place.astype(jnp.int32), STEPS - 1)
    low = jnp.take_along_axis(path, before, axis=0)
    high = jnp.take_along_axis(path, before + 1, axis=0)
    return low + (high - low) * (place - before)


def _first_below(path: Array, limit: float) -> Array:
    """Days after the onset until the path is below a limit; `inf` when it never is."""
    below = path < limit
    return jnp.where(jnp.any(below, axis=0), jnp.argmax(below, axis=0).astype(jnp.float32), jnp.inf)
