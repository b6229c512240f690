"""What was thought of the fitted parameters before the fit."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field


class Prior(BaseModel):
    """Middle and standard deviation; `log`: the deviation is one of the natural logarithm."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    middle: float
    sd: float = Field(gt=0)
    log: bool = False
    place: str
    verified: Literal["yes", "recalled", "proposal"]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    trials: tuple[Prior, ...]
    recovery: tuple[Prior, ...]


def priors(fitted_to: Literal["trials", "recovery"] = "trials") -> tuple[Prior, ...]:
    """The parameters that are fitted to the two trials, or to the recovery of relapses.

    >>> priors("recovery")[0].id
    'recovery.share_0_half_steps'
    """
    return _file().trials if fitted_to == "trials" else _file().recovery


@cache
def _file() -> _File:
    text = files("longwatch.trials").joinpath("priors.yaml").read_text("utf-8")
    return _File.model_validate(yaml.safe_load(text))
