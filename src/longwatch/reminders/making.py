"""From what is asked for to reminders in the store: each step once, one text a day for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from longwatch.reminders.aftermath import open_task
from longwatch.reminders.asks import asks_of
from longwatch.reminders.clinic import Clinic
from longwatch.reminders.ladder import Ask, Ladder, Reached, reached
from longwatch.reminders.reach import reach_of, usable, why_unreachable
from longwatch.store.merging import read_under
from longwatch.store.models import (
    AskingEnded,
    Dispatch,
    FollowUp,
    Patient,
    Reachability,
    Reminder,
    StaffTask,
)
from longwatch.store.record_out import read_record

_Step = tuple[str, str, date, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one person is to be told on a day, and why.

    Inputs:
        patient: reference.
        told: items and steps that go out by `channel`.
        channel: by which way; None when nothing goes out.
        tasks: items and steps for which a person of the clinic has to speak with them.
        why: of the task, for staff; '' without one.
        unheard: items and steps that nobody can be told of, and `why_unheard`; they come again.
        held_until: texts to this person wait until that day, because one went out just now.
    """

    patient: str
    told: tuple[tuple[Ask, Reached], ...] = ()
    channel: str | None = None
    tasks: tuple[tuple[Ask, Reached], ...] = ()
    why: str = ""
    unheard: tuple[tuple[Ask, Reached], ...] = ()
    why_unheard: str = ""
    held_until: date | None = None


def asked_now(
    day: date, clinic: Clinic, patients: Sequence[str] | None = None
) -> tuple[list[Ask], tuple[str, ...]]:
    """What people are asked for on a day, without what a person ended, paused or stopped.

    Inputs:
        patients: references; None: everybody.

    Returns:
        The items, and the people of whom the watch cannot tell.
    """
    found = asks_of(read_record(patients=patients), day, clinic.ladder, clinic.protocol)
    ended: dict[tuple[str, str], date] = {}
    under = read_under()
    for reference, activity, due in AskingEnded.objects.values_list(
        "patient__reference", "activity", "due"
    ):
        key = (under.get(reference, reference), activity)
        ended[key] = max(due, ended.get(key, due))
    silent = {*_paused(day), *_stopped()}
    asks = [
        ask
        for ask in found.asks
        if ask.patient not in silent
        and not ((last := ended.get((ask.patient, ask.activity))) and ask.due <= last)
    ]
    return asks, found.unknown


def plan_for(asks: Iterable[Ask], day: date, ladder: Ladder) -> list[Plan]:
    """The steps that have come and were not made yet, by person; nothing is changed."""
    by_person: dict[str, list[tuple[Ask, list[Reached]]]] = defaultdict(list)
    for ask in asks:
        if come := reached(ladder, ask, day):
            by_person[ask.patient].append((ask, come))
    made = _made({ask.due for items in by_person.values() for ask, _ in items})
    last_text = _last_texts(day - timedelta(days=ladder.days_between_texts))
    everybody = Patient.objects.select_related("reachability").prefetch_related("joined")
    people = everybody.in_bulk(field_name="reference")
    plans = []
    for reference, items in by_person.items():
        fresh = [
            (ask, [one for one in come if (reference, ask.activity, ask.due, one.name) not in made])
            for ask, come in items
        ]
        fresh = [(ask, come) for ask, come in fresh if come]
        if fresh:
            reach = reach_of(people[reference])
            plans.append(_plan(reference, fresh, reach, last_text.get(reference), day, ladder))
    return plans


def _plan(
    reference: str,
    fresh: list[tuple[Ask, list[Reached]]],
    reach: Reachability,
    last: date | None,
    day: date,
    ladder: Ladder,
) -> Plan:
    """One person's plan. The latest step of an item speaks for those before it."""
    ways = usable(reach)
    told: list[tuple[Ask, Reached]] = []
    tasks: list[tuple[Ask, Reached]] = []
    unheard: list[tuple[Ask, Reached]] = []
    rung, by_ladder = 1, False
    for ask, come in fresh:
        steps = [(ask, one) for one in come]
        newest = come[-1].step
        if newest.person:
            tasks += steps
            by_ladder = True
        elif ways:
            told += steps
            rung = max(rung, newest.rung or 1)
        elif newest.is_late:
            tasks += steps
        else:
            unheard += steps
    why = ""
    if tasks:
        why = "nothing has helped: speak with them" if by_ladder else why_unreachable(reach)
    held = None
    if told and last is not None:
        free = last + timedelta(days=ladder.days_between_texts)
        held, told = (free, []) if day < free else (None, told)
    return Plan(
        reference,
        tuple(told),
        ways[min(rung, len(ways)) - 1] if told else None,
        tuple(tasks),
        why,
        tuple(unheard),
        why_unreachable(reach) if unheard else "",
        held,
    )


def make(plan: Plan, day: date, now: datetime) -> bool:
    """Writes a plan down: its reminders with what carries them, all or nothing.

    Returns:
        Whether anything was made; False as well when another worker was faster.
    """
    if not (plan.told or plan.tasks):
        return False
    try:
        with transaction.atomic():
            # Of two workers one comes first; rows that only refer to the person need not wait.
            patient = Patient.objects.select_for_update(no_key=True).get(reference=plan.patient)
            if reach_of(patient).stopped:
                return False
            dispatch = task = None
            if plan.channel is not None:
                dispatch = Dispatch.objects.create(
                    purpose=Dispatch.Purpose.REMINDER,
                    patient=patient,
                    day=day,
                    channel=plan.channel,
                    not_before=now,
                    made_at=now,
                )
            if plan.tasks:
                task = open_task(patient, StaffTask.Kind.CALL, plan.why, now, None)
            _write(patient, plan.told, day, now, dispatch=dispatch)
            _write(patient, plan.tasks, day, now, task=task)
    except IntegrityError:
        return False
    return True


def _write(
    patient: Patient,
    steps: Sequence[tuple[Ask, Reached]],
    day: date,
    now: datetime,
    *,
    dispatch: Dispatch | None = None,
    task: StaffTask | None = None,
) -> None:
    """The reminders; those whose text was cancelled before it went out are carried anew."""
    unsent = Reminder.objects.filter(patient=patient, dispatch__in=_unsent(patient))
    again = {(one.activity, one.due, one.step): one.pk for one in unsent}
    carried = {"day": day, "made_at": now, "dispatch": dispatch, "task": task}
    keys = {(ask.activity, ask.due, step.name): ask for ask, step in steps}
    old = [again[key] for key in keys if key in again]
    Reminder.objects.filter(pk__in=old).update(**carried)
    Reminder.objects.bulk_create(
        Reminder(
            patient=patient, activity=activity, due=due, step=step, opens=ask.opens,
            closes=ask.closes, **carried,
        )
        for (activity, due, step), ask in keys.items()
        if (activity, due, step) not in again
    )  # fmt: skip


def _unsent(patient: Patient | None = None) -> list[int]:
    """Dispatches whose last stand-in was cancelled: their reminders reached nobody."""
    gone = Dispatch.objects.filter(
        state=Dispatch.State.CANCELLED,
        cancelled__in=(Dispatch.Cancelled.STOPPED, Dispatch.Cancelled.NOT_ASKED),
    ).select_related("follows__follows")
    if patient is not None:
        gone = gone.filter(patient=patient)
    roots = []
    for dispatch in gone:
        root = dispatch
        while root.follows is not None:
            root = root.follows
        roots.append(root.pk)
    return roots


def _made(dues: set[date]) -> set[_Step]:
    rows = Reminder.objects.filter(due__in=dues).exclude(dispatch__in=_unsent())
    under = read_under()
    return {
        (under.get(reference, reference), activity, due, step)
        for reference, activity, due, step in rows.values_list(
            "patient__reference", "activity", "due", "step"
        )
    }


def _last_texts(since: date) -> dict[str, date]:
    """The newest text to each person, of those later than a day."""
    rows = Dispatch.objects.filter(purpose=Dispatch.Purpose.REMINDER, follows=None, day__gt=since)
    rows = rows.exclude(state=Dispatch.State.CANCELLED).order_by("day")
    under = read_under()
    return {
        under.get(reference, reference): day
        for reference, day in rows.values_list("patient__reference", "day")
    }


def _paused(day: date) -> set[str]:
    """People of whom it was decided that they are left in peace until a day that lies ahead."""
    newest: dict[str, FollowUp] = {}
    under = read_under()
    for row in FollowUp.objects.select_related("patient").order_by("pk"):
        newest[under.get(row.patient.reference, row.patient.reference)] = row
    return {
        reference
        for reference, row in newest.items()
        if row.recheck_on is not None and day < row.recheck_on
    }


def _stopped() -> set[str]:
    rows = Reachability.objects.exclude(stopped=None)
    under = read_under()
    names = rows.values_list("patient__reference", flat=True)
    return {under.get(name, name) for name in names}
