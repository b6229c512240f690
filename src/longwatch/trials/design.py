"""A trial as data: eligibility, arms, visits, and the figures that were published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.published import published

COMPARISONS = ("rate_ratio", "rate_lower", "worsening_ratio")
"""Figures of both arms together; every other one is named `endpoint.arm`."""
ENDPOINTS = (
    "relapsing",
    "events",
    "annual_rate",
    "relapse_free",
    "worsening",
    "edss_change",
    "new_t2",
    "gadolinium",
    "dispersion",
)
_NORMAL_975 = 1.959964
"""Quantile of the normal distribution for intervals of 95 %."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Published(_Part):
    """Mean and standard deviation of a trait among the people of an arm."""

    mean: float
    sd: float = Field(gt=0)


class Source(_Part):
    """Where a number was read."""

    source: str
    verified: Literal["yes", "recalled", "proposal"]


class Arm(Source):
    """One arm: its people and what they take. `courses`: day 1 of each, counted from entry."""

    id: str
    name: str
    people: int = Field(gt=0)
    age: Published
    edss: Published
    duration: Published
    female: float = Field(ge=0, le=1)
    prior_12: float = Field(ge=1)
    prior_24: float = Field(ge=2)
    courses: tuple[float, ...]
    interferon: bool
    dropout: str


class Eligibility(Source):
    """Who may enter; closed intervals."""

    age: tuple[float, float]
    edss: tuple[float, float]
    duration_years: tuple[float, float]


class Visits(Source):
    """Months of the trial, between examinations, and between images."""

    months: int = Field(gt=0)
    every: int = Field(gt=0)
    images_every: int = Field(gt=0)


class ConfirmedWorsening(Source):
    """A rise of the EDSS that is still there after some months."""

    rise: float
    rise_from_zero: float
    months: int


class PopulationIds(_Part):
    """Which parameters say how active the disease is in this trial."""

    relapse_rate: str
    progression: str
    improvement: str


class Figure(Source):
    """One published figure. `count` of `of` people where it is a share of them."""

    id: str
    row: int
    unit: str
    value: float
    interval: tuple[float, float] | None
    count: int | None = None
    of: int | None = None
    account: bool = False

    @property
    def endpoint(self) -> str:
        """The part of the id before the arm."""
        return self.id.partition(".")[0]

    @property
    def arm(self) -> str:
        """The arm, or nothing for a comparison of both."""
        return self.id.partition(".")[2]

    @property
    def exact(self) -> float:
        """The value before it was rounded for print, where the counts behind it are known."""
        if self.count is None or self.of is None or self.unit != "%":
            return self.value
        return 100.0 * self.count / self.of

    def shown_interval(self) -> tuple[float, float] | None:
        """The published interval, or Wilson's for a count; None where neither is known."""
        if self.interval is not None or self.count is None or self.of is None:
            return self.interval
        low, high = wilson(self.count, self.of)
        scale = self.of if self.endpoint == "relapsing" else 100.0
        return low * scale, high * scale


class Design(_Part):
    """A two-armed trial; the first arm is the comparator."""

    id: str
    title: str
    last_checked_on: date
    sources: Mapping[str, str]
    population: PopulationIds
    eligibility: Eligibility
    visits: Visits
    confirmed_worsening: ConfirmedWorsening
    arms: tuple[Arm, Arm]
    figures: tuple[Figure, ...]

    @model_validator(mode="after")
    def _fits_together(self) -> Design:
        arms = {arm.id for arm in self.arms}
        for figure in self.figures:
            known = (
                figure.id in COMPARISONS
                if not figure.arm
                else figure.endpoint in ENDPOINTS and figure.arm in arms
            )
            if not known:
                raise ValueError(f"figure {figure.id!r} is none that a trial gives")
        if self.visits.months % self.visits.every or self.confirmed_worsening.months % (
            self.visits.every
        ):
            raise ValueError("visits must fall on the end and on the confirmation")
        return self


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's interval of 95 % for a share.

    >>> [round(part, 3) for part in wilson(26, 366)]
    [0.049, 0.102]
    """
    z2 = _NORMAL_975**2
    share = count / of
    center = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _NORMAL_975 * sqrt(share * (1 - share) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return center - half, center + half


def designs() -> tuple[str, ...]:
    """The ids of the trials that are shipped."""
    folder = files("longwatch.trials").joinpath("designs")
    return tuple(sorted(part.name[:-5] for part in folder.iterdir() if part.name[-5:] == ".yaml"))


@cache
def load_design(name: str) -> Design:
    """A shipped trial by its id.

    Raises:
        UsageError: an unknown trial, naming those there are; or a file that breaks the rules.

    >>> load_design("care-ms-1").arms[1].people
    376
    """
    if name not in designs():
        from difflib import get_close_matches

        near = get_close_matches(name.lower().replace("_", "-"), designs(), n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(
            Problem(f"there is no trial {name!r}", how=f"{meant}choose from {', '.join(designs())}")
        )
    text = files("longwatch.trials").joinpath("designs", f"{name}.yaml").read_text("utf-8")
    return read_design(yaml.safe_load(text), name)


def _published(raw: Any) -> Any:
    """What a file holds, with the figures that `endpoints/published.yaml` has of this trial.

    They stand there for reports on real cohorts, too; a figure named here without a value is read
    from there.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("figures"), list):
        return raw
    told = {
        f"{one.endpoint}.{one.arm}": one.model_dump(include=_SHARED)
        for one in published().figures
        if one.study == raw.get("id")
    }
    figures = [
        {**told[one["id"]], **one}
        if isinstance(one, dict) and "value" not in one and one.get("id") in told
        else one
        for one in raw["figures"]
    ]
    return {**raw, "figures": figures}


_SHARED = {"unit", "value", "interval", "source", "verified"}


def read_design(raw: Any, name: str) -> Design:
    """A trial from what its file holds, and from the published figures.

    Raises:
        UsageError: the first entry that breaks the rules, with its place.
    """
    try:
        return Design.model_validate(_published(raw))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(Problem(f"{where}: {first['msg']}", f"trial {name}")) from None
