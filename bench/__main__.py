"""`python -m bench [NAME…]`: runs benchmarks, prints tables, keeps figures in `bench/results/`.

Names: `watch` (sizes 10³, 10⁴, 10⁵ against reading, DuckDB and pandas), `latency` (one patient),
`import` (HL7 v2, FHIR), `commands` (demo, help), `mechanism` (virtual patients against general
solvers), `cohorts` (virtual patients to a Record on disk), `endpoints` (confirmed worsening
against pymsprog, estimators against statsmodels and lifelines), `pages` (50 nurses at once in a
clinic of 10 000 people). Without a name: all.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import numba
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from bench import (
    bench_import,
    cohort_speed,
    commands,
    endpoints_bench,
    latency,
    mechanism_bench,
    pages_bench,
    report,
    watch_bench,
)  # fmt: skip

NAMES = ("watch", "latency", "import", "commands", "mechanism", "cohorts", "endpoints", "pages")
_SIZES = (1_000, 10_000, 100_000)


def machine() -> str:
    """The machine in words: cores, memory, Python; nothing that names it."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores} shared cores, {memory:.0f} GiB, Python {platform.python_version()}"


def libraries() -> dict[str, str]:
    """Versions of what took part."""
    parts = {"pyarrow": pa, "numba": numba, "numpy": np, "duckdb": duckdb, "polars": pl}
    found = {name: str(part.__version__) for name, part in {**parts, "pandas": pd}.items()}
    return found | {name: version(name) for name in ("jax", "diffrax", "libroadrunner")}


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--patients", type=int, help="largest size of `watch` (default 100000)")
    parser.add_argument("--full", action="store_true", help="1 000 000 patients too, streamed")
    parser.add_argument("--home", type=Path, default=watch_bench.default_home())
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--no-keep", action="store_true", help="print only, keep no figures")
    parser.add_argument(
        "--date",
        default=os.environ.get("BENCH_DATE"),
        help="day of the run, YYYY-MM-DD (default: BENCH_DATE, else today)",
    )
    chosen = parser.parse_args(words)
    strange = set(chosen.names) - set(NAMES)
    if strange:
        parser.error(
            f"no such benchmark: {', '.join(sorted(strange))}; there is {', '.join(NAMES)}"
        )
    return chosen


def main(words: list[str]) -> int:
    """Runs what was asked for; 1 when engines disagree or a benchmark fails."""
    chosen = _arguments(words)
    largest = chosen.patients or _SIZES[-1]
    sizes = sorted({*(size for size in _SIZES if size < largest), largest})

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "watch": lambda: watch_bench.run(chosen.home, sizes, chosen.full, say),
        "latency": lambda: latency.run(watch_bench.prepared(chosen.home, _SIZES[0], say)),
        "import": bench_import.run,
        "commands": commands.run,
        "mechanism": mechanism_bench.run,
        "cohorts": lambda: cohort_speed.run(chosen.patients or _SIZES[-1]),
        "endpoints": endpoints_bench.run,
        "pages": lambda: pages_bench.run(chosen.home, chosen.patients or _SIZES[1], say),
    }
    about = {
        "date": chosen.date or date.today().isoformat(),  # noqa: DTZ011 - the day here
        "machine": machine(),
        "libraries": libraries(),
    }
    failed = False
    for name in chosen.names or NAMES:
        try:
            figures = runs[name]()
        except (RuntimeError, watch_bench.DifferentError) as error:
            print(f"{name}: FAILED\n{error}", file=sys.stderr)
            failed = True
            continue
        print(report.words(name, figures))
        if not chosen.no_keep:
            report.keep(chosen.results, name, {**about, **figures})
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
