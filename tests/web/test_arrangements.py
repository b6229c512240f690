"""Arrangements: wishes, bookings with a window, the day list; nothing booked hides what is late."""

from __future__ import annotations

import pytest

DAYS = {"opens": "2026-11-22", "closes": "2026-11-25", "place": "home", "besides": "coagulation"}


@pytest.fixture
def place(key):
    """The arrangements of one person with an alert for what is overdue."""
    return f"/patients/{key('N1009')}/arrangements"


WRONG = {
    "a window that ends before it begins": {**DAYS, "step": "book", "closes": "2026-11-21"},
    "no window": {**DAYS, "step": "book", "opens": ""},
    "nothing ordered": {**DAYS, "step": "book", "besides": ""},
    "nowhere": {**DAYS, "step": "book", "place": "moon"},
    "a wish without a place": {"step": "prefer"},
    "no such booking": {"step": "end", "booking": "999", "outcome": "done"},
    "no such step": {"step": "burn"},
}


@pytest.mark.parametrize("told", WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_refused(told, enter, place):
    from longwatch.store.models import Booking

    before = Booking.objects.count()
    assert enter("priya").post(place, told).status_code == 422
    assert Booking.objects.count() == before


def test_a_wish_a_booking_the_day_list_and_how_it_ended(enter, place):
    from longwatch.store.models import Booking

    nurse = enter("priya")
    wish = {"step": "prefer", "place": "home", "note": "Elm street, after four"}
    assert nurse.post(place, wish).status_code == 302
    assert nurse.post(place, {**DAYS, "step": "book"}).status_code == 302
    booking = Booking.objects.latest("id")
    page = nurse.get("/arrangements?day=2026-11-23&place=home").content.decode()
    for words in ("Elm street", "coagulation"):
        assert words in page
    assert "coagulation" not in nurse.get("/arrangements?day=2026-11-26").content.decode()
    end = {"step": "end", "booking": booking.pk, "outcome": "not-done"}
    assert nurse.post("/arrangements", end).status_code == 422
    end["reason"] = "nobody opened"
    assert nurse.post("/arrangements", end).status_code == 302
    assert nurse.post("/arrangements", end).status_code == 422
    assert "nobody opened" in nurse.get(place).content.decode()


def test_a_booking_changes_nothing_of_what_is_overdue(enter, place, key):
    from longwatch.store.models import Alert, Standing

    def standing():
        rows = Standing.objects.filter(patient_id=key("N1009")).values_list("overdue", "due")
        alerts = Alert.objects.filter(patient_id=key("N1009")).order_by("id")
        return list(rows), list(alerts.values_list("rule", "state"))

    before = standing()
    assert enter("priya").post(place, {**DAYS, "step": "book"}).status_code == 302
    assert standing() == before
