"""The kernel, compiled: which modules it is made of, and what stays a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from longwatch.core.compiling import compile_modules

KERNEL_MODULES = (
    "longwatch.core.daynumbers",
    "longwatch.watch.logic",
    "longwatch.watch.charting",
    "longwatch.watch.items",
    "longwatch.watch.judging",
    "longwatch.watch.window",
    "longwatch.watch.noting",
    "longwatch.watch.legs_in_span",
    "longwatch.watch.ending",
    "longwatch.watch.finding",
    "longwatch.watch.kernel",
)

CALLED = frozenset(
    {
        "add_finding",
        "describe",
        "in_a_row",
        "is_new",
        "months_later",
        "note_unjudged",
        "offer",
        "leg_ends",
        "leg_in_span",
        "tree",
        "walk_items",
    }
)
"""Large functions with several callers."""


@cache
def compiled_batch() -> Callable[..., Any]:
    """`kernel.watch_batch` as machine code (compiled at its first call, then kept on disk)."""
    return compile_modules(KERNEL_MODULES, "watch_batch", CALLED, "kernel")
