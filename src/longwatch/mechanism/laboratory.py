"""Laboratory values: a personal set point, chance around it, the course and disease on top.

Biological and analytical variation enter as one log-normal factor with the variance of both: the
laboratory reports their product, and one draw a value is half the work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.rng import Stream, normal, normal_of, uniform
from longwatch.mechanism.tissue import Effects

TESTS = (
    "platelets",
    "wbc",
    "neutrophils",
    "lymphocytes",
    "hemoglobin",
    "creatinine",
    "urine_rbc",
    "urine_wbc",
    "urine_protein",
    "alt",
    "ast",
    "bilirubin",
    "tsh",
    "free_t4",
    "cd4",
    "cd8",
    "cd19",
    "urine_protein_creatinine_ratio",
)
"""Every test that can be simulated. The order is frozen: it numbers the draws. New ones go last."""

ROOM = 4096
"""Draws kept for each test: item k of test j uses index `j * ROOM + k`."""

_FACTORS = {
    "hemoglobin": "hemoglobin",
    "creatinine": "creatinine",
    "alt": "alt",
    "ast": "ast",
    "bilirubin": "bilirubin",
    "tsh": "tsh",
    "free_t4": "free_t4",
}
_PARTS = ("neutrophils", "lymphocytes")
_SUBSETS = {"cd4": 0, "cd8": 1, "cd19": 2}
"""Row of each counted subset in the cells' array."""


class Visits(NamedTuple):
    """When blood is drawn, and what is known of the person then.

    days: f32[D, n], days since the first infusion.
    items: i32[D], a number for each visit that never changes; it numbers the draws.
    cells: f32[D, 5, n], CD4, CD8, B, NK, other per microliter on those days.
    courses: f32[C, n] or f32[C, 1], first days of the courses, padded with `inf`.
    """

    days: Array
    items: Array
    cells: Array
    courses: Array


def set_point(
    values: Mapping[str, float], seed: int | Array, patients: Array, female: Array, test: str
) -> Array:
    """Each person's own level of a test, f32[n], log-normal around the median of the sex.

    Source: mechanism.md §6, CVG.
    """
    draw = normal(seed, Stream.LABORATORY_SET_POINT, patients, TESTS.index(test))
    return _set_point(values, female, test, draw)


def _set_point(values: Mapping[str, float], female: Array, test: str, draw: Array) -> Array:
    median = jnp.where(
        female, values[f"laboratory.{test}_female"], values[f"laboratory.{test}_male"]
    )
    spread = jnp.sqrt(jnp.log1p(values[f"laboratory.{test}_between"] ** 2))
    return median * jnp.exp(spread * draw)


def laboratory(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    female: Array,
    visits: Visits,
    effects: Effects,
    tests: Sequence[str],
) -> Array:
    """What the laboratory would measure at each visit, before it rounds.

    Inputs:
        values: of `Parameters.values()`.
        patients: u32[n]; female: bool[n].
        visits: days, numbers of the draws, cells, courses.
        effects: of `tissue`, on the same days.
        tests: which, of `TESTS`.

    Returns: f32[T, D, n] in the catalogue's canonical units.

    Source: mechanism.md §6; after a course, §2.
    """
    run = _Run(values, seed, patients, female, visits, effects, tests)
    return jnp.stack([run.value(test) for test in tests])


class _Run:
    """The values of one chunk; parts that several tests share are made once."""

    def __init__(
        self,
        values: Mapping[str, float],
        seed: int | Array,
        patients: Array,
        female: Array,
        visits: Visits,
        effects: Effects,
        tests: Sequence[str],
    ) -> None:
        self.values = values
        self.seed = seed
        self.patients = patients
        self.female = female
        self.visits = visits
        self.effects = effects
        self.made: dict[str, Array] = {}
        # White cells are the sum of their parts, whether or not those are asked for.
        drawn = [test for test in TESTS if test in {*tests, *_PARTS}]
        self.row = {test: row for row, test in enumerate(drawn)}
        numbers = jnp.array([TESTS.index(test) for test in drawn])
        # One call for all: quicker to compile, and the numbers are the same.
        index = (numbers[:, None] * ROOM + visits.items)[:, :, None]
        self.uniform = uniform(seed, Stream.LABORATORY_WITHIN, patients, index)
        own = normal(seed, Stream.LABORATORY_SET_POINT, patients, numbers[:, None])
        self.own = dict(zip(drawn, own, strict=True))
        self.newest = self._newest_course()

    def value(self, test: str) -> Array:
        """One test, f32[D, n]."""
        if test not in self.made:
            self.made[test] = self._new(test)
        return self.made[test]

    def _new(self, test: str) -> Array:
        if test == "platelets":
            return self._around(test) * self.effects.platelets * self._early_fall()
        if test == "neutrophils":
            return self._around(test) * self.effects.neutrophils * self._steroid()
        if test == "lymphocytes":
            total = jnp.sum(self.visits.cells, axis=1) / _PER_MICROLITER
            return total * self._chance(test, "lymphocytes", "lymphocytes")
        if test in _SUBSETS:
            return self.visits.cells[:, _SUBSETS[test]] * self._chance(test, "subsets", "subsets")
        if test == "wbc":
            parts = self.value("neutrophils") + self.value("lymphocytes")
            whole = parts + self.values["laboratory.other_white_cells"]
            return whole * jnp.exp(self._sd(None, "wbc") * self._normal(test))
        if test in ("urine_rbc", "urine_wbc", "urine_protein"):
            return self._urine(test)
        if test == "urine_protein_creatinine_ratio":
            disease = self.values["laboratory.ratio_disease"] * self.effects.proteinuria
            return self._around(test) * jnp.exp(disease)
        factor: Array = getattr(self.effects, _FACTORS[test])
        return self._around(test) * factor

    def _around(self, test: str) -> Array:
        """The set point with its chance."""
        own = _set_point(self.values, self.female, test, self.own[test])
        return own * self._chance(test, test, test)

    def _chance(self, test: str, within: str, analytical: str) -> Array:
        return jnp.exp(self._sd(within, analytical) * self._normal(test))

    def _sd(self, within: str | None, analytical: str) -> Array:
        biology = 0.0 if within is None else self.values[f"laboratory.{within}_within"]
        biology = biology * self.values["laboratory.within_inflation"]
        return jnp.sqrt(
            jnp.log1p(biology**2 + self.values[f"laboratory.{analytical}_analytical"] ** 2)
        )

    def _normal(self, test: str) -> Array:
        return normal_of(self.uniform[self.row[test]])

    def _newest_course(self) -> tuple[Array, Array]:
        """Days since the newest course began, f32[D, n], far below 0 before any; and its depth.

        Courses are a year apart: of an older one nothing is left.
        """
        courses = self.visits.courses
        number = jnp.arange(courses.shape[0])[:, None]
        draw = normal(self.seed, Stream.LABORATORY_EARLY, self.patients, number)
        later = jnp.where(number == 0, 1.0, self.values["laboratory.early_fall_later"])
        depths = later * jnp.exp(self.values["laboratory.early_fall_sd"] * draw)
        since = jnp.full(self.visits.days.shape, -_NEVER)
        depth = jnp.zeros(self.visits.days.shape)
        for start, own in zip(courses, depths, strict=True):
            begun = self.visits.days >= start
            since = jnp.where(begun, self.visits.days - start, since)
            depth = jnp.where(begun, own, depth)
        return since, self.values["laboratory.early_fall"] * depth

    def _early_fall(self) -> Array:
        """The benign fall of platelets around each course.

        Source: mechanism.md §2: in 22 of 22, normal within 2 months (S16).
        """
        since, depth = self.newest
        deepest = self.values["laboratory.early_fall_days"]
        falling = jnp.clip(since / deepest, 0.0, 1.0)
        back = jnp.exp(
            -jnp.maximum(since - deepest, 0.0) / self.values["laboratory.early_fall_recovery"]
        )
        return jnp.exp(-depth * falling * back)

    def _steroid(self) -> Array:
        """Neutrophils under the steroid of each course's first days."""
        since, _ = self.newest
        fading = jnp.exp(-jnp.maximum(since, 0.0) / self.values["laboratory.steroid_recovery"])
        rise = self.values["laboratory.steroid_neutrophils"]
        return jnp.exp(rise * jnp.where(since > 0.0, fading, 0.0))

    def _urine(self, test: str) -> Array:
        """Cells in a field (geometric) and the grade of the dipstick; disease adds to them."""
        draw = self.uniform[self.row[test]]
        if test == "urine_protein":
            grade = jnp.where(draw < self.values["laboratory.protein_one"], 1.0, 0.0)
            sick = jnp.round(self.values["tissue.protein_grade"] * self.effects.proteinuria)
            return jnp.maximum(grade, sick)
        mean = self.values[f"laboratory.{test}_mean"]
        cells = jnp.floor(jnp.log(draw) / jnp.log(mean / (1.0 + mean)))
        if test == "urine_wbc":
            return cells
        # The same uniform number, stretched: which sample is of menstruation, and how much it has.
        share = self.values["laboratory.menses_share"]
        menses = self.female & (draw > 1.0 - share)
        rest = jnp.clip((1.0 - draw) / share, _SMALLEST, 1.0)
        cells = cells + jnp.where(
            menses, jnp.round(-self.values["laboratory.menses_cells"] * jnp.log(rest)), 0.0
        )
        disease = self.values["tissue.hematuria_cells"] * self.effects.hematuria
        return cells + jnp.round(disease)


_PER_MICROLITER = 1000.0
"""Cells per microliter in 10*9/L."""
_NEVER = 1e7
_SMALLEST = 1e-6
"""Keeps a logarithm finite."""
