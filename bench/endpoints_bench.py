"""Confirmed worsening per CPU second: ours and pymsprog's on the same cohort, and how ours grows.

`python -m bench.endpoints_bench [--peer N] [--most N]`: 20 visits and about 1.6 relapses a patient,
preset `msprog` with its defaults. CPU seconds (user and system) of this process; the compiler has
run before. The peer runs on `--peer` patients (default 300; 0 leaves it out): its cost per patient
only grows with their number, so that its ratio at more of them is at least the one shown.
"""

from __future__ import annotations

import argparse
import resource
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

VISITS = 20
RELAPSES = 1.6
SEED = 20261122
SIZES = (10_000, 100_000, 1_000_000)


def cohort(people: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Visits every 90 days with noise and a slow rise, relapses anywhere between."""
    rng = np.random.default_rng(SEED)
    rows = people * VISITS
    level = np.repeat(rng.integers(0, 10, people) / 2, VISITS)
    rise = np.tile(np.arange(VISITS) * 0.05, people)
    visits = {
        "id": np.repeat(np.arange(people), VISITS),
        "day": np.tile(np.arange(VISITS) * 90, people) + rng.integers(0, 14, rows),
        "value": np.clip(np.round(2 * (level + rise + rng.normal(0, 0.35, rows))) / 2, 0, 10),
    }
    number = rng.poisson(RELAPSES, people)
    relapses = {
        "id": np.repeat(np.arange(people), number),
        "day": rng.integers(0, VISITS * 90, int(number.sum())),
    }
    return visits, relapses


def with_text(table: dict[str, np.ndarray]) -> dict[str, Any]:
    """The same table with ids like `patient-17`."""
    words = pa.array(table["id"]).cast(pa.string())
    import pyarrow.compute as pc

    return {**table, "id": pc.binary_join_element_wise("patient", words, "-")}


def with_dates(table: dict[str, np.ndarray]) -> dict[str, Any]:
    """The same table with dates."""
    days = pa.array(table["day"].astype(np.int32)).cast(pa.date32())
    return {"id": table["id"], "date": days, **{k: table[k] for k in ("value",) if k in table}}


def shuffled(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same table in any order of rows."""
    order = np.random.default_rng(SEED).permutation(len(table["id"]))
    return {name: cells[order] for name, cells in table.items()}


def cpu(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """The fewest CPU seconds of some runs, and the answer."""
    best, answer = np.inf, None
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_SELF)
        answer = work()
        after = resource.getrusage(resource.RUSAGE_SELF)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, used)
    return best, answer


def peer(people: int) -> tuple[float, int]:
    """CPU seconds of pymsprog, and the events it found."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymsprog import MSprog

        visits, relapses = (pd.DataFrame(table) for table in cohort(people))
        # The day's last value counts for both; no two fall on a day here.
        seconds, answer = cpu(
            lambda: MSprog(
                visits, "id", "value", "day", "edss", relapse=relapses, date_format="day",
                verbose=0,
            )
        )  # fmt: skip
    return seconds, int((answer[1]["nevent"] > 0).sum())


def main() -> None:
    """Prints the table."""
    from longwatch.endpoints import Rule, disability_events

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", type=int, default=300)
    parser.add_argument("--most", type=int, default=SIZES[1])
    chosen = parser.parse_args()
    rule = Rule.preset("msprog")
    first, _ = cpu(lambda: disability_events(*cohort(100), rule, engine="compiled"))
    print(f"first call, Numba loaded or compiled: {first:.1f} s")
    if chosen.peer:
        ours, events = cpu(lambda: disability_events(*cohort(chosen.peer), rule), 5)
        theirs, found = peer(chosen.peer)
        assert events.num_rows == found, (events.num_rows, found)
        print(
            f"{chosen.peer} patients, {found} events both: ours {ours:.4f} s, "
            f"pymsprog {theirs:.1f} s, {theirs / ours:.0f} times"
        )
    print("patients   whole numbers      text     dates  shuffled  (CPU s; us a patient)")
    for people in SIZES:
        if people > chosen.most:
            continue
        given = cohort(people)
        shown = []
        for change in (dict, with_text, with_dates, shuffled):
            tables = [change(table) for table in given]
            seconds, _ = cpu(
                lambda tables=tables: disability_events(*tables, rule),
                3 if people < SIZES[-1] else 1,
            )
            shown.append(f"{seconds:6.2f} {1e6 * seconds / people:5.1f}")
        print(f"{people:9d}  {'  '.join(shown)}")


if __name__ == "__main__":
    main()
