"""From the onset of an autoimmune disease to the factors on laboratory values, and to treatment.

Thyroid, kidney, liver and red cells follow smooth steps with the evolutions of mechanism.md §9;
platelets follow their turnover under a growing antibody (`platelets.py`). A disease is found at
the first draw that shows it, or else when the person feels so ill that it is looked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.autoimmunity import CONDITIONS, Onsets, Thyroid
from longwatch.mechanism.platelets import Platelets, immune_thrombocytopenia
from longwatch.mechanism.rng import Stream, normal_of, uniform

DRAWS = {"titre": 0, "strength": 1, "thyroid_pace": 2, "severity": 3, "lead": 4, "doubling": 5}
"""Index of each draw in `Stream.TISSUE`; frozen. 6 is the notice of bleeding."""
BLEEDING = 6


class Effects(NamedTuple):
    """What diseases do to laboratory values on given days.

    Factors f32[D, n], 1 in health: platelets, neutrophils, hemoglobin, tsh, free_t4, creatinine,
    alt, ast, bilirubin. Levels f32[D, n], 0 in health and 1 at the height: hematuria, proteinuria.
    itp: `Platelets`, with the day of treatment and of visible bleeding.
    found: f32[K, n] by `CONDITIONS`, the day of diagnosis, when treatment begins; `inf` for never.
    felt: bool[K, n], whether symptoms led to it and not a draw.
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
    found: Array
    felt: Array


class Drawn(NamedTuple):
    """At which visits there was blood, a thyroid test, urine; bool[D, n] each."""

    blood: Array
    thyroid: Array
    urine: Array


def tissue(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    onsets: Onsets,
    set_point: Array,
    days: Array,
    drawn: Drawn | Array,
) -> Effects:
    """The factors on laboratory values at each day.

    Inputs:
        onsets: of `autoimmunity`.
        set_point: f32[n], each person's own platelet count, 10*9/L.
        days: f32[D, n], days since the first infusion.
        drawn: what was taken at each visit, for a draw that shows a disease leads to treatment;
            one bool[D, n] means all of it.

    Returns: `Effects`.

    Source: mechanism.md §9, tissue layer.
    """
    if not isinstance(drawn, Drawn):
        drawn = Drawn(drawn, drawn, drawn)
    begin = jnp.where(jnp.isfinite(onsets.day), onsets.day, _NEVER)
    # One call for all: quicker to compile, and the numbers are the same.
    u = uniform(seed, Stream.TISSUE, patients, jnp.arange(BLEEDING + 1)[:, None])
    clinic = _Clinic(values, days, drawn, begin)
    itp = immune_thrombocytopenia(
        values,
        onsets.day[CONDITIONS.index("itp")],
        _between(values, "titre_doubling", u[DRAWS["titre"]]),
        values["tissue.itp_strength"]
        * jnp.exp(values["tissue.itp_strength_sd"] * normal_of(u[DRAWS["strength"]])),
        set_point,
        days,
        drawn.blood,
        u[BLEEDING],
    )
    tsh, free_t4 = _thyroid(values, u, onsets.thyroid, clinic)
    creatinine, hematuria, proteinuria = _kidney(values, u, onsets.anti_gbm, clinic)
    liver = _illness(values, clinic, "hepatitis", "hepatitis")
    red = _illness(values, clinic, "hemolytic_anemia", "blood")
    low_blood = jnp.exp(
        values["tissue.pancytopenia_cells"] * _illness(values, clinic, "pancytopenia", "blood")
    )
    found, felt = clinic.diagnoses(itp)
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
        found=jnp.where(jnp.isfinite(onsets.day), found, jnp.inf),
        felt=felt & jnp.isfinite(onsets.day),
    )


class _Clinic:
    """The visits of some people, and what they show: it remembers when each disease was found."""

    def __init__(
        self, values: Mapping[str, float], days: Array, drawn: Drawn, begin: Array
    ) -> None:
        self.values = values
        self.days = days
        self.drawn = drawn
        self.begin = begin
        self.seen: dict[str, tuple[Array, Array]] = {}

    def since(self, name: str) -> Array:
        """Days since the onset, f32[D, n]; negative before it."""
        return self.days - self.begin[CONDITIONS.index(name)]

    def treated(
        self, name: str, part: str, level: Array, drawn: Array, latest: Array | float
    ) -> Array:
        """The day on which a disease is found and its treatment begins, f32[n].

        Inputs:
            part: whose delay counts from the draw to the diagnosis.
            level: untreated, f32[D, n]; 1 is full disease.
            drawn: bool[D, n], where the tests were taken that show it.
            latest: f32[n] or a scalar, days after the onset when it is felt.
        """
        shown = drawn & (level >= self.values["tissue.found_level"])
        first = jnp.min(jnp.where(shown, self.days, jnp.inf), axis=0)
        by_draw = first + self.values[f"tissue.{part}_found_delay"]
        by_symptom = self.begin[CONDITIONS.index(name)] + latest
        self.seen[name] = (jnp.minimum(by_draw, by_symptom), by_symptom <= by_draw)
        return self.seen[name][0]

    def diagnoses(self, itp: Platelets) -> tuple[Array, Array]:
        """`found` and `felt` of `Effects`."""
        self.seen["itp"] = (itp.treated, jnp.isfinite(itp.bleeding))
        told = self.begin + self.values["tissue.other_told_after"]
        whole = [
            self.seen.get(name, (told[row], jnp.ones_like(told[row], bool)))
            for row, name in enumerate(CONDITIONS)
        ]
        return jnp.stack([day for day, _ in whole]), jnp.stack([felt for _, felt in whole])


_NEVER = 1e7
"""A day beyond every life, for arithmetic that `inf` would break."""


def smooth_step(share: Array) -> Array:
    """0 up to 0, 1 from 1 on, smooth in between."""
    within = jnp.clip(share, 0.0, 1.0)
    return within * within * (3.0 - 2.0 * within)


def _left(values: Mapping[str, float], days: Array, treated: Array, name: str) -> Array:
    """1 before treatment, then the exponential return to health."""
    return jnp.exp(-jnp.maximum(days - treated, 0.0) / values[f"tissue.{name}_recovery"])


def _illness(values: Mapping[str, float], clinic: _Clinic, name: str, kind: str) -> Array:
    """A level from 0 to 1 that evolves, is found and treated, and goes back."""
    pace = "hemolysis_evolution" if kind == "blood" else f"{kind}_evolution"
    rise = smooth_step(clinic.since(name) / values[f"tissue.{pace}"])
    latest = values[f"tissue.{kind}_treated_after"]
    treated = clinic.treated(name, kind, rise, clinic.drawn.blood, latest)
    return rise * _left(values, clinic.days, treated, kind)


def _between(values: Mapping[str, float], name: str, u: Array) -> Array:
    """Uniform between the two ends that the facts give."""
    low, high = values[f"tissue.{name}_low"], values[f"tissue.{name}_high"]
    return low + (high - low) * u


def _thyroid(
    values: Mapping[str, float], u: Array, kind: Array, clinic: _Clinic
) -> tuple[Array, Array]:
    """Factors on TSH and free T4: level 1 is full hyper-, -1 full hypothyroidism."""
    since = clinic.since("thyroid")
    pace = _between(values, "thyroid_evolution", u[DRAWS["thyroid_pace"]])
    rise = smooth_step(since / pace)
    turn = 2.0 * jnp.pi * jnp.maximum(since - pace, 0.0) / values["tissue.fluctuation_period"]
    hypo = smooth_step((since - values["tissue.thyroiditis_hyper"]) / pace)
    well = smooth_step((since - values["tissue.thyroiditis_end"]) / pace)
    level = jnp.where(kind == Thyroid.HASHIMOTO, -rise, rise)
    level = jnp.where(kind == Thyroid.FLUCTUATING, rise * jnp.cos(turn), level)
    level = jnp.where(kind == Thyroid.THYROIDITIS, rise - 2.0 * hypo + well, level)
    spread = values["tissue.thyroid_severity_sd"]
    level = level * jnp.exp(spread * normal_of(u[DRAWS["severity"]]))
    latest = values["tissue.thyroid_treated_after"]
    treated = clinic.treated("thyroid", "thyroid", jnp.abs(level), clinic.drawn.thyroid, latest)
    level = level * _left(values, clinic.days, treated, "thyroid")
    over, under = jnp.maximum(level, 0.0), jnp.maximum(-level, 0.0)
    return (
        jnp.exp(values["tissue.hyper_tsh"] * over + values["tissue.hypo_tsh"] * under),
        jnp.exp(values["tissue.hyper_ft4"] * over + values["tissue.hypo_ft4"] * under),
    )


def _kidney(
    values: Mapping[str, float], u: Array, anti_gbm: Array, clinic: _Clinic
) -> tuple[Array, Array, Array]:
    """Factor on creatinine; levels of blood and protein in urine.

    In anti-GBM disease blood in urine leads and creatinine doubles within days until treatment;
    membranous nephropathy loses protein slowly.
    """
    since = clinic.since("nephropathy")
    lead = _between(values, "hematuria_lead", u[DRAWS["lead"]])
    doubling = _between(values, "creatinine_doubling", u[DRAWS["doubling"]])
    most = jnp.log(values["tissue.creatinine_most"])
    left = jnp.log(values["tissue.creatinine_left"])
    growth = jnp.log(2.0) * jnp.maximum(since - lead, 0.0) / doubling
    height = jnp.minimum(growth, most)
    stays = jnp.minimum(height, left)
    slow = smooth_step(since / values["tissue.membranous_evolution"])
    visible = smooth_step(since / jnp.maximum(lead, 1.0))
    latest = jnp.where(
        anti_gbm,
        lead + values["tissue.nephropathy_treated_after"],
        values["tissue.membranous_felt_after"],
    )
    shown = jnp.where(anti_gbm, visible, slow)
    treated = clinic.treated("nephropathy", "nephropathy", shown, clinic.drawn.urine, latest)
    after = _left(values, clinic.days, treated, "nephropathy")
    rapid = stays + (height - stays) * after
    blood = visible * after
    return (
        jnp.exp(jnp.where(anti_gbm, rapid, values["tissue.membranous_creatinine"] * slow)),
        jnp.where(anti_gbm, blood, 0.25 * slow),
        jnp.where(anti_gbm, 0.5 * blood, slow * after),
    )
