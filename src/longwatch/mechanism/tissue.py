"""From the onset of an autoimmune disease to the factors on laboratory values, and to treatment.

Thyroid, kidney, liver and red cells follow smooth steps with the evolutions of mechanism.md §9;
platelets follow their turnover under a growing antibody (`platelets.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.autoimmunity import CONDITIONS, Onsets, Thyroid
from longwatch.mechanism.platelets import Platelets, immune_thrombocytopenia
from longwatch.mechanism.rng import Stream, normal, uniform

DRAWS = {"titre": 0, "strength": 1, "thyroid_pace": 2, "severity": 3, "lead": 4, "doubling": 5}
"""Index of each draw in `Stream.TISSUE`; frozen. 6 is the notice of bleeding."""
BLEEDING = 6


class Effects(NamedTuple):
    """What diseases do to laboratory values on given days.

    Factors f32[D, n], 1 in health: platelets, neutrophils, hemoglobin, tsh, free_t4, creatinine,
    alt, ast, bilirubin. Levels f32[D, n], 0 in health and 1 at the height: hematuria, proteinuria.
    itp: `Platelets`, with the day of treatment and of visible bleeding.
    """

    platelets: Array
    neutrophils: Array
    hemoglobin: Array
    tsh: Array
    free_t4: Array
    creatinine: Array
    alt: Array
    ast: Array
    bilirubin: Array
    hematuria: Array
    proteinuria: Array
    itp: Platelets


def tissue(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    onsets: Onsets,
    set_point: Array,
    days: Array,
    attended: Array,
) -> Effects:
    """The factors on laboratory values at each day.

    Inputs:
        onsets: of `autoimmunity`.
        set_point: f32[n], each person's own platelet count, 10*9/L.
        days: f32[D, n], days since the first infusion.
        attended: bool[D, n], whether blood was drawn (a low count leads to treatment).

    Returns: `Effects`.

    Source: mechanism.md §9, tissue layer.
    """
    since = days[:, None, :] - jnp.where(jnp.isfinite(onsets.day), onsets.day, _NEVER)[None]
    by_name = {name: since[:, row] for row, name in enumerate(CONDITIONS)}
    itp = immune_thrombocytopenia(
        values,
        onsets.day[CONDITIONS.index("itp")],
        _between(values, "titre_doubling", seed, patients, "titre"),
        values["tissue.itp_strength"]
        * jnp.exp(
            values["tissue.itp_strength_sd"]
            * normal(seed, Stream.TISSUE, patients, DRAWS["strength"])
        ),
        set_point,
        days,
        attended,
        uniform(seed, Stream.TISSUE, patients, BLEEDING),
    )
    low_blood = jnp.exp(
        values["tissue.pancytopenia_cells"] * _illness(values, by_name["pancytopenia"], "blood")
    )
    tsh, free_t4 = _thyroid(values, seed, patients, onsets.thyroid, by_name["thyroid"])
    creatinine, hematuria, proteinuria = _kidney(
        values, seed, patients, onsets.anti_gbm, by_name["nephropathy"]
    )
    liver = _illness(values, by_name["hepatitis"], "hepatitis")
    red = _illness(values, by_name["hemolytic_anemia"], "blood")
    return Effects(
        platelets=itp.factor * low_blood,
        neutrophils=low_blood,
        hemoglobin=jnp.exp(values["tissue.hemolysis_hemoglobin"] * red),
        tsh=tsh,
        free_t4=free_t4,
        creatinine=creatinine,
        alt=jnp.exp(values["tissue.hepatitis_alt"] * liver),
        ast=jnp.exp(values["tissue.hepatitis_ast"] * liver),
        bilirubin=jnp.exp(values["tissue.hepatitis_bilirubin"] * liver),
        hematuria=hematuria,
        proteinuria=proteinuria,
        itp=itp,
    )


_NEVER = 1e7
"""A day beyond every life, for arithmetic that `inf` would break."""


def smooth_step(share: Array) -> Array:
    """0 up to 0, 1 from 1 on, smooth in between."""
    within = jnp.clip(share, 0.0, 1.0)
    return within * within * (3.0 - 2.0 * within)


def _after(since: Array, treated_after: Array | float, recovery: float) -> Array:
    """1 before treatment, then the exponential return to health."""
    return jnp.exp(-jnp.maximum(since - treated_after, 0.0) / recovery)


def _illness(values: Mapping[str, float], since: Array, name: str) -> Array:
    """A level from 0 to 1 that evolves, is treated, and goes back."""
    pace = "hemolysis_evolution" if name == "blood" else f"{name}_evolution"
    rise = smooth_step(since / values[f"tissue.{pace}"])
    treated = values[f"tissue.{name}_treated_after"]
    return rise * _after(since, treated, values[f"tissue.{name}_recovery"])


def _between(
    values: Mapping[str, float], name: str, seed: int | Array, patients: Array, draw: str
) -> Array:
    """Uniform between the two ends that the facts give."""
    low, high = values[f"tissue.{name}_low"], values[f"tissue.{name}_high"]
    return low + (high - low) * uniform(seed, Stream.TISSUE, patients, DRAWS[draw])


def _thyroid(
    values: Mapping[str, float], seed: int | Array, patients: Array, kind: Array, since: Array
) -> tuple[Array, Array]:
    """Factors on TSH and free T4: level 1 is full hyper-, -1 full hypothyroidism."""
    pace = _between(values, "thyroid_evolution", seed, patients, "thyroid_pace")
    rise = smooth_step(since / pace)
    turn = 2.0 * jnp.pi * jnp.maximum(since - pace, 0.0) / values["tissue.fluctuation_period"]
    hypo = smooth_step((since - values["tissue.thyroiditis_hyper"]) / pace)
    well = smooth_step((since - values["tissue.thyroiditis_end"]) / pace)
    level = jnp.where(kind == Thyroid.HASHIMOTO, -rise, rise)
    level = jnp.where(kind == Thyroid.FLUCTUATING, rise * jnp.cos(turn), level)
    level = jnp.where(kind == Thyroid.THYROIDITIS, rise - 2.0 * hypo + well, level)
    level = level * jnp.exp(
        values["tissue.thyroid_severity_sd"]
        * normal(seed, Stream.TISSUE, patients, DRAWS["severity"])
    )
    level = level * _after(
        since, values["tissue.thyroid_treated_after"], values["tissue.thyroid_recovery"]
    )
    over, under = jnp.maximum(level, 0.0), jnp.maximum(-level, 0.0)
    return (
        jnp.exp(values["tissue.hyper_tsh"] * over + values["tissue.hypo_tsh"] * under),
        jnp.exp(values["tissue.hyper_ft4"] * over + values["tissue.hypo_ft4"] * under),
    )


def _kidney(
    values: Mapping[str, float], seed: int | Array, patients: Array, anti_gbm: Array, since: Array
) -> tuple[Array, Array, Array]:
    """Factor on creatinine; levels of blood and protein in urine.

    In anti-GBM disease blood in urine leads and creatinine doubles within days until treatment;
    membranous nephropathy loses protein slowly.
    """
    lead = _between(values, "hematuria_lead", seed, patients, "lead")
    doubling = _between(values, "creatinine_doubling", seed, patients, "doubling")
    most = jnp.log(values["tissue.creatinine_most"])
    left = jnp.log(values["tissue.creatinine_left"])
    after = _after(
        since,
        lead + values["tissue.nephropathy_treated_after"],
        values["tissue.nephropathy_recovery"],
    )
    growth = jnp.log(2.0) * jnp.maximum(since - lead, 0.0) / doubling
    height = jnp.minimum(growth, most)
    stays = jnp.minimum(height, left)
    rapid = stays + (height - stays) * after
    slow = smooth_step(since / values["tissue.membranous_evolution"])
    blood = smooth_step(since / jnp.maximum(lead, 1.0)) * after
    return (
        jnp.exp(jnp.where(anti_gbm, rapid, values["tissue.membranous_creatinine"] * slow)),
        jnp.where(anti_gbm, blood, 0.25 * slow),
        jnp.where(anti_gbm, 0.5 * blood, slow * after),
    )
