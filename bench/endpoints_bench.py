"""Confirmed worsening: ours and pymsprog's on one cohort in one run, and how ours grows.

`./run bench endpoints` (about five minutes), or `python -m bench.endpoints_bench [--peer N] [--most
N]` for less. 20 visits and about 1.6 relapses a patient, preset `msprog` with its defaults; the
compiler has run before. Peer and ours are compared in CPU seconds (user and system) of this process
on `--peer` patients; the peer's cost per patient only grows with their number. Then the estimators
on 100,000 people beside statsmodels and lifelines (`estimators_bench`).
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable
from functools import cache
from math import log
from typing import Any

import numpy as np
import pyarrow as pa

from bench.report import words

VISITS = 20
RELAPSES = 1.6
SEED = 20261122
SIZES = (10_000, 100_000, 1_000_000)
GOAL = 1_000
"""Times pymsprog."""


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
    numbers = pa.array(table["id"]).cast(pa.string())
    import pyarrow.compute as pc

    return {**table, "id": pc.binary_join_element_wise("patient", numbers, "-")}


def with_dates(table: dict[str, np.ndarray]) -> dict[str, Any]:
    """The same table with dates."""
    days = pa.array(table["day"].astype(np.int32)).cast(pa.date32())
    return {"id": table["id"], "date": days, **{k: table[k] for k in ("value",) if k in table}}


def shuffled(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same table in any order of rows."""
    order = np.random.default_rng(SEED).permutation(len(table["id"]))
    return {name: cells[order] for name, cells in table.items()}


def spent(work: Callable[[], Any], times: int = 1) -> tuple[float, float, Any]:
    """The fewest CPU seconds of some runs, the wall seconds of that run, and the answer."""
    best, wall, answer = np.inf, np.inf, None
    for _ in range(times):
        before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        answer = work()
        took, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if used < best:
            best, wall = used, took
    return best, wall, answer


def theirs(people: int) -> tuple[float, int]:
    """CPU seconds of pymsprog, and the events it found."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymsprog import MSprog

        visits, relapses = (pd.DataFrame(table) for table in cohort(people))
        # The day's last value counts for both; no two fall on a day here.
        seconds, _, answer = spent(
            lambda: MSprog(
                visits, "id", "value", "day", "edss", relapse=relapses, date_format="day",
                verbose=0,
            )
        )  # fmt: skip
    return seconds, int((answer[1]["nevent"] > 0).sum())


def beside(people: int, rule: Any) -> dict[str, Any]:
    """Both on the same patients; they must find as many events."""
    from longwatch.endpoints import disability_events

    ours, _, events = spent(lambda: disability_events(*cohort_of(people), rule), 5)
    peer, found = theirs(people)
    if events.num_rows != found:
        raise RuntimeError(f"{events.num_rows} events here, {found} in pymsprog")
    return {
        "patients": people,
        "events_of_both": found,
        "ours_cpu_s": round(ours, 4),
        "pymsprog_cpu_s": round(peer, 1),
        "times_pymsprog": round(peer / ours),
        "goal": {"times": GOAL, "met": peer / ours >= GOAL},
    }


@cache
def cohort_of(people: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """`cohort`, made once, so that making it is in no figure."""
    return cohort(people)


def sizes(most: int, rule: Any) -> dict[str, Any]:
    """CPU and wall seconds by number of patients and kind of id, and the growth."""
    from longwatch.endpoints import disability_events

    kinds = {"whole": dict, "text": with_text, "dates": with_dates, "shuffled": shuffled}
    found: dict[str, dict[str, Any]] = {}
    for people in (size for size in SIZES if size <= most):
        given = cohort(people)
        found[str(people)] = {}
        for kind, change in kinds.items():
            tables = [change(table) for table in given]
            cpu_s, wall_s, _ = spent(
                lambda tables=tables: disability_events(*tables, rule),
                3 if people < SIZES[-1] else 1,
            )
            found[str(people)][kind] = {"cpu_s": round(cpu_s, 3), "wall_s": round(wall_s, 3)}
    steps = list(zip(found, list(found)[1:], strict=False))
    growth = {
        f"{few} to {more}": {
            kind: round(
                log(found[more][kind]["cpu_s"] / found[few][kind]["cpu_s"])
                / log(int(more) / int(few)), 2,
            )
            for kind in kinds
        }
        for few, more in steps
    }  # fmt: skip
    return {"seconds": found, "exponent_of_growth": growth}


def run(peer: int = SIZES[0], most: int = SIZES[-1], estimators: bool = True) -> dict[str, Any]:
    """All figures: beside pymsprog, by size and kind of id, the estimators."""
    from bench import estimators_bench
    from longwatch.endpoints import Rule, disability_events

    rule = Rule.preset("msprog")
    _, first, _ = spent(lambda: disability_events(*cohort(100), rule, engine="compiled"))
    figures: dict[str, Any] = {"first_call_s": round(first, 1), **sizes(most, rule)}
    if peer:
        figures["beside_pymsprog"] = beside(peer, rule)
    if estimators:
        figures["estimators_cpu_s"] = estimators_bench.run(estimators_bench.DEFAULT)
    return figures


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", type=int, default=300)
    parser.add_argument("--most", type=int, default=SIZES[1])
    chosen = parser.parse_args()
    print(words("endpoints", run(chosen.peer, chosen.most, estimators=False)))


if __name__ == "__main__":
    main()
