"""What each person is to be asked for on a day: from the watch's answer to items with windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.defaults import DEFAULT_PROTOCOL
from longwatch.core.errors import LongwatchError, Problem, UsageError
from longwatch.core.record import Record
from longwatch.core.status import InfusionStatus
from longwatch.protocols.model import Pack, Recurring
from longwatch.reminders.ladder import Ask, Ladder
from longwatch.store.overlays import load_by_name
from longwatch.watch import watch
from longwatch.watch.api import only

_OPEN_BEFORE_COURSE = frozenset({"blocked", "open"})


@dataclass(frozen=True, slots=True)
class Asks:
    """What is to be asked for, and of whom it cannot be told.

    Inputs:
        asks: by patient, then as the protocol lists its activities.
        unknown: patients for whom the watch could not say what is due, by reference.
    """

    asks: tuple[Ask, ...]
    unknown: tuple[str, ...]


def asks_of(record: Record, day: date, ladder: Ladder, default: str = DEFAULT_PROTOCOL) -> Asks:
    """What everybody of a Record is asked for on a day.

    An overdue activity is asked for by the earliest item of its unbroken run: a month that begins
    does not set the ladder back to its foot.

    Inputs:
        record: those to ask.
        day: the day at the clinic.
        ladder: what is no business of the person treated, and how early a course is prepared.
        default: the protocol of those who have none, or one that cannot be read.

    Raises:
        UsageError: the default protocol cannot be read.
    """
    asks: list[Ask] = []
    unknown: set[str] = set()
    for pack, part in _by_protocol(record, default):
        outcome = watch(pack, part, day)
        windows = {one.id: one for one in pack.recurring}
        for row in outcome.status.to_pylist():
            if row["status"] == "unknown":
                unknown.add(row["patient"])
            elif row["activity"] not in ladder.not_for_the_person:
                asks += _recurring(row, windows[row["activity"]])
        asks += _before_courses(pack, part, day, ladder)
    return Asks(tuple(sorted(asks, key=lambda ask: ask.patient)), tuple(sorted(unknown)))


def _recurring(row: dict[str, Any], activity: Recurring) -> list[Ask]:
    if row["status"] == "due":
        due = row["due"]
    elif row["status"] == "overdue":
        due = row["overdue_since"] - timedelta(days=activity.grace + 1)
    elif row["status"] == "not-yet" and row["next_due"] is not None:
        due = row["next_due"]
    else:
        return []
    opens, closes = due - timedelta(days=activity.early), due + timedelta(days=activity.grace)
    return [Ask(row["patient"], row["activity"], due, opens, closes)]


def _before_courses(pack: Pack, record: Record, day: date, ladder: Ladder) -> list[Ask]:
    """What is missing before planned courses; only those with a course ahead are looked at."""
    infusions = record.infusions
    planned = pc.and_(
        pc.equal(infusions["status"], str(InfusionStatus.PLANNED)),
        pc.greater(infusions["date"], pa.scalar(day)),
    )
    ahead = set(infusions.filter(planned)["patient"].to_pylist())
    parts = {part.id: part for part in pack.before_course}
    asks = []
    for patient in sorted(ahead):
        for row in watch(pack, only(record, patient), day).readiness.to_pylist():
            part = parts.get(row["activity"])
            if (
                part is None
                or part.id in ladder.not_for_the_person
                or row["state"] not in _OPEN_BEFORE_COURSE
                or row["date"] <= day
            ):
                continue
            closes = row["date"] - timedelta(days=part.complete_days_before or 0)
            opens = closes - timedelta(days=ladder.lead_days_before_course)
            if part.days_before is not None:
                opens = max(opens, row["date"] - timedelta(days=part.days_before))
            due = max(opens, closes - timedelta(days=ladder.days_left_before_course))
            asks.append(Ask(patient, part.id, due, opens, closes, row["course"]))
    return asks


def _by_protocol(record: Record, default: str) -> list[tuple[Pack, Record]]:
    """People by the protocol they follow; by the clinic's where theirs cannot be read."""
    own = [name or default for name in record.patients["protocol"].to_pylist()]
    packs = {name: _pack(name) for name in {*own, default}}
    if packs[default] is None:
        raise UsageError(Problem(f"the clinic's protocol {default!r} cannot be read"))
    followed = pa.array([name if packs[name] else default for name in own], pa.string())
    names = sorted(set(followed.to_pylist()))
    references = record.patients["patient"]
    groups = []
    for name in names:
        pack = packs[name]
        assert pack is not None
        mine = references.filter(pc.equal(followed, name)).combine_chunks()
        groups.append((pack, record if len(names) == 1 else _of(record, mine)))
    return groups


def _pack(name: str) -> Pack | None:
    try:
        return load_by_name(name)
    except LongwatchError:
        return None


def _of(record: Record, patients: pa.Array) -> Record:
    def keep(table: pa.Table) -> pa.Table:
        return table.filter(pc.is_in(table["patient"], value_set=patients))

    return replace(
        record,
        patients=keep(record.patients),
        infusions=keep(record.infusions),
        results=keep(record.results),
        events=keep(record.events),
    )
