"""Concentration of the drug: two compartments, cleared the slower the fewer lymphocytes there are.

    dA1/dt = R - (CL + Q)/V1 * A1 + Q/V2 * A2        C = A1/V1
    dA2/dt = Q/V1 * A1 - Q/V2 * A2
    CL = (cl + cl_lymphocytes * L/L_ref) * (1, or less once antibodies are there)

Within a step CL is frozen at its value in the middle, and the step is exact for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from longwatch.mechanism import rng

Values = Mapping[str, ArrayLike]

_CLEARANCE, _VOLUME, _WEIGHT = 0, 1, 2
_INSTANT = 1e-6
"""Days: keeps a step of no length from a division by zero."""


class Body(NamedTuple):
    """What a person does to the drug; all `(n,)`. CL and Q in L/d, V in L, lymphocytes in 1/µL."""

    cl: Array
    cl_per_cell: Array
    q: Array
    v1: Array
    v2: Array
    antibodies_from: Array
    with_antibodies: Array


class Amounts(NamedTuple):
    """Drug in the central and the peripheral compartment, mg, `(n,)`."""

    central: Array
    peripheral: Array


def draw_body(
    values: Values,
    seed: int | Array,
    patients: Array,
    starts: Array,
    weight_kg: Array | None = None,
) -> Body:
    """Pharmacokinetics of each person.

    Inputs:
        values: of `Parameters`.
        patients: patient numbers, `(n,)`.
        starts: first days of the courses, `(courses, 1 or n)`; `inf` for none.
        weight_kg: `(n,)`; drawn where not given.
    """

    def draw(index: int) -> Array:
        return rng.normal(seed, rng.Stream.PHARMACOKINETICS, patients, index)

    typical = jnp.asarray(values["pk.weight"])
    if weight_kg is None:
        weight_kg = typical * jnp.exp(log_sd(values["pk.weight_cv"]) * draw(_WEIGHT))
    size = weight_kg / jnp.asarray(values["pk.weight_reference"])
    cleared = jnp.exp(log_sd(values["pk.cl_cv"]) * draw(_CLEARANCE))
    volume = size * jnp.exp(log_sd(values["pk.v1_cv"]) * draw(_VOLUME))
    per_cell = values["pk.cl_lymphocytes"] / jnp.asarray(values["pk.lymphocytes_reference"])
    return Body(
        cl=jnp.asarray(values["pk.cl"] * cleared),
        cl_per_cell=jnp.asarray(per_cell * cleared),
        q=jnp.broadcast_to(jnp.asarray(values["pk.q"], jnp.float32), cleared.shape),
        v1=jnp.asarray(values["pk.v1"] * volume),
        v2=jnp.asarray(values["pk.v2"] * size * jnp.ones_like(cleared)),
        antibodies_from=_antibodies(values, seed, patients, starts),
        with_antibodies=jnp.asarray(values["pk.antibodies.clearance"], jnp.float32),
    )


def _antibodies(values: Values, seed: int | Array, patients: Array, starts: Array) -> Array:
    """Day from which antibodies slow the clearance; `inf` for never."""
    u = rng.uniform(seed, rng.Stream.ANTIBODIES, patients, 0)
    later = jnp.where(
        u < values["pk.antibodies.later_courses"],
        starts[1] if len(starts) > 1 else jnp.inf,
        jnp.inf,
    )
    first = jnp.where(u < values["pk.antibodies.first_course"], starts[0], later)
    return jnp.asarray(first + values["pk.antibodies.delay"], jnp.float32)


def clearance(body: Body, cells: Array, middle: Array, h: Array) -> Array:
    """Clearance in L/d with `cells` lymphocytes per µL, in a step of `h` days around `middle`."""
    # By the share of the step that has antibodies: their day need not be an edge of the grid.
    share = (middle - body.antibodies_from) / jnp.maximum(h, _INSTANT) + 0.5
    slowed = (1.0 - body.with_antibodies) * jnp.clip(share, 0.0, 1.0)
    return (body.cl + body.cl_per_cell * cells) * (1.0 - slowed)


def advance(
    body: Body, amounts: Amounts, cl: Array, rate: Array, h: Array
) -> tuple[Array, Amounts]:
    """One step of `h` days at infusion `rate` (mg/d): concentration in its middle, amounts after.

    Exact for constant `cl` and `rate`; `h` may be 0.
    """
    out, over, back = cl / body.v1, body.q / body.v1, body.q / body.v2
    total = out + over + back
    root = jnp.sqrt(total * total - 4.0 * out * back)
    fast, slow = (total + root) / 2, (total - root) / 2
    steady1 = rate / out
    steady2 = steady1 * (over / back)
    d1, d2 = amounts.central - steady1, amounts.peripheral - steady2
    half_fast, half_slow = jnp.exp(-fast * h / 2), jnp.exp(-slow * h / 2)
    # The matrix exponential of two real modes; `share` and `mixed` are its first row and column.
    lead1 = (fast - out - over) * d1 + back * d2
    lead2 = over * d1 + (fast - back) * d2
    lag1, lag2 = root * d1 - lead1, root * d2 - lead2
    middle = steady1 + (half_slow * lead1 + half_fast * lag1) / root
    whole_fast, whole_slow = half_fast * half_fast, half_slow * half_slow
    after = Amounts(
        steady1 + (whole_slow * lead1 + whole_fast * lag1) / root,
        steady2 + (whole_slow * lead2 + whole_fast * lag2) / root,
    )
    return middle / body.v1, after


def log_sd(cv: ArrayLike) -> Array:
    """Standard deviation of the logarithm for a coefficient of variation.

    >>> round(float(log_sd(0.3)), 3)
    0.294
    """
    return jnp.sqrt(jnp.log1p(jnp.square(jnp.asarray(cv, jnp.float32))))
