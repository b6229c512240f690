"""What a protocol asks on one infusion day: checklist, dose, times, limits, grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from longwatch.protocols.model import Pack
from longwatch.protocols.model.activities import InfusionStep, ReactionGrade, Sign
from longwatch.protocols.model.evidence import Quantity
from longwatch.watch.readiness import course_plan

_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_TICKED = frozenset({"preparation", "test", "premedication"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One day of one course by the protocol; None where it says nothing.

    Inputs:
        steps: lines of the checklist before the start, in their order; `after`: those at the end.
        dose: of the day. `over`: the shortest duration of the infusion.
        start_within: from dilution. `before`: from premedication, as is usual.
        every: between vital signs. `observe`: from the end of the infusion.
        signs, grades: with limits, and with what to do.
        told: words of the protocol beside them, in their order.
    """

    steps: tuple[InfusionStep, ...]
    after: tuple[InfusionStep, ...]
    dose: Quantity | None
    over: timedelta | None
    start_within: timedelta | None
    before: timedelta | None
    every: timedelta | None
    observe: timedelta | None
    signs: tuple[Sign, ...]
    grades: tuple[ReactionGrade, ...]
    told: tuple[InfusionStep, ...]

    def outside(self, values: Mapping[str, float]) -> list[tuple[Sign, float]]:
        """The vital signs beyond their limits."""
        return [
            (sign, values[sign.id])
            for sign in self.signs
            if sign.id in values
            and (
                (sign.act_below is not None and values[sign.id] < sign.act_below)
                or (sign.act_above is not None and values[sign.id] > sign.act_above)
            )
        ]


def asked(pack: Pack, course: int, day: int) -> Asked:
    """What the protocol asks on this day of this course."""
    steps = sorted(
        (
            step
            for step in pack.infusion_day
            if (not step.days or day in step.days) and (not step.courses or course in step.courses)
        ),
        key=lambda step: step.order,
    )
    start = min((step.order for step in steps if step.id == "infuse"), default=None)
    before = [
        step for step in steps if step.role in _TICKED and (start is None or step.order < start)
    ]
    plan = course_plan(pack.courses, course)
    planned = next((one for one in plan.steps if day in one.days), None) if plan else None
    return Asked(
        steps=tuple(before),
        after=tuple(
            step
            for step in steps
            if step.role == "after" or (step.role in _TICKED and step not in before)
        ),
        dose=planned.dose if planned else None,
        over=_time(planned.over) if planned and planned.over else None,
        start_within=_first(steps, "start-within"),
        before=_first(steps, "usual-before"),
        every=_first(steps, "at-least-every") or _first(steps, "usual-every"),
        observe=_first([step for step in steps if step.role == "observation"], "at-least"),
        signs=tuple(sign for step in steps for sign in step.signs),
        grades=tuple(grade for step in steps for grade in step.grades),
        told=tuple(step for step in steps if step.role in ("infusion", "observation")),
    )


def _first(steps: list[InfusionStep], name: str) -> timedelta | None:
    found = (step.quantities[name] for step in steps if name in step.quantities)
    return next((_time(one) for one in found), None)


def _time(quantity: Quantity) -> timedelta:
    return quantity.value * _UNITS[quantity.unit]
