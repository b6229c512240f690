"""The picture of convergence: errors of the fast steps by their number."""

from __future__ import annotations

from collections.abc import Mapping

from longwatch.trials.plot import Axis, Ink, Panel, page
from longwatch.trials.verification import MONTHS, PEOPLE, convergence


def convergence_picture(values: Mapping[str, float]) -> str:
    """Errors against the slow solver at several numbers of steps, both axes logarithmic."""
    found = convergence(values)
    steps = [one.steps for one in found]
    panel = Panel(
        (90, 110, 700, 330),
        Axis(steps[0] * 0.85, steps[-1] * 1.2, steps, f"steps in {MONTHS} months", log=True),
        Axis(1e-7, 1, (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1), "relative error of counts",
             log=True, words=("10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴", "0.1 %", "1 %", "10 %", "1")),
    )  # fmt: skip
    lines = {
        "largest": ([one.highest for one in found], Ink.PLUM, "2 4"),
        "99 of 100 below": ([one.p99 for one in found], Ink.BLUE, ""),
        "median": ([one.median for one in found], Ink.GREEN, "7 4"),
    }
    for name, (errors, ink, dash) in lines.items():
        panel.curve(zip(steps, errors, strict=True), ink, dash=dash)
        for step, error in zip(steps, errors, strict=True):
            panel.dot(step, error, ink)
        panel.words(steps[-1], errors[-1], name, ink, right=10, down=4, bold=True)
    # Second order, to compare slopes with.
    start = found[0].p99 * 6
    order = [start * (steps[0] / step) ** 2 for step in steps]
    panel.curve(zip(steps, order, strict=True), Ink.GRAY, width=1, dash="1 4")
    panel.words(steps[0], start, "second order", Ink.GRAY, right=4, down=-8)
    usual = next(number for number, one in enumerate(found) if one.level == 1.0)
    panel.words(
        steps[usual], found[usual].p99, "used", Ink.BLUE, down=-11, anchor="middle", bold=True
    )
    said = "; ".join(
        f"{one.steps} steps: median {one.median:.1e}, 99 of 100 below {one.p99:.1e}, largest "
        f"{one.highest:.1e}" for one in found
    )  # fmt: skip
    return page(
        "steps",
        "How far the steps are from the equations",
        f"Monthly counts of five subsets in {PEOPLE} virtual patients, against a solver at 10⁻⁸",
        f"Errors fall with the square of the number of steps. {said}.",
        500,
        panel.parts,
        ["Error: |count − reference| / (reference + 1 cell per µL). The reference is an ordinary "
         "solver in double precision, started anew at each edge of an infusion.",
         "A laboratory's own variation is 3 to 15 %: a hundred times as much as the steps used."],
    )  # fmt: skip
