"""One patient through the Python API: watch, worklist and status; and loading a protocol."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from bench.cohort import AS_OF
from bench.pack import bench_pack
from longwatch.core.record import Record
from longwatch.protocols.load import load_protocol, shipped_path
from longwatch.protocols.model import Pack
from longwatch.watch.api import only, watch
from longwatch.watch.engine import Engine

_PATIENTS = 200


def run(folder: Path) -> dict[str, Any]:
    """Milliseconds: the first call, and median and 95th percentile of the next 200 patients."""
    record, pack = Record.read(folder), bench_pack()
    names = record.patients["patient"].to_pylist()[: _PATIENTS + 1]
    alone = [only(record, name) for name in names]
    report: dict[str, Any] = {"patients": _PATIENTS}
    engines: tuple[Engine, ...] = ("python", "compiled")
    for engine in engines:
        first, *rest = (_one(pack, person, engine) for person in alone)
        walls = [wall for wall, _ in rest]
        report[engine] = {
            "first_ms": round(first[0], 2),
            "median_ms": round(statistics.median(walls), 2),
            "median_cpu_ms": round(statistics.median(cpu for _, cpu in rest), 2),
            "p95_ms": round(statistics.quantiles(walls, n=20)[-1], 2),
        }
    loads = [_load() for _ in range(3)]
    report["protocol_load_ms"] = round(statistics.median(loads), 1)
    return report


def _one(pack: Pack, person: Record, engine: Engine) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = watch(pack, person, AS_OF, engine=engine)
    if outcome.worklist.num_rows > 1 or outcome.status.num_rows != len(pack.recurring):
        raise RuntimeError("one patient gave the answer of another number of patients")
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def _load() -> float:
    """Milliseconds to load and cross-check a pack's folder (a shipped pack is kept once loaded)."""
    started = time.perf_counter()
    load_protocol(shipped_path("alemtuzumab-us"))
    return 1000 * (time.perf_counter() - started)
