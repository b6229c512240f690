"""Modules of plain Python, compiled: the same source, read a second time and given to Numba.

So Python and machine code can never be two versions of one rule. Who compiles (the watch, the
endpoints) names its modules; the importing of Numba, a second, waits until then.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import os
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any


def compile_modules(
    names: Sequence[str], entry: str, called: Collection[str], folder: str
) -> Callable[..., Any]:
    """One function as a Numba dispatcher, with all that it calls; compiled at its first call.

    Inputs:
        names: modules, each after those it imports functions from.
        entry: the function that Python calls; the others get no wrapper, which would take minutes.
        called: functions that stay functions. All others are inlined: handing hundreds of arrays to
            a function costs more than what most of them do.
        folder: name of the folder in the cache where compiled code is kept between runs.
    """
    import numba
    from numba import config

    modules = [importlib.import_module(name) for name in names]
    sources = [inspect.getsource(module) for module in modules]
    keyed = [*sources, *_words_of(modules), inspect.getsource(compile_modules), numba.__version__]
    keyed += [entry, *sorted(called)]
    key = hashlib.sha256("\0".join(keyed).encode()).hexdigest()[:16]
    kept = _cache_folder(f"{folder}-{key}")
    before = config.CACHE_DIR
    config.CACHE_DIR = kept or before
    dispatchers: dict[str, Callable[..., Any]] = {}
    try:
        for module, source in zip(modules, sources, strict=True):
            file = str(module.__file__) if kept is None else _kept_source(kept, module, source)
            namespace: dict[str, Any] = {"__name__": module.__name__, "__file__": file}
            exec(compile(source, file, "exec"), namespace)  # noqa: S102
            for name, thing in list(namespace.items()):
                if not isinstance(thing, FunctionType):
                    continue
                if thing.__module__ == module.__name__ and thing.__globals__ is namespace:
                    wrap = numba.njit(
                        cache=kept is not None,
                        nogil=True,
                        no_cpython_wrapper=name != entry,
                        no_cfunc_wrapper=True,
                        _nrt=False,
                        forceinline=name != entry and name not in called,
                    )
                    dispatchers[name] = namespace[name] = _one_version(wrap(thing))
                elif name in dispatchers:
                    namespace[name] = dispatchers[name]
    finally:
        config.CACHE_DIR = before
    return dispatchers[entry] if kept is None else _compiled_once(dispatchers[entry], kept)


def _one_version(function: Any) -> Any:
    """The dispatcher, for which a constant is an argument like any other.

    Numba would compile a version of the function for each constant that somebody hands it: a
    quarter of the compile time, for code that LLVM inlines anyway.
    """
    from numba.types import unliteral

    resolve = function.get_call_template

    def resolved(arguments: Any, named: Any) -> Any:
        plain = {name: unliteral(kind) for name, kind in named.items()}
        return resolve(tuple(unliteral(kind) for kind in arguments), plain)

    function.get_call_template = resolved
    return function


def keeps_code() -> bool:
    """Whether compiled code outlives the process: there is a folder for it."""
    return _cache_folder("any") is not None


def _compiled_once(function: Any, folder: str) -> Callable[..., Any]:
    """The function; at its first call one process compiles, and the others wait for its code."""
    import numba

    ready = False

    @wraps(function)
    def call(*arguments: Any) -> Any:
        nonlocal ready
        if not ready:
            with _alone(folder):
                function.compile(tuple(numba.typeof(argument) for argument in arguments))
            ready = True
        return function(*arguments)

    return call


@contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Waits while another process or thread is inside; where files have no locks it does not."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with (Path(folder) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kept_source(folder: str, module: ModuleType, source: str) -> str:
    """A copy of a module's source beside its compiled code.

    Numba asks for the file's place and age: with a copy of no age every checkout and every new
    installation of the same sources finds the code that another one compiled.
    """
    file = Path(folder) / f"{module.__name__}.py"
    if not file.exists():
        with tempfile.NamedTemporaryFile("w", dir=folder, encoding="utf-8", delete=False) as copy:
            copy.write(source)
        os.utime(copy.name, (0, 0))
        Path(copy.name).replace(file)
    return str(file)


def _words_of(modules: Sequence[ModuleType]) -> list[str]:
    """Sources of the modules that those to compile take constants from: these are compiled in."""
    owners = {
        importlib.import_module(name)
        for module in modules
        for name in _imported(module)
        if name.startswith("longwatch.")
    }
    return sorted(inspect.getsource(owner) for owner in owners - set(modules))


def _imported(module: ModuleType) -> set[str]:
    lines = inspect.getsource(module).splitlines()
    return {line.split()[1] for line in lines if line.startswith("from ")}


def _cache_folder(name: str) -> str | None:
    """Where compiled code is kept between runs; one folder for each version of the sources.

    Numba itself looks only at the file of the outermost function and would run stale code after a
    change in another one.
    """
    base = os.environ.get("LONGWATCH_CACHE") or os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base else Path.home() / ".cache") / "longwatch" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError:
        return None
