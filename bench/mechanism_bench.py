"""Virtual patients per CPU second, ours and of general solvers, on the same drug and cell model.

`./run bench mechanism`, or `python -m bench.mechanism_bench [NAME…]`; each engine runs in a process
of its own. The error is |count - reference| / (reference + 1) over 60 months and five subsets, the
reference SciPy's LSODA at 1e-8 started anew at every kink (`longwatch.mechanism.reference`). The
tolerances of the peers are those around an error of 1e-3: a subset that meets its floor is a kink,
which a loose tolerance misses.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any

import numpy as np

SEED = 99
MONTHS = 60
CHECKED = 64
COURSE_2 = 365.25
OURS = {
    "longwatch": (1.0, 16_384),
    "longwatch, half the steps": (0.5, 16_384),
    "longwatch, twice the steps": (2.0, 8_192),
}
PEERS = {
    "diffrax 1e-4": ("diffrax", 1e-4),
    "diffrax 1e-5": ("diffrax", 1e-5),
    "diffrax 1e-6": ("diffrax", 1e-6),
    "libroadrunner 1e-4": ("libroadrunner", 1e-4),
    "libroadrunner 1e-5": ("libroadrunner", 1e-5),
}
"""Solver and tolerance. The best peer is the fastest that meets the error asked for."""
NOT_HERE = {"numbalsoda": "no wheel for this Python; its source needs a Fortran compiler"}
SIZES = (4_096, 16_384, 65_536, 262_144)
"""Patients, for the growth of our time."""
ENOUGH = 1e-3
GOAL = 30
_RUNS = 3


def setting() -> tuple[dict[str, float], Any, np.ndarray]:
    """Parameters, both courses, and the days asked for."""
    from longwatch.mechanism.clock import DAYS_A_MONTH
    from longwatch.mechanism.parameters import Parameters
    from longwatch.mechanism.schedule import Schedule

    values = Parameters.load().values()
    days = np.arange(MONTHS + 1) * DAYS_A_MONTH
    return values, Schedule.label(values, [0.0, COURSE_2]), days


def _drawn(number: int) -> tuple[Any, Any]:
    import jax.numpy as jnp

    from longwatch.mechanism.lymphocytes import draw_pools
    from longwatch.mechanism.pharmacokinetics import draw_body

    values, schedule, _ = setting()
    patients = jnp.arange(number)
    body = draw_body(values, SEED, patients, jnp.asarray(schedule.start, jnp.float32))
    return body, draw_pools(values, SEED, patients)


def people_drawn(number: int) -> dict[str, np.ndarray]:
    """Drawn parameters of the first people, double precision, the patient axis last."""
    body, pools = _drawn(number)
    parts = {**body._asdict(), **pools._asdict()}
    return {name: np.asarray(part, float) for name, part in parts.items()}


def reference() -> np.ndarray:
    """Counts of the first people, `(months+1, 5, CHECKED)`."""
    from longwatch.mechanism.reference import Person, solve

    _, schedule, days = setting()
    body, pools = _drawn(CHECKED)
    rows = [solve(Person.of(body, pools, i), schedule, days, 1e-8)[:, :5] for i in range(CHECKED)]
    return np.stack(rows, axis=-1)


def measured(run: Callable[[], np.ndarray], people: int) -> dict[str, Any]:
    """Best of a few warm runs, and the counts of the first people."""
    begun = time.perf_counter()
    counts = run()
    first = time.perf_counter() - begun
    return {
        "people": people,
        "patients_per_cpu_s": people / _best(run),
        "first_call_s": first,
        "counts": counts[..., :CHECKED].tolist(),
    }


def _best(run: Callable[[], object]) -> float:
    """CPU seconds of the quickest of a few runs."""
    taken = []
    for _ in range(_RUNS):
        begun = time.process_time()
        run()
        taken.append(time.process_time() - begun)
    return min(taken)


def _simulated(people: int, level: float) -> Callable[[], np.ndarray]:
    import jax.numpy as jnp

    from longwatch.mechanism.cells import simulate_cells

    values, schedule, _ = setting()
    patients = jnp.arange(people)

    def run() -> np.ndarray:
        found = simulate_cells(values, SEED, patients, schedule, MONTHS, level=level)
        return np.asarray(found.counts)

    return run


def ours(name: str) -> dict[str, Any]:
    """The shipped steps, single precision."""
    level, people = OURS[name]
    return measured(_simulated(people, level), people)


def growth() -> dict[str, Any]:
    """CPU seconds of ours by number of patients, and the exponent from one size to the next."""
    seconds = []
    for people in SIZES:
        run = _simulated(people, 1.0)
        run()
        seconds.append(_best(run))
    steps = zip(SIZES, SIZES[1:], seconds, seconds[1:], strict=False)
    exponents = [log(after / before) / log(more / few) for few, more, before, after in steps]
    return {"cpu_s": dict(zip(map(str, SIZES), seconds, strict=True)), "exponents": exponents}


def run(names: list[str] | None = None) -> dict[str, Any]:
    """Figures of each engine, the ratio to the best peer that meets the error, and the growth."""
    want = reference()
    engines: dict[str, dict[str, float]] = {}
    failed = dict(NOT_HERE)
    for name in names or [*OURS, *PEERS]:
        got = _child(name)
        if isinstance(got, str):
            failed[name] = got
            continue
        counts = np.array(got.pop("counts"), float)
        error = np.abs(counts - want) / (want + 1)
        engines[name] = {
            **got,
            "error_p99": float(np.quantile(error, 0.99)),
            "error_max": float(error.max()),
        }
    speeds = {name: got["patients_per_cpu_s"] for name, got in engines.items()}
    meeting = {n: speeds[n] for n in speeds if engines[n]["error_p99"] <= ENOUGH}
    best = max((n for n in meeting if n in PEERS), key=meeting.__getitem__, default=None)
    ratio = meeting["longwatch"] / meeting[best] if best and "longwatch" in meeting else None
    grown = _child("growth")
    return {
        "error_asked_for": ENOUGH,
        "engines": engines,
        "not_measured": failed,
        "best_peer": best,
        "times_best_peer": ratio,
        "goal": {"times": GOAL, "met": ratio is not None and ratio >= GOAL},
        "growth": grown if isinstance(grown, dict) else {},
    }


def _child(name: str) -> dict[str, Any] | str:
    """One engine in a process of its own; the last line of what it said when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.mechanism_bench", "--child", name],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(words: list[str]) -> int:
    """Prints the figures; `--child NAME` measures one engine and prints it as JSON."""
    if words[:1] == ["--child"]:
        name = words[1]
        if name == "growth":
            print(json.dumps(growth()))
        elif name in PEERS:
            from bench import mechanism_peers

            solver, tolerance = PEERS[name]
            print(json.dumps(getattr(mechanism_peers, solver)(tolerance)))
        else:
            print(json.dumps(ours(name)))
        return 0
    from bench import report

    print(report.words("mechanism", run(words)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
