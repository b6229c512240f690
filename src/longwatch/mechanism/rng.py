"""Random numbers that belong to a patient and a decision, not to an order of calls.

Threefry-2x32 is called with the key (seed, stream) and the counter (patient, index): patient k
gets the same numbers in any batch, on any device, and a new decision takes a new stream and
shifts no other one.
"""

from __future__ import annotations

from enum import IntEnum, unique

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erfinv

Array = jax.Array

_GROUPS = 5
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = np.uint32(0x1BD11BDA)
_WORD = 32
"""Threefry-2x32 with 20 rounds (Salmon 2011). Written out, for XLA runs its own as a loop that
fuses with nothing: ten times as slow on a CPU. The bits are those of `jax.extend.random`."""


@unique
class Stream(IntEnum):
    """One stream for each decision. Numbers are frozen: a new decision takes a new one."""

    PHARMACOKINETICS = 1
    ANTIBODIES = 2
    CELL_SET_POINT = 3
    CELL_RECOVERY = 4
    PEOPLE = 10
    PEOPLE_HISTORY = 11
    RELAPSE_FRAILTY = 20
    RELAPSE_RESPONSE = 21
    RELAPSE_TIMES = 22
    RELAPSE_SIZE = 23
    RELAPSE_RECOVERY = 24
    PROGRESSION_FRAILTY = 30
    PROGRESSION_TIMES = 31
    IMPROVEMENT = 32
    FLUCTUATION = 33
    RATER = 34
    IMAGING = 40
    DROPOUT = 50
    RETREATMENT = 51
    SUSCEPTIBILITY = 60
    AUTOIMMUNE_ONSET = 61
    AUTOIMMUNE_KIND = 62
    TISSUE = 63
    INFECTION = 70
    HERPES = 71
    LISTERIA = 72
    OTHER_HARM = 73
    REACTION = 80
    PREMEDICATION = 81
    DIARY = 90
    LABORATORY_SET_POINT = 100
    LABORATORY_WITHIN = 101
    LABORATORY_ANALYTICAL = 102
    LABORATORY_EARLY = 103
    ADHERENCE_FRAILTY = 110
    ADHERENCE_DRAW = 111
    ADHERENCE_DAY = 112
    DATES = 120


def bits(seed: int | Array, stream: int, patient: Array, index: Array | int) -> Array:
    """32 random bits for each pair of patient and index.

    Inputs:
        seed: of the whole simulation.
        stream: a `Stream`.
        patient: patient numbers, uint32, on the last axis.
        index: which draw of the stream; broadcast against `patient`.
    """
    found: Array = _threefry(_word(seed), _word(stream), _word(patient), _word(index))
    return found


def _word(number: int | Array) -> Array | np.uint32:
    # Not to JAX at once: it would take a plain number for one of 31 bits.
    return np.uint32(number) if isinstance(number, int) else jnp.asarray(number, jnp.uint32)


# Compiled by itself when it is called by itself; within compiled code it is merged as if not.
@jax.jit
def _threefry(seed: Array, stream: Array, left: Array, right: Array) -> Array:
    keys = (seed, stream, seed ^ stream ^ _PARITY)
    left, right = left + keys[0], right + keys[1]
    for group in range(_GROUPS):
        for turn in _ROTATIONS[group % 2]:
            left = left + right
            right = (right << np.uint32(turn)) | (right >> np.uint32(_WORD - turn))
            right = left ^ right
        left = left + keys[(group + 1) % 3]
        right = right + keys[(group + 2) % 3] + np.uint32(group + 1)
    return left


def uniform(seed: int | Array, stream: int, patient: Array, index: Array | int = 0) -> Array:
    """Uniform on (0, 1), never 0 and never 1, float32.

    >>> a = uniform(1, Stream.PEOPLE, jnp.arange(5), 0)
    >>> bool((a[3] == uniform(1, Stream.PEOPLE, jnp.array([3]), 0)[0]))
    True
    """
    mantissa = bits(seed, stream, patient, index) >> np.uint32(9)
    return (mantissa.astype(jnp.float32) + 0.5) * np.float32(2.0**-23)


def normal(seed: int | Array, stream: int, patient: Array, index: Array | int = 0) -> Array:
    """Standard normal, float32, by inversion."""
    return normal_of(uniform(seed, stream, patient, index))


def normal_of(u: Array) -> Array:
    """The standard normal at whose quantile `u` a uniform number stands."""
    return np.float32(np.sqrt(2.0)) * erfinv(2.0 * u - 1.0)


def exponential(seed: int | Array, stream: int, patient: Array, index: Array | int = 0) -> Array:
    """Exponential with mean 1, float32: the integrated hazard at which an event comes."""
    return -jnp.log(uniform(seed, stream, patient, index))
