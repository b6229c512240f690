"""One run of the protocol on virtual patients at a time, beside the pages, in processes of its own.

A process of its own: the compiler of the mechanism takes memory that the pages need. A run is no
record of anybody; when the pages are stopped, it is gone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq

from longwatch.core.errors import Problem, UsageError

MOST_PATIENTS, MOST_MONTHS = 500, 60
_PATIENCE_SECONDS = 1_800
_MONTHS_OF_A_YEAR = 12
_LAST_WORDS = 300


@dataclass(slots=True)
class Run:
    """What was asked, how far it is, and what came out.

    Inputs:
        state: `simulating`, `watching`, `done` or `failed`.
        tiers: findings by tier; overdue: activities by days late; load: worklist by tier.
    """

    protocol: str
    patients: int
    months: int
    seed: int
    state: str = "simulating"
    why: str = ""
    tiers: dict[str, int] = field(default_factory=dict)
    load: dict[str, int] = field(default_factory=dict)
    overdue: int = 0
    results: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing runs any more."""
        return self.state in ("done", "failed")

    @property
    def years(self) -> float:
        """Patient-years, had everybody stayed."""
        return self.patients * self.months / _MONTHS_OF_A_YEAR


_newest: list[Run] = []
_lock = threading.Lock()


def installed() -> bool:
    """Whether the extra `model` is there."""
    return find_spec("jax") is not None


def newest() -> Run | None:
    """The run that goes on, or the last one."""
    return _newest[-1] if _newest else None


def begin(protocol: str, patients: int, months: int, seed: int) -> Run:
    """Begins a run.

    Raises:
        UsageError: one goes on, numbers too large, or the mechanism is not installed.
    """
    if not installed():
        raise UsageError(Problem("the mechanism is not installed", how="install longwatch[model]"))
    if not (1 <= patients <= MOST_PATIENTS and 1 <= months <= MOST_MONTHS):
        how = f"at most {MOST_PATIENTS} patients and {MOST_MONTHS} months; more: longwatch simulate"
        raise UsageError(Problem("this cannot be simulated here", how=how))
    with _lock:
        if _newest and not _newest[-1].over:
            raise UsageError(Problem("a run goes on", how="wait until it is done"))
        run = Run(protocol, patients, months, seed)
        _newest[:] = [run]
    threading.Thread(target=_work, args=(run,), daemon=True).start()
    return run


def _work(run: Run) -> None:
    try:
        with tempfile.TemporaryDirectory(prefix="longwatch-virtual-") as folder:
            _simulate(run, Path(folder))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        output = getattr(error, "stderr", None) or str(error)
        run.why, run.state = str(output)[-_LAST_WORDS:], "failed"


def _simulate(run: Run, folder: Path) -> None:
    record, answer = folder / "record", folder / "answer"
    protocol = ("--protocol", run.protocol)
    asked = ("--patients", run.patients, "--seed", run.seed, "--months", run.months)
    _longwatch("simulate", *asked, "--out", record, *protocol, "--quiet")
    run.state = "watching"
    run.results = pq.read_metadata(record / "results.parquet").num_rows
    last = max(pq.read_table(record / "results.parquet", columns=["date"])["date"].to_pylist())
    day = ("--as-of", last.isoformat())
    _longwatch("watch", record, *protocol, *day, "--out", answer, "--format", "parquet", "--quiet")
    run.tiers = dict(Counter(pq.read_table(answer / "findings.parquet")["tier"].to_pylist()))
    run.load = dict(Counter(pq.read_table(answer / "worklist.parquet")["tier"].to_pylist()))
    states = Counter(pq.read_table(answer / "status.parquet")["status"].to_pylist())
    run.overdue, run.state = states["overdue"], "done"


def _longwatch(*words: object) -> None:
    subprocess.run(  # noqa: S603 (own program, checked numbers and ids of packs)
        [sys.executable, "-m", "longwatch", *map(str, words)],
        check=True,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
    )
