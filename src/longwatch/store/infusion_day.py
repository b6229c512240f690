"""An infusion day as it stands, from its entries; and the one place that adds an entry.

What belongs together happens in one transaction: the entry, its audit entry, the infusion and the
events of the Record that follow from it, and the alerts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, NoReturn

from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.store.arrived import Arrived, Then
from longwatch.store.audit import record_audit
from longwatch.store.infusion_asked import Asked
from longwatch.store.infusion_filed import file_day
from longwatch.store.models import InfusionEntry, Message, Patient
from longwatch.store.roles import acting, needs_reason

AT_INFUSION = frozenset({"nurse", "neurologist", "infusion-nurse", "lead"})
Kind = InfusionEntry.Kind
_LATER = timedelta(minutes=1)
"""Clocks of two tablets may differ by so much."""


@dataclass(frozen=True, slots=True)
class Day:
    """Which infusion: of whom, of which course, on which of its days."""

    patient: Patient
    course: int
    day: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written.

    Inputs:
        kind, what, detail: as in `InfusionEntry`.
        at: when it happened, with a time zone.
        by: user name of whoever did it; `entered_by`: who is signed in.
        token: of the form, so that it is written once.
        replaces: number of the entry that was wrong; then `reason` says why.
    """

    kind: str
    at: datetime
    by: str
    entered_by: str
    token: str
    what: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    replaces: int | None = None
    reason: str = ""


class Sheet:
    """One infusion day as it stands: what was replaced does not count, and stays in `all`."""

    def __init__(self, rows: Sequence[InfusionEntry]) -> None:
        self.all = list(rows)
        gone = {row.replaces_id for row in rows}
        standing = [row for row in rows if row.pk not in gone and row.kind != Kind.WITHDRAWN]
        self.standing = sorted(standing, key=lambda row: (row.at, row.number))

    def of(self, kind: str) -> list[InfusionEntry]:
        """Entries of a kind that stand, the oldest first."""
        return [row for row in self.standing if row.kind == kind]

    def last(self, kind: str) -> InfusionEntry | None:
        """The newest of a kind that stands."""
        return next(reversed(self.of(kind)), None)

    @property
    def checked_by(self) -> list[str]:
        """Who checked identity and dose, each once."""
        return list(dict.fromkeys(row.author.get_username() for row in self.of(Kind.CHECK)))

    @property
    def steps(self) -> dict[str, InfusionEntry]:
        """The lines of the checklist that are settled, by their id."""
        return {row.what: row for row in self.of(Kind.STEP)}

    @property
    def interrupted(self) -> bool:
        """Whether the infusion rests at this moment."""
        both = [row for row in self.standing if row.kind in (Kind.INTERRUPTED, Kind.RESUMED)]
        return bool(both) and both[-1].kind == Kind.INTERRUPTED

    @property
    def state(self) -> str:
        """`before`, `running`, `resting`, `observed`, `discharged` or `not-done`."""
        if self.last(Kind.NOT_DONE):
            return "not-done"
        if self.last(Kind.DISCHARGE):
            return "discharged"
        if self.last(Kind.END):
            return "observed"
        if self.last(Kind.START):
            return "resting" if self.interrupted else "running"
        return "before"

    def rested(self) -> timedelta:
        """For how long the infusion rested, as far as it was resumed."""
        total, since = timedelta(), None
        for row in self.standing:
            if row.kind == Kind.INTERRUPTED:
                since = since or row.at
            elif row.kind in (Kind.RESUMED, Kind.END) and since is not None:
                total, since = total + (row.at - since), None
        return total


def sheet(day: Day) -> Sheet:
    """The entries of one infusion day."""
    rows = InfusionEntry.objects.filter(patient=day.patient, course=day.course, day=day.day)
    return Sheet(list(rows.select_related("author", "entered_by").order_by("number")))


def write(
    day: Day,
    entry: Entry,
    *,
    asks: Asked,
    cleared: bool,
    now: datetime,
    zone: tzinfo,
    and_then: Then | None = None,
) -> bool:
    """Adds an entry with all that follows from it.

    Inputs:
        asks: what the protocol asks on this day.
        cleared: whether nothing blocks the course.
        now, zone: with a time zone; the clinic's.
        and_then: the alerts.

    Returns:
        False when the same form was sent before; then nothing was written.

    Raises:
        UsageError: it cannot be so, or the role does not allow it; then nothing was written.
    """
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=day.patient.pk)
        if InfusionEntry.objects.filter(token=entry.token).exists():
            return False
        roles = {"neurologist"} if entry.kind == Kind.DECISION else AT_INFUSION
        user = acting(entry.by, roles, now)
        entered = acting(entry.entered_by, AT_INFUSION, now)
        before = sheet(day)
        old = _replaced(before, entry)
        if entry.at > now + _LATER:
            _refuse("this moment lies in the future", "look at the time")
        row = InfusionEntry(
            patient=day.patient,
            course=day.course,
            day=day.day,
            number=len(before.all) + 1,
            kind=entry.kind,
            what=entry.what,
            detail=json.dumps(entry.detail, sort_keys=True),
            at=entry.at,
            filed_at=now,
            author=user,
            entered_by=entered,
            replaces=old,
            reason=needs_reason(entry.reason) if old else entry.reason.strip(),
            token=entry.token,
        )
        if old is None:
            _may(before, row, asks, cleared)
        row.save(force_insert=True)
        after = Sheet([*before.all, row])
        _in_order(after)
        record_audit(
            "infusion day",
            actor=entry.by,
            at=now,
            kind="infusion",
            target=f"{day.course}.{day.day}",
            patient=day.patient.reference,
            detail={
                "entry": row.number,
                "kind": row.kind,
                "what": row.what,
                "by": entered.username,
            },
        )
        if file_day(day.patient, day.course, day.day, after.standing, now, zone) and and_then:
            touched = frozenset({day.patient.reference})
            and_then(Arrived(None, Message.State.FILED, touched))
    return True


def _replaced(before: Sheet, entry: Entry) -> InfusionEntry | None:
    if entry.replaces is None:
        return None
    found = next((row for row in before.standing if row.number == entry.replaces), None)
    if found is None:
        _refuse("this entry was changed meanwhile", "look at the page again")
    return found


def _may(before: Sheet, row: InfusionEntry, asks: Asked, cleared: bool) -> None:
    """Refuses what must not be done yet, or not by this person."""
    state, kind = before.state, row.kind
    if state in ("not-done", "discharged") and kind not in (Kind.NOTE, Kind.REACTION, Kind.STEP):
        _refuse("this infusion day has ended", "take the last entry back first, with a reason")
    if kind == Kind.CHECK and row.author.get_username() in before.checked_by:
        _refuse(
            f"{row.author.get_username()} has checked it already",
            "a second, different person enters their own account name",
        )
    if kind == Kind.START:
        _may_start(before, asks, cleared)
    if kind in (Kind.INTERRUPTED, Kind.RATE, Kind.END) and state not in ("running", "resting"):
        _refuse("the infusion does not run", "record its start first")
    if kind == Kind.INTERRUPTED and state == "resting":
        _refuse("it is interrupted already", "nothing is to do")
    if kind == Kind.RESUMED and state != "resting":
        _refuse("it is not interrupted", "nothing is to do")
    if kind == Kind.NOT_DONE:
        if state != "before":
            _refuse("it has begun", "record its end with the dose that was given")
        needs_reason(row.reason)
    if kind == Kind.WITHDRAWN:
        _refuse("nothing is named that was wrong", "take an entry of the list back")
    if kind == Kind.STEP and row.what not in {one.id for one in (*asks.steps, *asks.after)}:
        _refuse("the protocol has no such step on this day", "use the buttons of the page")
    if kind == Kind.STEP and not json.loads(row.detail).get("done"):
        needs_reason(row.reason)
    if kind == Kind.DECISION:
        needs_reason(row.reason)
    if kind == Kind.DISCHARGE:
        _may_leave(before, row, asks)


def _may_start(before: Sheet, asks: Asked, cleared: bool) -> None:
    if before.state != "before":
        _refuse("it has begun already", "nothing is to do")
    if len(before.checked_by) < 2:
        _refuse("two people have not checked identity and dose", "let a second person check")
    if not cleared and not before.last(Kind.DECISION):
        _refuse(
            "something blocks this course, and no neurologist has decided",
            "a neurologist records the decision with a reason",
        )
    open_steps = [
        one.title for one in asks.steps if not one.optional and one.id not in before.steps
    ]
    if open_steps:
        _refuse(f"not settled yet: {'; '.join(open_steps)}", "mark each as done, or say why not")


def _may_leave(before: Sheet, row: InfusionEntry, asks: Asked) -> None:
    end = before.last(Kind.END)
    if end is None:
        _refuse("the infusion has not ended", "record its end first")
    if asks.observe and row.at < end.at + asks.observe and not row.reason:
        _refuse(
            "the time of observation is not over",
            "wait, or say why the person leaves earlier",
        )


def _in_order(after: Sheet) -> None:
    """Refuses what contradicts itself, also after something was taken back."""
    start, end, leave = (after.last(kind) for kind in (Kind.START, Kind.END, Kind.DISCHARGE))
    if end is not None and (start is None or end.at < start.at):
        _refuse("an end without a start before it", "take back or correct the end first")
    if leave is not None and (end is None or leave.at < end.at):
        _refuse("a discharge before the end", "take back or correct the discharge first")
    for row in (*after.of(Kind.INTERRUPTED), *after.of(Kind.RESUMED), *after.of(Kind.RATE)):
        if start is None or row.at < start.at or (end is not None and row.at > end.at):
            _refuse("this was outside the infusion", "look at the time")


def _refuse(what: str, how: str) -> NoReturn:
    raise UsageError(Problem(what, how=how))
