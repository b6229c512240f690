"""The parameters of the mechanism: every number with value, unit, spread, source and evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from longwatch.core.errors import Problem, UsageError


class Spread(BaseModel):
    """How a parameter differs between people, or how uncertain it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["lognormal", "normal", "gamma", "beta"]
    cv: float | None = None
    log_sd: float | None = None
    sd: float | None = None
    shape: float | None = None


class Parameter(BaseModel):
    """One number of the mechanism.

    `evidence`: measured (somebody measured it), fitted (to the facts named), assumed.
    `range`: what `with_values` accepts. `fit`: may calibration move it?
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    value: float
    unit: str
    meaning: str
    range: tuple[float, float]
    spread: Spread | None = None
    evidence: Literal["measured", "fitted", "assumed"]
    source: str
    place: str
    verified: Literal["yes", "recalled", "proposal"]
    last_checked_on: date
    fit: bool = False
    note: str = ""


@dataclass(frozen=True)
class Parameters:
    """All parameters, by id such as `pk.v1`; immutable.

    >>> Parameters.load()["pk.v1"].unit
    'L'
    """

    entries: Mapping[str, Parameter]

    @staticmethod
    def load() -> Parameters:
        """The shipped parameters.

        Raises:
            UsageError: a file that breaks the rules, naming file and entry.
        """
        return _shipped()

    def __getitem__(self, name: str) -> Parameter:
        return self.entries[self._known(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def values(self) -> dict[str, float]:
        """Every value by id: what the compiled functions take, and calibration differentiates."""
        return {name: entry.value for name, entry in self.entries.items()}

    def with_values(self, changed: Mapping[str, float]) -> Parameters:
        """The same parameters with some values changed.

        Raises:
            UsageError: an unknown id, or a value outside the parameter's range.
        """
        new = dict(self.entries)
        for name, value in changed.items():
            entry = self.entries[self._known(name)]
            low, high = entry.range
            if not low <= value <= high:
                raise UsageError(
                    Problem(
                        f"{name} = {value:g} {entry.unit} is out of range",
                        entry.meaning,
                        how=f"give a value from {low:g} to {high:g} {entry.unit}",
                    )
                )
            new[name] = entry.model_copy(update={"value": float(value)})
        return Parameters(new)

    def _known(self, name: str) -> str:
        if name in self.entries:
            return name
        from difflib import get_close_matches

        near = get_close_matches(name, self.entries, n=1)
        raise UsageError(
            Problem(
                f"there is no parameter {name!r}",
                how=f"did you mean {near[0]!r}?" if near else "list them: Parameters.load()",
            )
        )


@cache
def _shipped() -> Parameters:
    entries: dict[str, Parameter] = {}
    folder = files("longwatch.mechanism").joinpath("parameters")
    for file in sorted(folder.iterdir(), key=lambda part: part.name):
        if not file.name.endswith(".yaml"):
            continue
        for raw in yaml.safe_load(file.read_text("utf-8")):
            entry = _checked(raw, file.name)
            if entry.id in entries:
                raise UsageError(Problem(f"{entry.id} stands there twice", file.name))
            entries[entry.id] = entry
    return Parameters(entries)


def _checked(raw: Any, name: str) -> Parameter:
    try:
        entry = Parameter.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        label = raw.get("id", "an entry") if isinstance(raw, dict) else "an entry"
        raise UsageError(Problem(f"{label}: {where}: {first['msg']}", name)) from None
    if not entry.range[0] <= entry.value <= entry.range[1]:
        raise UsageError(Problem(f"{entry.id} lies outside its own range", name))
    return entry
