"""The dated plan of one person: infusion days, what comes before them, every test to the end."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from longwatch.core.errors import Problem, UsageError
from longwatch.protocols.guess import did_you_mean
from longwatch.protocols.model import Pack

if TYPE_CHECKING:
    from longwatch.core.record import Record

Kind = Literal["infusion", "before-course", "test", "exam", "form", "period", "check"]
State = Literal[
    "planned", "due", "overdue", "done", "done-late", "missed", "unknown", "open", "active", "ended"
]

SETTLED = frozenset({"done", "done-late", "missed", "ended"})
"""States in which nothing is left to do."""
CALENDAR_KINDS: frozenset[Kind] = frozenset({"infusion", "before-course", "test", "exam", "form"})
"""What a calendar shows if nothing else is asked for."""

_NEUTRAL = {"test": "Blood test", "form": "Paperwork"}
_NEUTRAL_OTHERWISE = "Appointment"


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One line of the plan.

    Inputs:
        date: the day it is due (of a period: the day it starts).
        opens, closes: first and last day that count; `opens` None: any day up to `closes`;
            `closes` None: a period without an end yet.
        kind: what it is; `check` is a step of an infusion day's checklist.
        activity: id in the protocol.
        title: a few words.
        words: what is to be done, or what became of it.
        state: `planned` lies ahead; `due` is open now; `overdue` has closed without an answer;
            `done`, `done-late`, `missed`; `unknown` cannot be told from the Record. A period is
            `planned`, `active`, `open` (begun, with no end yet) or `ended`.
        source: title and place of the protocol's first source.
        item: number within its series; 0 when it has none.
        course: the course it belongs to; 0 when to none.
        answered: the day on which it was done.
    """

    date: datetime.date
    opens: datetime.date | None
    closes: datetime.date | None
    kind: Kind
    activity: str
    title: str
    words: str
    state: State
    source: str
    item: int = 0
    course: int = 0
    answered: datetime.date | None = None


class CalendarEntry(NamedTuple):
    """One window for a calendar; the fields of `longwatch.exchange.ics.PlanItem`, in its order."""

    activity: str
    title: str
    due: datetime.date
    opens: datetime.date
    closes: datetime.date
    item: int
    neutral_title: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The dated plan of one person.

    Inputs:
        protocol, version: the pack it follows.
        patient: whose; empty for a plan from a first day alone.
        first, last, end: first and last infusion and end of the watch, with every planned course
            given as planned; None while no course is given or planned.
        as_of: the day the states speak of; None for a plan from a first day alone.
        notes: what the plan takes for granted, and what is wrong with the Record.
        items: by date, then as they follow each other on a day.
    """

    protocol: str
    version: str
    patient: str
    first: datetime.date | None
    last: datetime.date | None
    end: datetime.date | None
    as_of: datetime.date | None
    notes: tuple[str, ...]
    items: tuple[PlanItem, ...]

    def calendar_entries(self, kinds: Iterable[Kind] = CALENDAR_KINDS) -> list[CalendarEntry]:
        """What a calendar shows: everything of these kinds that is still to be done.

        An overdue item stays open until it is answered, so its window reaches to `as_of`.
        Every entry carries a title that tells a stranger nothing, for calendars that others see.
        """
        wanted = frozenset(kinds)
        entries = []
        for item in self.items:
            if item.kind not in wanted or item.state in SETTLED:
                continue
            closes = item.closes or item.date
            if item.state == "overdue" and self.as_of is not None:
                closes = max(closes, self.as_of)
            entries.append(
                CalendarEntry(
                    activity=item.activity,
                    title=item.title,
                    due=item.date,
                    opens=item.opens or closes,
                    closes=closes,
                    item=1000 * item.course + item.item,
                    neutral_title=_NEUTRAL.get(item.kind, _NEUTRAL_OTHERWISE),
                )
            )
        return entries

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON has it; dates as ISO text."""
        from longwatch.watch.plan_text import plan_dict

        return plan_dict(self)

    def lines(self, *, checks: bool = True) -> list[str]:
        """The plan as text, items of one day together.

        Inputs:
            checks: with every step of the infusion days.
        """
        from longwatch.watch.plan_text import plan_lines

        return plan_lines(self, checks=checks)


def plan(
    protocol: Pack,
    *,
    first: datetime.date | None = None,
    record: Record | None = None,
    patient: str | None = None,
    as_of: datetime.date | None = None,
) -> Plan:
    """The dated plan of one person on a protocol.

    Inputs:
        protocol: a loaded pack.
        first: day 1 of course 1, for somebody of whom nothing else is known.
        record, patient: or a Record, and whose plan; `patient` may be missing if there is only one.
        as_of: the day whose state the items show; needed with a Record, kept as a remark otherwise.

    Returns:
        The plan. Courses count as given when they are planned; `notes` say so.

    Raises:
        UsageError: neither or both of first day and Record, no day, an unknown patient, or dates
            beyond the calendar.

    >>> from longwatch.protocols.load import load_protocol
    >>> made = plan(load_protocol("alemtuzumab-us"), first=datetime.date(2025, 1, 31))
    >>> [str(item.date) for item in made.items if item.activity == "cbc"][:3]
    ['2025-02-28', '2025-03-31', '2025-04-30']
    >>> made.end
    datetime.date(2030, 2, 2)
    """
    from longwatch.watch.plan_items import items_of_plan
    from longwatch.watch.plan_person import person_of_first, person_of_record

    if (first is None) == (record is None):
        raise UsageError(
            Problem("a plan needs a first day or a Record, one of them", how="give one of them")
        )
    try:
        if record is None:
            assert first is not None
            person = person_of_first(protocol, first)
        else:
            if as_of is None:
                raise UsageError(Problem("the plan of a Record needs a day", how="give as_of"))
            person = person_of_record(protocol, record, _whose(record, patient), as_of)
        return items_of_plan(person, as_of)
    except OverflowError:
        where = "" if first is None else f"first day {first}"
        problem = Problem("the plan reaches beyond the calendar (years 1 to 9999)", where)
        raise UsageError(problem) from None


def _whose(record: Record, patient: str | None) -> str:
    known = record.patients["patient"].to_pylist()
    if patient is None and len(known) == 1:
        return str(known[0])
    if patient is None:
        raise UsageError(
            Problem(f"the Record has {len(known)} patients", how="say whose plan is meant")
        )
    if patient not in known:
        listed = ", ".join(sorted(known)[:12])
        how = f"{did_you_mean(patient, known)} There are: {listed}".strip()
        raise UsageError(Problem(f"no patient {patient!r}", how=how))
    return patient
