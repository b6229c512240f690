"""What the page of an infusion day shows: clocks, vital signs with their limits, what is next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from longwatch.protocols.model.activities import InfusionStep, Sign
from longwatch.store.infusion_asked import Asked
from longwatch.store.infusion_day import Kind, Sheet
from longwatch.store.models import InfusionEntry


@dataclass(frozen=True, slots=True)
class Measured:
    """Vital signs at one moment: each sign with its value, and whether it is beyond its limit."""

    entry: InfusionEntry
    cells: list[tuple[Sign, str, bool]]

    @property
    def todo(self) -> list[str]:
        """What to do about what is beyond its limit, each once."""
        return list(dict.fromkeys(sign.do for sign, _, out in self.cells if out))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist with its entry, if it is settled."""

    step: InfusionStep
    entry: InfusionEntry | None
    done: bool


@dataclass(frozen=True, slots=True)
class Clocks:
    """Moments that follow from what was done; None where nothing follows yet."""

    start_before: datetime | None
    premedicated: datetime | None
    since_premedication: int | None
    start_from: datetime | None
    end_from: datetime | None
    signs_due: datetime | None
    signs_missed: list[datetime]
    leave_from: datetime | None
    minutes_left: int | None


def said(entry: InfusionEntry) -> Mapping[str, Any]:
    """The values of an entry."""
    found: Mapping[str, Any] = json.loads(entry.detail)
    return found


def checklist(steps: tuple[InfusionStep, ...], sheet: Sheet) -> list[Line]:
    """Each step with what was recorded of it."""
    here = sheet.steps
    return [
        Line(step, here.get(step.id), step.id in here and bool(said(here[step.id]).get("done")))
        for step in steps
    ]


def measured(asks: Asked, sheet: Sheet) -> list[Measured]:
    """All vital signs, the newest last."""
    rows = []
    for entry in sheet.of(Kind.SIGNS):
        values = said(entry).get("values", {})
        out = {sign.id for sign, _ in asks.outside(values)}
        cells = [
            (sign, f"{values[sign.id]:g}" if sign.id in values else "–", sign.id in out)
            for sign in asks.signs
        ]
        rows.append(Measured(entry, cells))
    return rows


def clocks(asks: Asked, sheet: Sheet, now: datetime) -> Clocks:
    """When what may or must be done next."""
    start, end = sheet.last(Kind.START), sheet.last(Kind.END)
    diluted = next((row for name, row in sheet.steps.items() if name.startswith("dilute")), None)
    medicine = [
        sheet.steps[step.id]
        for step in asks.steps
        if "usual-before" in step.quantities and step.id in sheet.steps
    ]
    given = medicine[-1].at if medicine and said(medicine[-1]).get("done") else None
    waiting = start is None
    leave = end.at + asks.observe if end and asks.observe else None
    due, missed = _signs(asks, sheet, now)
    return Clocks(
        start_before=diluted.at + asks.start_within
        if diluted and asks.start_within and waiting
        else None,
        premedicated=given,
        since_premedication=_minutes(now - given) if given and waiting else None,
        start_from=given + asks.before if given and asks.before and waiting else None,
        end_from=start.at + asks.over + sheet.rested() if start and asks.over and not end else None,
        signs_due=due,
        signs_missed=missed,
        leave_from=leave,
        minutes_left=max(0, _minutes(leave - now)) if leave else None,
    )


def _signs(asks: Asked, sheet: Sheet, now: datetime) -> tuple[datetime | None, list[datetime]]:
    """When vital signs are due next, and the times at which none were taken."""
    start, end = sheet.last(Kind.START), sheet.last(Kind.END)
    if start is None or not asks.every:
        return None, []
    taken = [row.at for row in sheet.of(Kind.SIGNS)]
    until = end.at if end else now
    missed, slot = [], start.at
    while slot <= until:
        if not any(abs(at - slot) * 2 <= asks.every for at in taken) and (
            end or slot + asks.every <= now
        ):
            missed.append(slot)
        slot += asks.every
    if end is not None:
        return None, missed
    during = [at for at in taken if at >= start.at]
    return (max(during) if during else start.at) + asks.every, missed


def _minutes(length: timedelta) -> int:
    return int(length / timedelta(minutes=1))
