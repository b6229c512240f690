"""The lines of a plan: infusion days and their steps, what comes before, tests, and periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from longwatch.core.status import InfusionStatus
from longwatch.protocols.model import BeforeCourse, InfusionStep
from longwatch.protocols.words_values import number_words
from longwatch.watch.columns import day_of
from longwatch.watch.explain_chart import anchors, shown
from longwatch.watch.explain_rows import cited
from longwatch.watch.periods import periods
from longwatch.watch.plan import Kind, Plan, PlanItem, State
from longwatch.watch.plan_person import Person, Row
from longwatch.watch.plan_series import day_at, for_whom, recurring_items
from longwatch.watch.readiness import CLEARED, COURSE, Check, course_plan, readiness
from longwatch.watch.view import date_of

_ORDER: tuple[Kind, ...] = ("before-course", "infusion", "check", "period", "test", "exam", "form")
_CLOCK_UNITS = ("h", "min")


def items_of_plan(person: Person, as_of: date | None) -> Plan:
    """The plan of a person, all its lines in order."""
    first, last, end = anchors(person.assumed)
    items = [
        *_infusions(person),
        *_before_courses(person),
        *recurring_items(person, end),
        *_periods(person),
    ]
    return Plan(
        protocol=person.pack.id,
        version=person.pack.version,
        patient=person.name,
        first=date_of(first),
        last=date_of(last),
        end=date_of(end),
        as_of=as_of,
        notes=tuple(person.notes),
        items=tuple(sorted(items, key=lambda item: (item.date, _ORDER.index(item.kind)))),
    )


def _infusions(person: Person) -> Iterator[PlanItem]:
    """The days of every course, each with its steps while it lies ahead."""
    done = {
        (row["course"], row["date"])
        for row in person.infusions
        if (row["status"] or InfusionStatus.GIVEN) == InfusionStatus.GIVEN
        and day_of(row["date"]) <= person.as_of
    }
    position: dict[int, int] = {}
    for row in person.infusions:
        number, day = row["course"], day_of(row["date"])
        planned = row["status"] == InfusionStatus.PLANNED
        if planned and (number, row["date"]) in done:
            continue
        state = _infusion_state(row, day, person.as_of)
        if state is None:
            continue
        position[number] = row["day"] or position.get(number, 0) + 1
        yield _infusion(person, row, state, position[number])
        if state in ("planned", "due", "overdue"):
            yield from _steps(person, row, state, position[number])


def _infusion_state(row: Row, day: int, as_of: int) -> State | None:
    status = row["status"] or InfusionStatus.GIVEN
    if status == InfusionStatus.NOT_DONE:
        return "missed" if day <= as_of else None
    if status == InfusionStatus.GIVEN:
        return "done" if day <= as_of else None
    return "planned" if day > as_of else "due" if day == as_of else "overdue"


def _infusion(person: Person, row: Row, state: State, number: int) -> PlanItem:
    course = course_plan(person.pack.courses, row["course"])
    steps = course.steps if course else ()
    step = next((part for part in steps if number in part.days), None)
    days = sum(len(part.days) for part in steps)
    place = f"day {number}" + (f" of {days}" if step and days >= number else "")
    dose = f"{row['dose_mg']:g} mg" if row.get("dose_mg") is not None else ""
    if not dose and step:
        dose = number_words(step.dose.value, step.dose.unit)
    over = f" over {number_words(step.over.value, step.over.unit)}" if step and step.over else ""
    words = course.title if course else "The protocol has no such course."
    if state == "overdue":
        words += ". Planned, and not recorded as given."
    return PlanItem(
        date=row["date"],
        opens=row["date"],
        closes=row["date"],
        kind="infusion",
        activity=course.id if course else f"course-{row['course']}",
        title=f"Infusion, course {row['course']}, {place}" + (f": {dose}{over}" if dose else ""),
        words=words,
        state=state,
        source=cited(course.evidence, person.pack) if course else "",
        item=number,
        course=row["course"],
        answered=row["date"] if state == "done" else None,
    )


def _steps(person: Person, row: Row, state: State, number: int) -> Iterator[PlanItem]:
    """The checklist of an infusion day, in the order in which it is done."""
    for step in sorted(person.pack.infusion_day, key=lambda part: part.order):
        if (step.days and number not in step.days) or (
            step.courses and row["course"] not in step.courses
        ):
            continue
        yield PlanItem(
            date=row["date"],
            opens=row["date"],
            closes=row["date"],
            kind="check",
            activity=step.id,
            title=step.title,
            words=_step_words(step),
            state=state,
            source=cited(step.evidence, person.pack),
            item=number,
            course=row["course"],
        )


def _step_words(step: InfusionStep) -> str:
    clock = [
        f"{name} {number_words(amount.value, amount.unit)}"
        for name, amount in step.quantities.items()
        if amount.unit in _CLOCK_UNITS
    ]
    optional = "If wanted. " if step.optional else ""
    return f"{optional}{step.words}" + (f" ({', '.join(clock)})" if clock else "")


def _before_courses(person: Person) -> Iterator[PlanItem]:
    parts = {part.id: part for part in person.pack.before_course}
    given = {course.number for course in person.view.courses() if course.given_from is not None}
    for check in readiness(person.view):
        if check.activity == COURSE and person.name and check.course not in given:
            person.notes.append(
                f"Course {check.course} on {shown(check.day)}: {check.state} ({check.detail})."
            )
        part = parts.get(check.activity)
        if part is not None and check.state != "not-applicable":
            yield _before(person, part, check, given=check.course in given)


def _before(person: Person, part: BeforeCourse, check: Check, *, given: bool) -> PlanItem:
    closes = check.day - (part.complete_days_before or 0)
    opens = None if part.days_before is None else check.day - part.days_before
    state: State
    if check.state == CLEARED:
        state = "done"
    elif not person.name or (opens is not None and person.as_of < opens):
        state = "planned"
    elif check.state == "unknown":
        state = "unknown"
    elif person.as_of > closes or given:
        state = "missed" if given else "overdue"
    else:
        state = "due"
    return PlanItem(
        date=day_at(closes),
        opens=None if opens is None else day_at(opens),
        closes=day_at(closes),
        kind="before-course",
        activity=part.id,
        title=part.title,
        words=for_whom(person, part) + (f" ({check.detail})" if person.name else ""),
        state=state,
        source=cited(part.evidence, person.pack),
        course=check.course,
    )


def _periods(person: Person) -> Iterator[PlanItem]:
    parts = {part.id: part for part in person.pack.periods}
    for span in periods(person.assumed):
        if span.start is None:
            continue  # Its anchor is not known, and a note says what is wrong with the Record.
        part = parts[span.period]
        state: State
        if person.as_of < span.start:
            state = "planned"
        elif span.end is None:
            state = "open"
        else:
            state = "active" if person.as_of <= span.end else "ended"
        yield PlanItem(
            date=day_at(span.start),
            opens=day_at(span.start),
            closes=None if span.end is None else day_at(span.end),
            kind="period",
            activity=part.id,
            title=part.title,
            words=part.words + (f" ({span.detail})" if span.detail else ""),
            state=state,
            source=cited(part.evidence, person.pack),
            course=span.course,
        )
