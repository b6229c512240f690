"""The watch at growing sizes, beside the reading limit, DuckDB and pandas of the same answer."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from bench.cohort import AS_OF
from bench.compare import differences
from bench.duckdb_watch import lines_of_sql
from bench.generate import generate
from bench.measure import measure, measure_in_turn

_WARM = 120
"""Patients of the run that loads compiled code before the clock starts."""
_RUNS = 3
_COMPARED, _TURNS = ("read-pyarrow", "longwatch"), 7
"""Measured once more, in turn: what is said of them is how they compare."""
_REPEATED = frozenset({"read-pyarrow", "longwatch", "duckdb-stream", "duckdb-table"})
"""Engines that a ratio is made of; the others take long and are measured once."""
_LARGE_ONCE = 100_000
"""From so many patients on the peers, too, are measured once: a run of theirs is near a minute."""
_HERE = Path(__file__).parent
_MAKERS = ("cohort.py", "made_results.py", "generate.py")
_FULL = 1_000_000
_FEW = {"pandas": 10_000, "longwatch-python": 1_000}
"""The largest size for engines that take long."""
_ENGINES = (
    "read-pyarrow",
    "read-duckdb",
    "read-polars",
    "longwatch",
    "longwatch-all-tables",
    "longwatch-shipped-pack",
    "longwatch-in-memory",
    "longwatch-python",
    "duckdb-stream",
    "duckdb-table",
    "pandas",
)
_ANSWERS = (
    "longwatch-all-tables",
    "longwatch-in-memory",
    "longwatch-python",
    "duckdb-stream",
    "duckdb-table",
    "pandas",
)
"""Engines whose worklist must equal that of `longwatch`."""

Say = Callable[[str], None]


class DifferentError(Exception):
    """Two engines gave different worklists."""


def prepared(home: Path, patients: int, say: Say) -> Path:
    """The folder of so many made patients; made again when the generator has changed."""
    folder, mark = home / str(patients), home / f"{patients}.made"
    made_by = "".join((_HERE / name).read_text() for name in _MAKERS)
    if not (mark.exists() and mark.read_text() == made_by):
        started = time.perf_counter()
        rows = generate(folder, patients)["results"]
        mark.write_text(made_by)
        say(f"made {patients} patients, {rows} results in {time.perf_counter() - started:.0f} s")
    return folder


def run(home: Path, sizes: list[int], full: bool, say: Say) -> dict[str, Any]:
    """Measures all engines at all sizes.

    Raises:
        DifferentError: when an engine's worklist is not Longwatch's.
    """
    home.mkdir(parents=True, exist_ok=True)
    warm = prepared(home, _WARM, say)
    cold = cold_compile(home, warm)
    say(f"compiling the kernel from nothing: {cold:.1f} s, once")
    report: dict[str, Any] = {
        "as_of": AS_OF.isoformat(),
        "cold_compile_s": round(cold, 1),
        "lines_of_sql": lines_of_sql(),
        "sizes": {},
        "equal": {},
    }
    for patients in sizes:
        size = _one_size(prepared(home, patients, say), warm, patients, say)
        report["sizes"][str(patients)] = size["measured"]
        report["equal"][str(patients)] = size["equal"]
        report.setdefault("results", {})[str(patients)] = size["results"]
    if full:
        folder = prepared(home, _FULL, say)
        engines = ("read-pyarrow-groups", "longwatch")
        report["sizes"][str(_FULL)] = {
            name: asdict(measure(name, folder, warm, 1)) for name in engines
        }
        report["results"][str(_FULL)] = _rows(folder)
    report["ratios"] = {size: _ratios(part) for size, part in report["sizes"].items()}
    report["growth"] = _growth(report["sizes"])
    report["goals"] = goals(report)
    return report


def _rows(folder: Path) -> int:
    return int(pq.read_metadata(folder / "results.parquet").num_rows)


def _one_size(folder: Path, warm: Path, patients: int, say: Say) -> dict[str, Any]:
    measured, equal = {}, {}
    with TemporaryDirectory() as scratch:
        answers = Path(scratch)
        for name in _ENGINES:
            if patients > _FEW.get(name, patients):
                continue
            once = patients >= _LARGE_ONCE and name.startswith("duckdb")
            runs = _RUNS if name in _REPEATED and not once else 1
            out = answers / f"{name}.parquet"
            taken = measure(name, folder, warm, runs, out)
            measured[name] = asdict(taken)
            say(f"{patients:>8} {name:<24} {taken.wall_s:8.3f} s {taken.peak_mib:6.0f} MiB")
            if name in _ANSWERS:
                found = differences(
                    pq.read_table(answers / "longwatch.parquet"), pq.read_table(out)
                )
                if found:
                    raise DifferentError(f"{name}, {patients} patients:\n" + "\n".join(found))
                equal[name] = True
        for name, taken in measure_in_turn(_COMPARED, folder, warm, _TURNS).items():
            measured[name] = asdict(taken)
        rows = pq.read_metadata(answers / "longwatch.parquet").num_rows
    return {"measured": measured, "equal": {"rows": rows, **equal}, "results": _rows(folder)}


def cold_compile(home: Path, warm: Path) -> float:
    """Seconds of a first run in an emptied cache, less those of a second one.

    The cache stays for all that follows.
    """
    cache = home / "kernel"
    shutil.rmtree(cache, ignore_errors=True)
    os.environ["LONGWATCH_CACHE"] = str(cache)
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        measure("longwatch", warm, warm, 1)
        seconds.append(time.perf_counter() - started)
    return seconds[0] - seconds[1]


def _best_duckdb(part: dict[str, Any], figure: str) -> float | None:
    found = [part[name][figure] for name in ("duckdb-stream", "duckdb-table") if name in part]
    return min(found, default=None)


def _ratios(part: dict[str, Any]) -> dict[str, float]:
    """Longwatch against reading, and the others against Longwatch; by wall time."""
    own = part["longwatch"]["wall_s"]
    reading = part.get("read-pyarrow") or part["read-pyarrow-groups"]
    ratios = {"to_reading": own / reading["wall_s"]}
    best = _best_duckdb(part, "wall_s")
    if best is not None:
        ratios["duckdb_to_longwatch"] = best / own
        ratios["duckdb_to_longwatch_cpu"] = (_best_duckdb(part, "cpu_s") or 0.0) / part[
            "longwatch"
        ]["cpu_s"]
    if "pandas" in part:
        ratios["pandas_to_longwatch"] = part["pandas"]["wall_s"] / own
    return {name: round(value, 2) for name, value in ratios.items()}


def _growth(sizes: dict[str, Any]) -> dict[str, float]:
    """Exponent of the time from each size to the next (1: linear)."""
    steps = sorted(map(int, sizes))
    found = {}
    for small, large in pairwise(steps):
        times = [sizes[str(step)]["longwatch"]["wall_s"] for step in (small, large)]
        found[f"{small} to {large}"] = round(
            math.log(times[1] / times[0]) / math.log(large / small), 2
        )
    return found


def goals(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the project set itself, and whether this run reached it."""
    found = {}

    def goal(name: str, measured: float, bound: float, upper: bool = True) -> None:
        met = measured <= bound if upper else measured >= bound
        sign = "at most" if upper else "at least"
        found[name] = {"goal": f"{sign} {bound:g}", "measured": round(measured, 2), "met": met}

    large = report["sizes"].get("100000")
    if large:
        own, ratios = large["longwatch"], report["ratios"]["100000"]
        goal("100 000 patients, s", own["wall_s"], 4)
        goal("100 000 patients, GiB", own["peak_mib"] / 1024, 2)
        goal("100 000 patients, times the reading", ratios["to_reading"], 4)
        goal("100 000 patients, times faster than DuckDB", ratios["duckdb_to_longwatch"], 3, False)
    full = report["sizes"].get(str(_FULL))
    if full:
        goal("1 000 000 patients, s", full["longwatch"]["wall_s"], 45)
        goal("1 000 000 patients, GiB", full["longwatch"]["peak_mib"] / 1024, 4)
    growth = report["growth"].get("10000 to 100000")
    if growth is not None:
        goal("growth from 10 000 to 100 000 patients, exponent", growth, 1.1)
    return found


def default_home() -> Path:
    """Where made patients are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "longwatch" / "bench"
