"""The shipped definitions: YAML files with a source for each setting, read strictly.

Every file starts from `common.yaml`, the settings of the house where a source is silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.rule import Rule

_COMMON = "common"


class Setting(BaseModel):
    """One setting of a definition, and where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    value: Any
    unit: str
    source: str
    place: str
    verified: Literal["yes", "recalled", "proposal"]
    last_checked_on: date


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    title: str
    last_checked_on: date
    sources: dict[str, str]
    settings: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Definition:
    """A rule and the evidence of each of its settings."""

    rule: Rule
    evidence: dict[str, Setting]


def definitions() -> tuple[str, ...]:
    """The names of the shipped definitions.

    >>> "care-ms" in definitions()
    True
    """
    return tuple(name for name in sorted(_files()) if name != _COMMON)


@cache
def definition(name: str) -> Definition:
    """A shipped definition with the evidence of each setting.

    Raises:
        UsageError: there is none of that name, or its file breaks the rules.

    >>> definition("care-ms").evidence["improvement_from"].verified
    'yes'
    """
    if name not in definitions():
        near = get_close_matches(name, definitions(), n=1)
        raise UsageError(
            Problem(
                f"there is no definition {name!r}",
                how=f"did you mean {near[0]!r}?" if near else f"one of {', '.join(definitions())}",
            )
        )
    return read(_files()[_COMMON], _files()[name], f"{name}.yaml")


@cache
def _files() -> dict[str, str]:
    folder = files("longwatch.endpoints").joinpath("definitions")
    return {
        file.name.removesuffix(".yaml"): file.read_text("utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".yaml")
    }


def read(common: str, own: str, where: str) -> Definition:
    """A definition from the text of the common file and of its own.

    Raises:
        UsageError: what is wrong, naming file and setting.
    """
    base, top = _parsed(common, f"{_COMMON}.yaml"), _parsed(own, where)
    evidence = {**_settings(base, f"{_COMMON}.yaml"), **_settings(top, where)}
    try:
        rule = Rule.from_dict(
            {
                "definition": top.id,
                "title": top.title,
                **{name: one.value for name, one in evidence.items()},
            }
        )
    except UsageError as error:
        raise UsageError(
            [Problem(one.what, where, one.why, one.how) for one in error.problems]
        ) from None
    return Definition(rule, evidence)


def _parsed(text: str, where: str) -> _File:
    try:
        return _File.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise UsageError(Problem(_first(error), where)) from None


def _settings(file: _File, where: str) -> dict[str, Setting]:
    settings = {}
    for name, raw in file.settings.items():
        try:
            one = Setting.model_validate({"last_checked_on": file.last_checked_on, **raw})
        except ValidationError as error:
            raise UsageError(Problem(f"{name}: {_first(error)}", where)) from None
        if one.source not in file.sources:
            raise UsageError(
                Problem(
                    f"{name}: source {one.source!r} is not listed", where, how="add it to sources"
                )
            )
        settings[name] = one.model_copy(update={"source": file.sources[one.source]})
    return settings


def _first(error: ValidationError | yaml.YAMLError) -> str:
    if isinstance(error, ValidationError):
        one = error.errors()[0]
        return f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
    return str(error).splitlines()[0]
