"""The kernel's functions, compiled: the same source, read a second time and given to Numba.

A kernel module is plain Python. `compiled()` executes its source again in a namespace of its own
and wraps every function, so that Python and machine code can never be two versions of one rule.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

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

ENTRY = "watch_batch"
"""The one function that Python calls; the others get no wrapper, which would take minutes."""

CALLED = frozenset(
    {
        ENTRY,
        "add_finding",
        "describe",
        "in_a_row",
        "is_new",
        "judge",
        "months_later",
        "note_unjudged",
        "offer",
        "leg_ends",
        "leg_in_span",
        "tree",
        "walk_items",
    }
)
"""Large functions with several callers stay functions; all others are inlined: handing hundreds of
arrays to a function costs more than what most of them do."""


def _cache_folder(key: str) -> str | None:
    """Where compiled code is kept between runs; one folder for each version of the sources.

    Numba itself looks only at the file of the outermost function and would run stale code after a
    change in another one.
    """
    base = os.environ.get("LONGWATCH_CACHE") or os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base else Path.home() / ".cache") / "longwatch" / f"kernel-{key}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError:
        return None


@cache
def compiled() -> dict[str, Callable[..., Any]]:
    """Every kernel function by name, as a Numba dispatcher (compiled at its first call)."""
    import numba
    from numba import config

    modules = [importlib.import_module(name) for name in KERNEL_MODULES]
    sources = [inspect.getsource(module) for module in modules]
    key = hashlib.sha256("\0".join([*sources, numba.__version__]).encode()).hexdigest()[:16]
    folder = _cache_folder(key)
    before = config.CACHE_DIR
    config.CACHE_DIR = folder or before
    dispatchers: dict[str, Callable[..., Any]] = {}
    try:
        for module, source in zip(modules, sources, strict=True):
            namespace: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__}
            exec(compile(source, str(module.__file__), "exec"), namespace)  # noqa: S102
            for name, thing in list(namespace.items()):
                if not isinstance(thing, FunctionType):
                    continue
                if thing.__module__ == module.__name__ and thing.__globals__ is namespace:
                    inner = name != ENTRY
                    wrap = numba.njit(
                        cache=folder is not None,
                        nogil=True,
                        no_cpython_wrapper=inner,
                        no_cfunc_wrapper=True,
                        _nrt=False,
                        forceinline=name not in CALLED,
                    )
                    dispatchers[name] = namespace[name] = wrap(thing)
                elif name in dispatchers:
                    namespace[name] = dispatchers[name]
    finally:
        config.CACHE_DIR = before
    return dispatchers
