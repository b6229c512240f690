"""How uncertain the fitted parameters are: what `longwatch calibrate` found, and draws from it.

The draws are normal around the parameters in use, with the covariance of the fit (Laplace's
approximation at the optimum, prior included), and cut off at each parameter's range.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from longwatch.core.errors import Problem, UsageError
from longwatch.mechanism.parameters import Parameters

Floats = NDArray[np.float64]
_STREAM = 1
"""Keeps these draws apart from any other ones that numpy would make of the same seed."""


class Fit(BaseModel):
    """`fit.yaml`: how the shipped values were fitted, and their covariance.

    `correlation`: rows as in `parameters`, each up to the diagonal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    made_by: str
    made_on: str
    replicates: int
    seed: int
    evaluations: int
    sum_of_squares: float
    parameters: tuple[str, ...]
    value: tuple[float, ...]
    sd: tuple[float, ...]
    prior_sd: tuple[float, ...]
    correlation: tuple[tuple[float, ...], ...]

    @model_validator(mode="after")
    def _fits_together(self) -> Fit:
        number = len(self.parameters)
        if not len(self.sd) == len(self.prior_sd) == len(self.value) == number:
            raise ValueError("value, sd and prior_sd must have one entry for each parameter")
        if [len(row) for row in self.correlation] != list(range(1, number + 1)):
            raise ValueError("correlation must have one more entry in each row, up to 1")
        return self

    def covariance(self) -> Floats:
        """f64[P, P]."""
        whole = np.eye(len(self.sd))
        for place, row in enumerate(self.correlation):
            whole[place, : place + 1] = whole[: place + 1, place] = row
        sd = np.asarray(self.sd)
        return np.asarray(whole * sd[:, None] * sd)


@cache
def shipped_fit() -> Fit:
    """The fit that the shipped parameters come from."""
    return read_fit(files("longwatch.trials").joinpath("fit.yaml").read_text("utf-8"))


def read_fit(text: str) -> Fit:
    """A fit from the text of its file."""
    raw: Any = yaml.safe_load(text)
    return Fit.model_validate(raw)


def read_values(file: Path) -> dict[str, float]:
    """Other values of parameters from a YAML file: one `id: number` a line.

    Raises:
        UsageError: no such file, not such lines, or an entry that is no number.

    Whether an id is known and its value within range, `Parameters.with_values` says.
    """
    try:
        raw: Any = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(Problem(f"{file} cannot be read", why=error.strerror or "")) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(Problem(f"{file} is no YAML", why=str(error).splitlines()[0])) from None
    if not isinstance(raw, dict) or not raw:
        raise UsageError(
            Problem(f"{file} holds no values", how="write one a line: relapse.wane: 0.1")
        )
    for name, value in raw.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(
                Problem(f"{name}: {value!r} is no number", str(file), how="write digits alone")
            )
    return {str(name): float(value) for name, value in raw.items()}


def uncertain() -> tuple[str, ...]:
    """The parameters whose uncertainty is known."""
    return shipped_fit().parameters


def draw_parameters(parameters: Parameters, replicates: int, seed: int) -> dict[str, Floats]:
    """Parameters of each replicate; f64[R] by id.

    Inputs:
        parameters: the middle. Who changed one of the fitted ones knows it: it stays as it is.
        replicates: how many; replicate r gets the same however many there are.
        seed: of all chance.
    """
    fit = shipped_fit()
    shipped = Parameters.load()
    names = [name for name in fit.parameters if parameters[name].value == shipped[name].value]
    if not names:
        return {}
    place = [fit.parameters.index(name) for name in names]
    # The covariance of the free ones when the others are known.
    free, known = np.array(place), np.setdiff1d(np.arange(len(fit.parameters)), place)
    whole = fit.covariance()
    inner = whole[np.ix_(free, free)]
    if known.size:
        across = whole[np.ix_(free, known)]
        inner = inner - across @ np.linalg.solve(whole[np.ix_(known, known)], across.T)
    root = np.linalg.cholesky(inner)
    normal = np.array(
        [
            np.random.default_rng((seed, _STREAM, replicate)).standard_normal(len(names))
            for replicate in range(replicates)
        ]
    )
    middle = np.array([parameters[name].value for name in names])
    low, high = (np.array([parameters[name].range[end] for name in names]) for end in (0, 1))
    drawn = np.clip(middle + normal @ root.T, low, high)
    return dict(zip(names, drawn.T, strict=True))
