"""A text written when it goes out: to today's address, in today's words, if still wanted."""

from __future__ import annotations

import json
from datetime import date, datetime

from longwatch.reminders.aftermath import next_way
from longwatch.reminders.channels import Parcel
from longwatch.reminders.clinic import Clinic, find_zone
from longwatch.reminders.digest import digest_parcel
from longwatch.reminders.ladder import Ask
from longwatch.reminders.making import asked_now
from longwatch.reminders.outbox import NotNow
from longwatch.reminders.quiet import is_quiet
from longwatch.reminders.reach import ALL, address_of, reach_of, usable
from longwatch.reminders.words import write
from longwatch.store.models import Dispatch, Patient, Reachability, Reminder

_Cancelled = Dispatch.Cancelled


class Preparing:
    """Writes the texts of one round of sending; see `outbox.Prepare`."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic

    def __call__(self, dispatch: Dispatch, now: datetime) -> Parcel:
        """The text of one dispatch.

        Raises:
            NotNow: it has to wait for the end of quiet hours, or it was cancelled.
        """
        if dispatch.patient_id is None:
            return digest_parcel(dispatch, now, self._clinic)
        patient = Patient.objects.get(pk=dispatch.patient_id)
        reach = reach_of(patient)
        day = now.astimezone(self._clinic.zone).date()
        if reach.stopped:
            raise _cancel(dispatch, _Cancelled.STOPPED)
        asks = self._still_asked(dispatch, patient, day)
        if not asks:
            raise _cancel(dispatch, _Cancelled.NOT_ASKED)
        if dispatch.channel not in usable(reach):
            raise _another_way(dispatch, reach, now)
        if dispatch.channel != "letter" and self._is_quiet(reach, now):
            raise NotNow
        written = write(
            asks,
            day,
            language=reach.language,
            clinic=self._clinic.name,
            telephone=self._clinic.telephone,
            greeting=reach.greeting,
        )
        address = address_of(reach, dispatch.channel)
        assert address
        return Parcel(
            str(dispatch.key), address, written.subject, written.text, written.short,
            written.language,
        )  # fmt: skip

    def _still_asked(self, dispatch: Dispatch, patient: Patient, day: date) -> list[Ask]:
        root = dispatch
        while root.follows is not None:
            root = root.follows
        wanted = set(Reminder.objects.filter(dispatch=root).values_list("activity", "due"))
        asks, _ = asked_now(day, self._clinic, [patient.reference])
        return [ask for ask in asks if (ask.activity, ask.due) in wanted]

    def _is_quiet(self, reach: Reachability, now: datetime) -> bool:
        ladder = self._clinic.ladder
        return is_quiet(
            now,
            find_zone(reach.zone) if reach.zone else self._clinic.zone,
            reach.quiet_from or ladder.quiet_from,
            reach.quiet_until or ladder.quiet_until,
        )


def _another_way(dispatch: Dispatch, reach: Reachability, now: datetime) -> NotNow:
    """This way is closed since the text was made: the next one, or the ladder's next step."""
    out = set(json.loads(reach.opted_out))
    closed = _Cancelled.OPTED_OUT if out & {ALL, dispatch.channel} else _Cancelled.NO_ADDRESS
    waits = _cancel(dispatch, closed)
    if usable(reach):
        next_way(dispatch, "the way was closed", now)
    return waits


def _cancel(dispatch: Dispatch, why: Dispatch.Cancelled) -> NotNow:
    Dispatch.objects.filter(pk=dispatch.pk, state=Dispatch.State.WAITING).update(
        state=Dispatch.State.CANCELLED, cancelled=why
    )
    return NotNow()
