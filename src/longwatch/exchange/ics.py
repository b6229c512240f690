"""A dated plan as a calendar file (iCalendar, RFC 5545).

Every date is written out (no recurrence rule: rules drift at month ends, and readers disagree on
them), as an all-day window from the day it opens to the day it closes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT = "-//Longwatch//Plan//EN"
NEUTRAL_TITLE = "Blood test"


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One window of the plan.

    Inputs:
        activity: stable id of the activity (`cbc`).
        title: what a person reads (`Complete blood count`).
        due: the due date.
        opens, closes: first and last day that count; both belong to the window.
        item: number within its series, so that a moved date updates the same calendar entry;
            empty means: told apart by its due date.
        neutral_title: what it says when the calendar may be seen by others; empty: `Blood test`.
    """

    activity: str
    title: str
    due: date
    opens: date
    closes: date
    item: int | None = None
    neutral_title: str = ""


@dataclass(frozen=True, slots=True)
class CalendarOptions:
    """How the calendar is written.

    Inputs:
        stamp: when it was made (DTSTAMP), in UTC; no clock is read here.
        owner: whom the plan is for; enters the UIDs only as a digest.
        sequence: version of the plan; raise it whenever dates moved, or readers keep the old ones.
        neutral: write titles that tell a stranger nothing.
        name: name of the calendar; empty: `Longwatch` or, when neutral, `Appointments`.
        refresh_hours: how often a reader should ask again.
    """

    stamp: datetime
    owner: str = ""
    sequence: int = 0
    neutral: bool = False
    name: str = ""
    refresh_hours: int = 12


def write_ics(items: Iterable[PlanItem], options: CalendarOptions) -> str:
    """The calendar file as text.

    Inputs:
        items: the windows; any order, the file is sorted by opening day.
        options: stamp, owner, sequence, neutral titles.

    Returns:
        iCalendar text with CRLF line ends.

    Raises:
        ValueError: when a window closes before it opens.

    >>> due, opens, closes = date(2025, 4, 3), date(2025, 3, 27), date(2025, 4, 10)
    >>> item = PlanItem("cbc", "Blood count", due, opens, closes)
    >>> text = write_ics([item], CalendarOptions(datetime(2025, 3, 3, 8)))
    >>> "DTEND;VALUE=DATE:20250411" in text
    True
    """
    # Late: the library takes long to load, and few pages write a calendar.
    from icalendar import Calendar
    from icalendar.prop import vDuration, vText

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    name = options.name or ("Appointments" if options.neutral else "Longwatch")
    calendar.add("x-wr-calname", name)
    every = timedelta(hours=options.refresh_hours)
    # icalendar writes REFRESH-INTERVAL without VALUE=DURATION, which RFC 7986 requires.
    calendar.add("refresh-interval", vDuration(every, params={"VALUE": "DURATION"}), encode=False)
    calendar.add("x-published-ttl", vText(f"PT{options.refresh_hours}H"), encode=False)
    ordered = sorted(items, key=lambda item: (item.opens, item.activity, item.due))
    for item in ordered:
        calendar.add_component(_event(item, options))
    return str(calendar.to_ical().decode("utf-8"))


def _event(item: PlanItem, options: CalendarOptions) -> Event:
    if item.closes < item.opens:
        raise ValueError(f"{item.activity}: closes {item.closes} before it opens {item.opens}")
    from icalendar import Event

    event = Event()
    event.add("uid", _uid(item, options.owner))
    event.add("dtstamp", options.stamp)
    event.add("sequence", options.sequence)
    event.add("dtstart", item.opens)
    # DTEND is exclusive: the day after the last day that counts.
    event.add("dtend", item.closes + timedelta(days=1))
    if options.neutral:
        event.add("summary", item.neutral_title or NEUTRAL_TITLE)
        event.add("class", "PRIVATE")
    else:
        event.add("summary", item.title)
        event.add("description", f"Due on {item.due.isoformat()}; any day of this window counts.")
    event.add("transp", "TRANSPARENT")
    return event


def _uid(item: PlanItem, owner: str) -> str:
    place = item.due.isoformat() if item.item is None else str(item.item)
    digest = hashlib.sha256(f"{owner}\n{item.activity}\n{place}".encode()).hexdigest()[:32]
    return f"{digest}@longwatch"
