"""What the commands that run the mechanism share: is it installed, where does compiled code lie."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from longwatch.core.errors import Problem, UsageError


def prepare_model() -> None:
    """Makes ready for the mechanism: compiled code is kept between runs.

    Raises:
        UsageError: JAX is not installed.
    """
    if importlib.util.find_spec("jax") is None:
        raise UsageError(
            Problem(
                "the mechanism needs JAX, which is not installed",
                how="./run simulate and ./run trial install it; elsewhere: "
                "pip install 'longwatch[model]'",
            )
        )
    _share_heaps()
    if os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        # Somebody has chosen a place: tests share theirs.
        return
    base = os.environ.get("LONGWATCH_CACHE") or os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base else Path.home() / ".cache") / "longwatch" / "model"
    import jax

    jax.config.update("jax_compilation_cache_dir", str(folder))  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)  # type: ignore[no-untyped-call]


_HEAPS = 2
_HEAPS_AT_MOST = -8
"""glibc's M_ARENA_MAX, of malloc.h."""


def _share_heaps() -> None:
    """Lets threads share two heaps: with one each, as is usual, freed memory waits in all of them.

    A fifth of the peak of a large cohort, and of its page faults. Elsewhere than on glibc, and
    where somebody has chosen a number, nothing is done.
    """
    if sys.platform != "linux" or "MALLOC_ARENA_MAX" in os.environ:
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_HEAPS_AT_MOST, _HEAPS)
