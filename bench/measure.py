"""One measurement in a process of its own: wall and CPU seconds, peak memory.

`python -m bench.measure ENGINE FOLDER WARM [OUT]` imports the engine and runs it once on the small
folder WARM (compiled code is loaded then), measures one run on FOLDER and prints it as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """Medians over the runs; `peak_mib` is the highest, `loaded_mib` that after the warming run."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    loaded_mib: float
    runs: int
    slowest_s: float


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def _peak_mib() -> float:
    """Highest resident memory of this process since it started its program."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _child(engine: str, folder: Path, warm: Path, out: Path | None) -> dict[str, float]:
    import pyarrow.parquet as pq

    from bench.compare import with_items
    from bench.engines import ENGINES
    from bench.pack import bench_pack

    run = ENGINES[engine]
    run(warm)
    loaded = _peak_mib()
    wall, cpu = time.perf_counter(), _cpu()
    answer = run(folder)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    peak = _peak_mib()
    if out is not None and answer is not None:
        if "reason" in answer.column_names:
            answer = with_items(answer, bench_pack())
        pq.write_table(answer, out)
    return {"wall_s": wall, "cpu_s": cpu, "peak_mib": peak, "loaded_mib": loaded}


def measure(engine: str, folder: Path, warm: Path, runs: int, out: Path | None = None) -> Measured:
    """Runs an engine `runs` times, each in a fresh process.

    Raises:
        RuntimeError: when the engine fails, with what it said.
    """
    return _together([_run(engine, folder, warm, out) for _ in range(runs)])


def measure_in_turn(
    engines: Sequence[str], folder: Path, warm: Path, runs: int
) -> dict[str, Measured]:
    """The same with engines that take turns: a shared machine is fast for some seconds, then slow.

    Raises:
        RuntimeError: see `measure`.
    """
    taken: dict[str, list[dict[str, float]]] = {engine: [] for engine in engines}
    for _ in range(runs):
        for engine in engines:
            taken[engine].append(_run(engine, folder, warm, None))
    return {engine: _together(some) for engine, some in taken.items()}


def _run(engine: str, folder: Path, warm: Path, out: Path | None) -> dict[str, float]:
    words = [engine, str(folder), str(warm), *([str(out)] if out else [])]
    done = subprocess.run(
        [sys.executable, "-m", "bench.measure", *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    if done.returncode:
        raise RuntimeError(f"{engine} failed on {folder.name} patients:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _together(taken: list[dict[str, float]]) -> Measured:
    walls = [run["wall_s"] for run in taken]
    return Measured(
        wall_s=round(statistics.median(walls), 4),
        cpu_s=round(statistics.median(run["cpu_s"] for run in taken), 4),
        peak_mib=round(max(run["peak_mib"] for run in taken)),
        loaded_mib=round(statistics.median(run["loaded_mib"] for run in taken)),
        runs=len(taken),
        slowest_s=round(max(walls), 4),
    )


def environment() -> dict[str, str]:
    """Two threads for every library."""
    two = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "ARROW_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(two, "2")}


if __name__ == "__main__":
    name, target, small, *rest = sys.argv[1:]
    print(json.dumps(_child(name, Path(target), Path(small), Path(rest[0]) if rest else None)))
