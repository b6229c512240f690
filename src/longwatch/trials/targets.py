"""The 26 rows of calibration targets beside what the mechanism predicts for such studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

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
NOT_PREDICTED: Mapping[int, str] = {
    25: "the table of adverse events: only reactions, herpes and thyroid disease have models",
}
"""Rows that nothing here predicts, and why."""
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
    source: str
    verified: str


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
def targets() -> tuple[Target, ...]:
    """The targets that are no figures of a trial."""
    raw = yaml.safe_load(files("longwatch.trials").joinpath("targets.yaml").read_text("utf-8"))
    return tuple(Target.model_validate(entry) for entry in raw)


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
            PREDICTIONS[target.predict], values, seed, target.people, replicates
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
    """For each of the 26 rows: are all its figures inside? None: nothing predicts it."""
    found: dict[int, bool | None] = dict.fromkeys(range(1, ROWS + 1))
    for one in held:
        before = found[one.row]
        found[one.row] = one.inside if before is None else before and one.inside
    return found
