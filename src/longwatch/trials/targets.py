"""The 26 rows of calibration targets beside what the mechanism predicts for such studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict

from longwatch.mechanism.parameters import Parameters
from longwatch.trials.design import designs
from longwatch.trials.predictions import PREDICTIONS, per_replicate
from longwatch.trials.table import compare
from longwatch.trials.trial import run_trial

ROWS = 26
"""Rows of the table of targets, mechanism.md §10."""
IN_PART: Mapping[int, str] = {
    25: "of the table of adverse events only infusion reactions' symptoms and herpes have models "
    "(thyroid disease stands in row 21); the other lines do not",
}
"""Rows of which only a part is predicted, and why: they never count as inside."""
_LOW, _MIDDLE, _HIGH = 2.5, 50.0, 97.5


class Target(BaseModel):
    """One figure of `targets.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    row: int
    name: str
    unit: str
    value: float
    people: int
    people_known: bool
    predict: str
    given: Mapping[str, int | float | bool | str] = {}
    source: str
    verified: Literal["yes", "recalled", "proposal"]


class StudyNumber(BaseModel):
    """What a study fixed: a day, a length, a limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    value: float
    unit: str
    meaning: str
    source: str
    verified: Literal["yes", "recalled", "proposal"]


class TargetFile(BaseModel):
    """What `targets.yaml` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    last_checked_on: date
    numbers: tuple[StudyNumber, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Held:
    """A published figure beside its prediction: median and 95 % interval for its study's size."""

    row: int
    id: str
    name: str
    unit: str
    published: float
    predicted: float
    low: float
    high: float
    source: str

    @property
    def inside(self) -> bool:
        """Does the published figure lie in the predicted interval?"""
        return self.low <= self.published <= self.high


@cache
def file() -> TargetFile:
    """All of `targets.yaml`."""
    text = files("longwatch.trials").joinpath("targets.yaml").read_text("utf-8")
    return TargetFile.model_validate(yaml.safe_load(text))


def targets() -> tuple[Target, ...]:
    """The targets that are no figures of a trial."""
    return file().targets


def given_to(target: Target) -> dict[str, Any]:
    """What the study of a target fixed, with the numbers that it names filled in."""
    numbers = {number.id: number.value for number in file().numbers}
    return {name: numbers.get(str(value), value) for name, value in target.given.items()}


def hold_against(
    replicates: int = 200,
    seed: int = 0,
    parameters: Parameters | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Held]:
    """Every target beside its prediction, by row.

    Inputs:
        replicates: studies simulated for each figure.
        seed: of all chance.
        parameters: of the mechanism; the shipped ones if not given.
        progress: called with figures done and in all; a trial counts as one.
    """
    parameters = parameters or Parameters.load()
    values = parameters.values()
    steps = len(targets()) + len(designs())
    held: list[Held] = []
    for done, target in enumerate(targets(), 1):
        figures = per_replicate(
            PREDICTIONS[target.predict], given_to(target), values, seed, target.people, replicates
        )
        low, middle, high = (float(p) for p in np.nanpercentile(figures, [_LOW, _MIDDLE, _HIGH]))
        held.append(
            Held(
                target.row, target.id, target.name, target.unit, target.value, middle, low, high,
                target.source,
            )
        )  # fmt: skip
        if progress is not None:
            progress(done, steps)
    for done, name in enumerate(designs(), len(targets()) + 1):
        result = run_trial(name, replicates, seed, parameters)
        held += [
            Held(
                row.target, f"{name} {row.id}", f"{result.design.title}: {row.name}, {row.arm}",
                row.unit, row.published, row.predicted, row.low, row.high, row.source,
            )
            for row in compare(result)
        ]  # fmt: skip
        if progress is not None:
            progress(done, steps)
    return sorted(held, key=lambda one: (one.row, one.id))


def rows_inside(held: list[Held]) -> dict[int, bool | None]:
    """For each of the 26 rows: are all its figures inside? None: not all of it is predicted."""
    found: dict[int, bool | None] = dict.fromkeys(range(1, ROWS + 1))
    for one in held:
        before = found[one.row]
        found[one.row] = one.inside if before is None else before and one.inside
    return {row: None if row in IN_PART else answer for row, answer in found.items()}
