"""General solvers on the drug and cell model: diffrax, libroadrunner.

numbalsoda is left out: there is no wheel for this Python, and its source needs a Fortran compiler.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.mechanism_bench import CHECKED, measured, people_drawn, setting


def _edges() -> np.ndarray:
    _, schedule, _ = setting()
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
             for k, v in people_drawn(people).items()}  # fmt: skip
    own = {k: jnp.asarray(v) for k, v in drawn.items() if v.ndim}
    shared = {k: float(v) for k, v in drawn.items() if not v.ndim}
    _, schedule, days = setting()
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
    return measured(lambda: np.asarray(batch(own)), people)


def libroadrunner(tolerance: float) -> dict[str, Any]:
    """CVODE on the model as SBML, infusions as events, one person after the other."""
    from roadrunner import RoadRunner

    people = CHECKED
    drawn = people_drawn(people)
    _, schedule, days = setting()
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

    return measured(run, people)
