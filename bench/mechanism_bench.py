"""Virtual patients per CPU second, ours and of general solvers, on the same drug and cell model.

`python -m bench.mechanism_bench [NAME…]`; each engine runs in a process of its own. The error is
|count - reference| / (reference + 1) over 60 months and five subsets, the reference SciPy's LSODA
at 1e-8 started anew at every kink (`longwatch.mechanism.reference`). numbalsoda is left out: it
does not build here. The tolerances of the peers are those around an error of 1e-3: a subset that
meets its floor is a kink, which a loose tolerance misses.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

SEED = 99
MONTHS = 60
CHECKED = 64
COURSE_2 = 365.25
OURS = {
    "longwatch": (1.0, 16_384),
    "longwatch-coarse": (0.5, 16_384),
    "longwatch-fine": (2.0, 8_192),
}
PEERS = {
    "diffrax 1e-4": ("diffrax", 1e-4),
    "diffrax 1e-6": ("diffrax", 1e-6),
    "libroadrunner 1e-4": ("libroadrunner", 1e-4),
    "libroadrunner 1e-5": ("libroadrunner", 1e-5),
}
"""Solver and tolerance. The best peer is the fastest that meets the error asked for."""
ENOUGH = 1e-3
_RUNS = 3


def _setting() -> tuple[dict[str, float], Any, np.ndarray]:
    from longwatch.mechanism.clock import DAYS_A_MONTH
    from longwatch.mechanism.parameters import Parameters
    from longwatch.mechanism.schedule import Schedule

    values = Parameters.load().values()
    days = np.arange(MONTHS + 1) * DAYS_A_MONTH
    return values, Schedule.label(values, [0.0, COURSE_2]), days


def _people(number: int) -> dict[str, np.ndarray]:
    """Drawn parameters of the first people, double precision, the patient axis last."""
    import jax.numpy as jnp

    from longwatch.mechanism.lymphocytes import draw_pools
    from longwatch.mechanism.pharmacokinetics import draw_body

    values, schedule, _ = _setting()
    patients = jnp.arange(number)
    body = draw_body(values, SEED, patients, np.float32(schedule.start))
    pools = draw_pools(values, SEED, patients)
    parts = {**body._asdict(), **pools._asdict()}
    return {name: np.asarray(part, float) for name, part in parts.items()}


def reference() -> np.ndarray:
    """Counts of the first people, `(months+1, 5, CHECKED)`."""
    import jax.numpy as jnp

    from longwatch.mechanism.lymphocytes import draw_pools
    from longwatch.mechanism.pharmacokinetics import draw_body
    from longwatch.mechanism.reference import Person, solve

    values, schedule, days = _setting()
    patients = jnp.arange(CHECKED)
    body = draw_body(values, SEED, patients, np.float32(schedule.start))
    pools = draw_pools(values, SEED, patients)
    rows = [solve(Person.of(body, pools, i), schedule, days, 1e-8)[:, :5] for i in range(CHECKED)]
    return np.stack(rows, axis=-1)


def _measured(run: Callable[[], np.ndarray], people: int) -> dict[str, Any]:
    """Best of a few warm runs, and the counts of the first people."""
    begun = time.perf_counter()
    counts = run()
    first = time.perf_counter() - begun
    taken = []
    for _ in range(_RUNS):
        begun = time.process_time()
        run()
        taken.append(time.process_time() - begun)
    return {
        "people": people,
        "patients_per_cpu_s": people / min(taken),
        "first_call_s": first,
        "counts": counts[..., :CHECKED].tolist(),
    }


def ours(name: str) -> dict[str, Any]:
    """The shipped steps, single precision."""
    import jax.numpy as jnp

    from longwatch.mechanism.cells import simulate_cells

    values, schedule, _ = _setting()
    level, people = OURS[name]
    patients = jnp.arange(people)
    return _measured(
        lambda: np.asarray(
            simulate_cells(values, SEED, patients, schedule, MONTHS, level=level).counts
        ),
        people,
    )


def _edges() -> np.ndarray:
    _, schedule, _ = _setting()
    found = []
    for row in range(len(schedule.start)):
        begins = schedule.start[row, 0] + np.arange(schedule.doses[row, 0])
        found += [begins, begins + schedule.hours[row, 0] / 24]
    return np.sort(np.concatenate(found))


def diffrax(tolerance: float) -> dict[str, Any]:
    """Tsit5 with PID control, stopped at every edge of an infusion, vmap over 256 people."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import diffrax as dfx
    import jax.numpy as jnp

    people = 256
    drawn = {k: np.broadcast_to(v, (*v.shape[:-1], people)) if v.ndim else v
             for k, v in _people(people).items()}  # fmt: skip
    own = {k: jnp.asarray(v) for k, v in drawn.items() if v.ndim}
    shared = {k: float(v) for k, v in drawn.items() if not v.ndim}
    _, schedule, days = _setting()
    edges = jnp.asarray(_edges())
    rate = float(schedule.mg[0, 0] * 24 / schedule.hours[0, 0])

    def field(t: Any, state: Any, one: Any) -> Any:
        p = {**shared, **one}
        central, peripheral, counts = state[0], state[1], state[2:]
        slowed = jnp.where(t >= p["antibodies_from"], p["with_antibodies"], 1.0)
        cl = (p["cl"] + p["cl_per_cell"] * counts.sum()) * slowed
        flow = p["q"] * (central / p["v1"] - peripheral / p["v2"])
        # Edges come in pairs: inside an infusion an odd number of them has passed.
        running = jnp.searchsorted(edges, t, side="right") % 2
        drug = jnp.maximum(central / p["v1"], 0.0)
        killed = p["kmax"] * drug / (drug + p["ec50"])
        change = p["rate"] * (p["target"] - counts) - killed * counts
        change = jnp.where(counts > p["floor"], change, jnp.maximum(change, 0.0))
        first = rate * running - cl * central / p["v1"] - flow
        return jnp.concatenate([jnp.stack([first, flow]), change])

    def one(person: Any) -> Any:
        begin = jnp.concatenate([jnp.zeros(2), person["baseline"]])
        return dfx.diffeqsolve(
            dfx.ODETerm(field), dfx.Tsit5(), 0.0, float(days[-1]), 1e-3, begin, person,
            saveat=dfx.SaveAt(ts=jnp.asarray(days)), max_steps=16_384,
            stepsize_controller=dfx.ClipStepSizeController(
                dfx.PIDController(rtol=tolerance, atol=tolerance), jump_ts=edges[1:]
            ),
        ).ys[:, 2:]  # fmt: skip

    batch = jax.jit(jax.vmap(one, in_axes=-1, out_axes=-1))
    return _measured(lambda: np.asarray(batch(own)), people)


def libroadrunner(tolerance: float) -> dict[str, Any]:
    """CVODE on the model as SBML, infusions as events, one person after the other."""
    from roadrunner import RoadRunner

    people = CHECKED
    drawn = _people(people)
    _, schedule, days = _setting()
    model = RoadRunner()
    names = [f"X{row}" for row in range(5)]
    total = " + ".join(names)
    scalars = ("cl", "cl_per_cell", "q", "v1", "v2", "with_antibodies", "antibodies_from", "kmax")
    for name in (*scalars, "infused", "A1", "A2"):
        model.addParameter(name, 0.0, False)
    for row, name in enumerate(names):
        for part in ("rate", "target", "floor", "ec50"):
            model.addParameter(f"{part}{row}", 1.0, False)
        model.addParameter(name, 1.0, False)
        killed = f"kmax * A1 / v1 / (A1 / v1 + ec50{row})"
        change = f"(rate{row} * (target{row} - {name}) - {killed} * {name})"
        model.addRateRule(
            name,
            f"piecewise({change}, {name} > floor{row}, piecewise({change}, {change} > 0, 0))",
            False,
        )
    slowed = "piecewise(with_antibodies, time >= antibodies_from, 1)"
    cleared = f"(cl + cl_per_cell * ({total})) * {slowed} * A1 / v1"
    flow = "q * (A1 / v1 - A2 / v2)"
    model.addRateRule("A1", f"infused - {cleared} - {flow}", False)
    model.addRateRule("A2", flow, False)
    rate = float(schedule.mg[0, 0] * 24 / schedule.hours[0, 0])
    for number, edge in enumerate(_edges()[1:]):
        name = f"edge{number}"
        model.addEvent(
            name, False, f"time >= {edge!r}".replace("np.float64(", "").rstrip(")"), False
        )
        model.addEventAssignment(name, "infused", str(rate if number % 2 else 0.0), False)
    model.regenerateModel()
    model.integrator.relative_tolerance = tolerance
    model.integrator.absolute_tolerance = tolerance
    model.timeCourseSelections = names

    def run() -> np.ndarray:
        rows = []
        for person in range(people):
            model.reset()
            for name in scalars:
                part = drawn[name]
                value = float(part[..., person] if part.ndim else part)
                model.setValue(name, min(value, 1e6))
            for row in range(5):
                for part in ("rate", "target", "floor", "ec50"):
                    table = drawn[part]
                    model.setValue(f"{part}{row}", float(table[row, person % table.shape[-1]]))
                model.setValue(f"X{row}", float(drawn["baseline"][row, person]))
            model.setValue("infused", rate)
            rows.append(np.array(model.simulate(0.0, float(days[-1]), len(days))))
        return np.moveaxis(np.array(rows), 0, -1)

    return _measured(run, people)


def run(names: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Figures of each engine: people a CPU second, errors, seconds of the first call."""
    want = reference()
    figures = {}
    for name in names or [*OURS, *PEERS]:
        done = subprocess.run(
            [sys.executable, "-m", "bench.mechanism_bench", "--child", name],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.stderr.write(f"{name} failed:\n{done.stderr[-2000:]}\n")
            continue
        got = json.loads(done.stdout.splitlines()[-1])
        counts = np.array(got.pop("counts"), float)
        error = np.abs(counts - want) / (want + 1)
        got |= {"error_p99": float(np.quantile(error, 0.99)), "error_max": float(error.max())}
        figures[name] = got
    return figures


def main(words: list[str]) -> int:
    """Prints the table; `--child NAME` measures one engine and prints it as JSON."""
    if words[:1] == ["--child"]:
        name = words[1]
        solvers = {"diffrax": diffrax, "libroadrunner": libroadrunner}
        solver, tolerance = PEERS.get(name, ("", 0.0))
        print(json.dumps(solvers[solver](tolerance) if solver else ours(name)))
        return 0
    figures = run(words)
    meeting = [
        got["patients_per_cpu_s"]
        for name, got in figures.items()
        if name in PEERS and got["error_p99"] <= ENOUGH
    ]
    best = max(meeting, default=float("nan"))
    print(
        f"{'engine':20}{'p/cpu-s':>10}{'x best peer':>13}{'p99 error':>11}{'max':>9}{'first s':>9}"
    )
    for name, got in figures.items():
        speed = got["patients_per_cpu_s"]
        print(
            f"{name:20}{speed:10.0f}{speed / best:13.1f}{got['error_p99']:11.1e}"
            f"{got['error_max']:9.1e}{got['first_call_s']:9.1f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
