"""The rounds: once a day everybody is gone through; every few minutes what is due goes out.

Days decide, not clocks: each step belongs to an item's due date, so a round that runs twice, late,
or on a night when clocks change makes no step twice and leaves none out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from longwatch.reminders.channels import Channel, open_channels
from longwatch.reminders.clinic import Clinic, read_clinic
from longwatch.reminders.digest import make_digests
from longwatch.reminders.follow_up import open_rechecks
from longwatch.reminders.making import Plan, asked_now, make, plan_for
from longwatch.reminders.outbox import Delivery, deliver
from longwatch.reminders.parcels import Preparing
from longwatch.store.models import Dispatch, ReminderRound


@dataclass(slots=True)
class Round:
    """What a round came to.

    Inputs:
        day: the day at the clinic.
        made: what was made, or would be, one plan for each person.
        unknown: people of whom the watch cannot say what is due.
        delivery: what went out.
        problems: for staff, without names.
    """

    day: date
    made: list[Plan] = field(default_factory=list)
    unknown: tuple[str, ...] = ()
    delivery: Delivery = field(default_factory=Delivery)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = ", ".join(f"{n} {what}" for what, n in sorted(self.delivery.counts.items()))
        return f"{self.day}: {len(self.made)} people asked; {counts or 'nothing sent'}"


def plan_round(
    day: date, clinic: Clinic, patients: Sequence[str] | None = None
) -> tuple[list[Plan], tuple[str, ...]]:
    """Who has to be asked on a day, for what, by which way and why; nothing is changed.

    Returns:
        A plan for each person with a new step, and those of whom the watch cannot tell.
    """
    asks, unknown = asked_now(day, clinic, patients)
    return plan_for(asks, day, clinic.ladder), unknown


def send_due(
    now: datetime,
    *,
    channels: Mapping[str, Channel] | None = None,
    again: bool = False,
) -> Round:
    """One round: makes what the day asks for, once a day, and sends what is due.

    Inputs:
        now: with a time zone.
        channels: by kind; those of the environment when None.
        again: go through everybody although this day's round is done: facts may have changed.
    """
    clinic = read_clinic()
    ways = open_channels() if channels is None else channels
    day = now.astimezone(clinic.zone).date()
    done = Round(day, problems=[str(problem) for problem in clinic.problems])
    if again or not ReminderRound.objects.filter(day=day).exists():
        open_rechecks(day, now)
        plans, done.unknown = plan_round(day, clinic)
        done.made = [plan for plan in plans if make(plan, day, now)]
        ReminderRound.objects.update_or_create(
            day=day, defaults={"done_at": now, "made": len(done.made)}
        )
    make_digests(now, clinic)
    purposes = list(Dispatch.Purpose.values)
    if not (clinic.name and clinic.telephone):
        # Whoever is asked to call must be told whom, and where.
        purposes.remove(Dispatch.Purpose.REMINDER)
    done.delivery = deliver(now, clinic, ways, Preparing(clinic), purposes)
    done.problems += done.delivery.problems
    return done
