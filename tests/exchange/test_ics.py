"""The calendar file: windows as all-day events that every reader understands alike."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from icalendar import Calendar

from longwatch.exchange.ics import CalendarOptions, PlanItem, write_ics

STAMP = datetime.fromisoformat("2025-03-03T08:00")
CBC = PlanItem("cbc", "Blood count", date(2025, 4, 3), date(2025, 3, 27), date(2025, 4, 10), item=1)
SKIN = PlanItem("skin-exam", "Skin", date(2026, 3, 3), date(2026, 2, 1), date(2026, 4, 2), item=1)


def written(items=(CBC, SKIN), **options):
    return write_ics(items, CalendarOptions(STAMP, **options))


def events(text):
    return list(Calendar.from_ical(text).walk("VEVENT"))


def test_an_event_spans_the_window_with_its_last_day():
    first, _ = events(written())
    assert first["DTSTART"].dt == date(2025, 3, 27)
    assert first["DTEND"].dt == date(2025, 4, 11)
    assert first["TRANSP"] == "TRANSPARENT"
    assert "RRULE" not in first


def test_how_often_to_ask_again_is_said_in_both_ways():
    text = written(refresh_hours=6)
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in text
    assert "X-PUBLISHED-TTL:PT6H\r\n" in text


def test_the_stamp_is_the_one_given():
    assert written().count("DTSTAMP:20250303T080000Z") == 2


def test_a_moved_date_keeps_its_uid_and_raises_the_sequence():
    moved = PlanItem(
        "cbc", "Blood count", date(2025, 4, 5), date(2025, 3, 29), date(2025, 4, 12), 1
    )
    (before,) = events(written([CBC]))
    (after,) = events(written([moved], sequence=1))
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)


def test_two_people_have_different_uids_that_tell_nothing():
    one, other = (events(written([CBC], owner=name))[0]["UID"] for name in ("ann", "eve"))
    assert one != other
    assert "ann" not in one


def test_a_neutral_calendar_says_nothing_of_the_disease():
    text = written(neutral=True)
    for word in ("Blood count", "Skin", "Longwatch\r\n", "Due on", "skin-exam", "cbc"):
        assert word not in text.replace("-//Longwatch//", "")
    assert text.count("SUMMARY:Blood test") == 2


def test_lines_end_as_the_standard_asks_and_are_never_too_long():
    title = PlanItem("x", "Ä" * 200, date(2025, 4, 3), date(2025, 4, 1), date(2025, 4, 5))
    lines = written([title]).encode().split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75


def test_the_order_of_items_does_not_matter():
    assert written((CBC, SKIN)) == written((SKIN, CBC))


def test_a_window_that_closes_before_it_opens_is_refused():
    wrong = PlanItem("x", "X", date(2025, 4, 3), date(2025, 4, 5), date(2025, 4, 1))
    with pytest.raises(ValueError, match="closes"):
        written([wrong])
