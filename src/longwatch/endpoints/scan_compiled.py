"""The scan, compiled: which modules it is made of, and what stays a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from longwatch.core.compiling import compile_modules

_MODULES = (
    "longwatch.endpoints.scan_judging",
    "longwatch.endpoints.scan_noting",
    "longwatch.endpoints.scan",
)
_CALLED = frozenset(
    {"first_free", "first_in", "in_order", "note_event", "reference_of", "why_unconfirmed"}
)
"""Rarely reached, or with several callers."""


@cache
def compiled_scan() -> Callable[..., Any]:
    """`scan.scan_all` as machine code (compiled at its first call, then kept on disk)."""
    return compile_modules(_MODULES, "scan_all", _CALLED, "scan")
