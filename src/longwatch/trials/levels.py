"""Levels that the pictures of the mechanism show besides its own figures, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict


class Level(BaseModel):
    """One number of `pictures.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    value: float
    unit: str
    meaning: str
    source: str
    place: str
    verified: Literal["yes", "recalled", "proposal"]
    last_checked_on: date


@cache
def levels() -> Mapping[str, float]:
    """Every level by its id.

    >>> levels()["low.cd4"]
    400.0
    """
    raw = yaml.safe_load(files("longwatch.trials").joinpath("pictures.yaml").read_text("utf-8"))
    return {entry.id: entry.value for entry in map(Level.model_validate, raw)}
