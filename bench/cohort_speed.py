"""A virtual cohort of five years to Parquet: people a second, bytes a person, memory, compiling.

`python -m bench cohorts`. Three processes, one after the other: one with empty caches, which
compiles; one that finds what that one has compiled; one that writes the cohort, with compiled code
loaded before the clock starts. Goals (2 cores): 30 000 people a second, 700 bytes a person, less
than 1 GiB, compiled in less than 15 s.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PEOPLE = 100_000
KIB = 1024
MICRO = 1e6
THREADS = 2
_RUNS = 5


def run(patients: int = PEOPLE) -> dict[str, Any]:
    """The figures of one run.

    Raises:
        RuntimeError: when a process fails, with what it said.
    """
    with TemporaryDirectory() as scratch:
        caches = {name: f"{scratch}/{name.lower()}" for name in _CACHES}
        empty = _process("compile", 0, caches)
        again = _process("compile", 0, caches)
        whole = _process("write", patients, caches)
    return {"patients": patients, "compile_first": empty, "compile_cached": again, "write": whole}


_CACHES = ("JAX_COMPILATION_CACHE_DIR", "NUMBA_CACHE_DIR", "PYTHONPYCACHEPREFIX")
_LEAST_KEPT = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.2"}
"""As `longwatch.cli.model` sets it, which leaves a chosen folder alone."""


def _process(what: str, patients: int, caches: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.cohort_speed", what, str(patients)]
    around = {**os.environ, **_LEAST_KEPT, **caches}
    # Without it every import compiles Python anew: seconds that no second call has elsewhere.
    around.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=around)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compiling() -> dict[str, float]:
    """Seconds of making programs ready, beside those of loading the libraries."""
    import numba
    import scipy.linalg

    from longwatch.trials.cohort_compiling import compile_ahead

    _ = numba, scipy.linalg  # Loaded before the clock starts.
    setting = _plan(1).setting
    loaded = time.process_time()
    begin = time.perf_counter()
    compile_ahead(setting, THREADS)
    return {
        "wall_s": round(time.perf_counter() - begin, 1),
        "cpu_s": round(time.process_time() - loaded, 1),
        "libraries_cpu_s": round(loaded, 1),
    }


class _WithoutPandas:
    """Hides pandas, which only developers install: PyArrow would load it, 40 MiB, where it is."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Finds nothing, and no pandas."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def writing(patients: int) -> dict[str, Any]:
    """Figures of a cohort on disk, the median run's, without the first call's loading."""
    sys.meta_path.insert(0, _WithoutPandas)
    from longwatch.trials.stream_cohort import stream_cohort

    taken = []
    with TemporaryDirectory() as folder:
        stream_cohort(_plan(1), Path(folder) / "first", threads=THREADS)
        for number in range(_RUNS):
            into = Path(folder) / str(number)
            begin, busy = time.perf_counter(), time.process_time()
            written = stream_cohort(_plan(patients), into, threads=THREADS)
            taken.append((time.perf_counter() - begin, time.process_time() - busy))
            files = sorted(into.iterdir())
            sizes = {file.stem: round(file.stat().st_size / patients, 1) for file in files}
            shutil.rmtree(into)
    wall, busy = sorted(taken)[_RUNS // 2]
    return {
        "runs": _RUNS,
        "wall_s": round(wall, 1),
        "cpu_s": round(busy, 1),
        "people_a_second": round(patients / wall),
        "cpu_us_a_person": round(busy / patients * MICRO),
        "results_a_person": round(written.results / patients),
        "bytes_a_person": round(written.bytes / patients),
        "bytes_by_table": sizes,
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB),
    }


def _plan(patients: int) -> Any:
    from longwatch.cli.model import prepare_model

    prepare_model()
    from longwatch.protocols.load import load_protocol
    from longwatch.trials.cohort import CohortPlan

    return CohortPlan(load_protocol("alemtuzumab-us"), patients, seed=3)


def main(words: list[str]) -> int:
    """Prints the figures of one process as JSON."""
    what, patients = words
    print(json.dumps(compiling() if what == "compile" else writing(int(patients))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
