"""The scan, compiled: the same source, read a second time and given to Numba.

As in `watch.compiled`: every function of the modules is wrapped, so that Python and machine code
can never be two versions of one rule; compiled code is kept on disk under a key of all sources.
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

from longwatch.endpoints import scan_words

_MODULES = (
    "longwatch.endpoints.scan_judging",
    "longwatch.endpoints.scan_noting",
    "longwatch.endpoints.scan",
)
_ENTRY = "scan_all"
"""The one function that Python calls; the others get no wrapper."""

_CALLED = frozenset(
    {
        _ENTRY,
        "first_free",
        "first_in",
        "in_order",
        "note_event",
        "reference_of",
        "why_unconfirmed",
    }
)
"""Functions that stay functions: rarely reached, or with several callers. All others are inlined:
handing dozens of arrays to a function costs more than what most of them do."""


def _cache_folder(key: str) -> str | None:
    """Where compiled code is kept between runs; one folder for each version of the sources."""
    base = os.environ.get("LONGWATCH_CACHE") or os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base else Path.home() / ".cache") / "longwatch" / f"scan-{key}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError:
        return None


@cache
def compiled_scan() -> Callable[..., Any]:
    """`scan.scan_all` as a Numba dispatcher (compiled at its first call, then kept on disk)."""
    import numba
    from numba import config

    modules = [importlib.import_module(name) for name in _MODULES]
    sources = [inspect.getsource(module) for module in modules]
    beside = [Path(__file__).read_text("utf-8"), inspect.getsource(scan_words), numba.__version__]
    key = hashlib.sha256("\0".join([*sources, *beside]).encode()).hexdigest()[:16]
    folder = _cache_folder(key)
    before = config.CACHE_DIR
    config.CACHE_DIR = folder or before
    wrapped: dict[str, Callable[..., Any]] = {}
    try:
        for module, source in zip(modules, sources, strict=True):
            namespace: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__}
            exec(compile(source, str(module.__file__), "exec"), namespace)  # noqa: S102
            for name, thing in list(namespace.items()):
                if not isinstance(thing, FunctionType):
                    continue
                if thing.__globals__ is namespace:
                    wrapped[name] = namespace[name] = numba.njit(
                        cache=folder is not None,
                        nogil=True,
                        no_cpython_wrapper=name != _ENTRY,
                        no_cfunc_wrapper=True,
                        _nrt=False,
                        forceinline=name not in _CALLED,
                    )(thing)
                elif name in wrapped:
                    namespace[name] = wrapped[name]
    finally:
        config.CACHE_DIR = before
    return wrapped[_ENTRY]
