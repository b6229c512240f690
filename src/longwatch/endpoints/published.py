"""What trials have published, and the settings of the report: read strictly from YAML, once."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(_Part):
    """Where something was read; `source` is an entry of the file's sources."""

    source: str
    place: str
    verified: Literal["yes", "recalled", "proposal"]


class Study(_Part):
    """A trial or cohort. `months` of follow-up; None where people were followed differently."""

    title: str
    months: int | None
    people: str


class _Value(Sourced):
    study: str
    arm: Literal["alemtuzumab", "interferon"]
    n: int | None
    unit: str


class Figure(_Value):
    """One published figure with its 95 % interval, None where none was published."""

    endpoint: str
    value: float
    interval: tuple[float, float] | None


class Trait(_Value):
    """Mean and standard deviation of a trait at baseline; of a share only the mean."""

    trait: str
    mean: float
    sd: float | None


class Published(_Part):
    """The file `published.yaml`."""

    last_checked_on: date
    sources: dict[str, str]
    studies: dict[str, Study]
    figures: tuple[Figure, ...]
    baseline: tuple[Trait, ...]

    @model_validator(mode="after")
    def _known(self) -> Published:
        for one in (*self.figures, *self.baseline):
            if one.source not in self.sources or one.study not in self.studies:
                raise ValueError(f"{one.study}, {one.source}: not listed above")
        return self

    def of(self, endpoint: str, arm: str = "alemtuzumab") -> list[Figure]:
        """The figures of an endpoint in one arm, in the order of the file.

        >>> [figure.value for figure in published().of("relapse_free")]
        [77.6, 65.4]
        """
        return [one for one in self.figures if (one.endpoint, one.arm) == (endpoint, arm)]


class Setting(Sourced):
    """A number of the report with its unit."""

    value: Annotated[int, Field(ge=0)]
    unit: str


class History(Sourced):
    """Diagnoses that are no adverse events: had before, or the reason for the treatment."""

    codes: tuple[str, ...]


class Group(History):
    """Diagnoses that are counted together."""

    id: str
    title: str


class Settings(_Part):
    """The file `report.yaml`."""

    last_checked_on: date
    sources: dict[str, str]
    settings: dict[str, Setting]
    history: History
    groups: tuple[Group, ...]

    def __getitem__(self, name: str) -> int:
        return self.settings[name].value


@cache
def published() -> Published:
    """The published figures.

    >>> published().studies["care-ms-2"].title
    'CARE-MS II'
    """
    return Published.model_validate(_read("published.yaml"))


@cache
def settings() -> Settings:
    """The settings of the report.

    >>> settings()["horizon"]
    24
    """
    return Settings.model_validate(_read("report.yaml"))


def _read(name: str) -> object:
    return yaml.safe_load(files("longwatch.endpoints").joinpath(name).read_text("utf-8"))
