"""What the compiled parts of a cohort share: how many people in a call, and their parameters.

Always called with `LANES` people, so that everybody has the same bits in any cohort.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from longwatch.mechanism.compiler import WIDE_VECTORS
from longwatch.trials.cohort_plan import Asked

LANES = 4096
"""People in a chunk. Frozen: another number could change the last bit of a value."""


COMPILED = {**WIDE_VECTORS, "xla_cpu_parallel_codegen_split_count": 1}
"""One program is one piece of work: cut up for several cores, as usual, it takes a fifth more CPU
seconds, and here each core compiles another program. It concerns CPUs only."""
QUICKLY_COMPILED = {**COMPILED, "xla_cpu_use_fusion_emitters": False}
"""For programs that XLA's older way to write loops makes as quick, and compiles in half the time;
infections, examinations, relapses and cells become half as quick by it."""


class Frozen:
    """A protocol's demands as a constant of compiled code: equal when they demand the same."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._key = repr(asked)

    def __hash__(self) -> int:
        """By content."""
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        """By content."""
        return isinstance(other, Frozen) and self._key == other._key


class Numbers(NamedTuple):
    """The parameters as one array, `f32[P]`: hundreds of arguments would cost more than the work.

    names: constants of compiled code; `named` puts both together again.
    """

    names: tuple[str, ...]
    values: Array

    @staticmethod
    def of(values: Mapping[str, float]) -> Numbers:
        """All of them."""
        names = tuple(sorted(values))
        return Numbers(names, jnp.asarray(np.array([values[name] for name in names], np.float32)))


def named(names: tuple[str, ...], values: Array) -> dict[str, Any]:
    """Parameters by name, within compiled code."""
    return {name: values[place] for place, name in enumerate(names)}


class Care(NamedTuple):
    """Decisions of a clinic and of the people in it; each has random numbers of its own.

    An argument of compiled code, not a constant: another decision compiles nothing anew.

    antiviral: taken around each course. diet: kept against listeria. steroid: given before the
    first infusions. further: courses by need. leaving: do people leave for good? vaccines: does
    the clinic vaccinate?
    """

    antiviral: bool = True
    diet: bool = True
    steroid: bool = True
    further: bool = True
    leaving: bool = True
    vaccines: bool = True


USUAL = Care()
"""As the protocol wants it, and as people are."""
