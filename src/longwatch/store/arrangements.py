"""Wishes and bookings for taking tests, each written once with its audit entry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.models import Booking, BookingEnd, Patient, Place, Preference
from longwatch.store.roles import acting, needs_reason

ARRANGERS = frozenset({"nurse", "neurologist", "infusion-nurse", "laboratory-desk", "lead"})


def prefer(patient: Patient, place: str, note: str, *, by: str, at: datetime) -> None:
    """Records where a person wants the tests to be taken, from now on.

    Raises:
        UsageError: there is no such place, or the role does not allow it.
    """
    with transaction.atomic():
        user = acting(by, ARRANGERS, at)
        _place(place)
        Preference.objects.create(
            patient=patient, place=place, note=note.strip(), author=user, filed_at=at
        )
        _note("preference", patient, by, at, {"place": place})


def book(
    patient: Patient,
    place: str,
    window: tuple[date, date],
    orders: Sequence[tuple[str, str]],
    note: str,
    *,
    by: str,
    at: datetime,
    today: date,
) -> Booking:
    """Books one visit; what is due stays due until its result is there.

    Inputs:
        window: first and last day, both among them.
        orders: id and title of what is to be taken.

    Raises:
        UsageError: the window is over or turned round, nothing is ordered, or no role.
    """
    opens, closes = window
    with transaction.atomic():
        user = acting(by, ARRANGERS, at)
        _place(place)
        if closes < opens or closes < today:
            how = "give a first and a last day, the last one not before today"
            raise UsageError(Problem("these days cannot be booked", how=how))
        if not orders:
            raise UsageError(Problem("nothing is ordered", how="tick what is to be taken"))
        booking = Booking.objects.create(
            patient=patient,
            place=place,
            opens=opens,
            closes=closes,
            orders=json.dumps(list(orders)),
            note=note.strip(),
            author=user,
            filed_at=at,
        )
        _note("booked", patient, by, at, {"booking": booking.pk, "place": place})
    return booking


def end_booking(
    key: int, outcome: str, reason: str, *, by: str, at: datetime, today: date
) -> Booking:
    """Says how a booking ended.

    Raises:
        UsageError: it ended before, or no reason is given where one is needed.
    """
    with transaction.atomic():
        user = acting(by, ARRANGERS, at)
        booking = (
            Booking.objects.select_for_update(of=("self",), no_key=True).filter(pk=key).first()
        )
        if booking is None or outcome not in BookingEnd.Outcome.values:
            raise UsageError(Problem("there is no such booking", how="look at the list again"))
        ended = BookingEnd.objects.filter(booking=booking).select_related("author").first()
        if ended is not None:
            who = f"{ended.author.get_username()} has written: {ended.outcome}"
            raise UsageError(Problem("this booking has ended", why=who, how="nothing is to do"))
        why = reason.strip() if outcome == BookingEnd.Outcome.DONE else needs_reason(reason)
        BookingEnd.objects.create(
            booking=booking, outcome=outcome, on=today, reason=why, author=user, filed_at=at
        )
        detail = {"booking": key, "outcome": outcome, "reason": why}
        _note("booking ended", booking.patient, by, at, detail)
    return booking


def open_bookings() -> QuerySet[Booking]:
    """Bookings of which nobody has said how they ended; also those whose days are over."""
    rows = Booking.objects.filter(end=None).select_related("patient", "author")
    return rows.order_by("closes", "patient__name", "id")


def _place(place: str) -> None:
    if place not in Place.values:
        raise UsageError(Problem("the place is missing", how=", ".join(Place.values)))


def _note(what: str, patient: Patient, by: str, at: datetime, detail: dict[str, Any]) -> None:
    record_audit(what, actor=by, at=at, kind="booking", patient=patient.reference, detail=detail)
