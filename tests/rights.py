"""Tests of what may not be read or written, run by root as well, as in containers."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION = 0x20080522
_PASSES_MODES = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: with them the modes of files mean nothing."""


@contextmanager
def as_anybody() -> Iterator[None]:
    """For this thread the modes of files count, whoever runs the tests."""
    if os.geteuid() != 0:
        yield
        return
    system = ctypes.CDLL(None, use_errno=True)
    header, sets = (ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * 6)()
    assert system.capget(header, sets) == 0
    effective = sets[0]
    sets[0] = effective & ~_PASSES_MODES
    assert system.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = effective
        assert system.capset(header, sets) == 0
