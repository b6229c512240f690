"""What a protocol asks of a virtual patient: the visits, their tests, examinations and forms."""

from __future__ import annotations

import math
from dataclasses import dataclass

from longwatch.core.catalogue import catalogue
from longwatch.core.errors import Problem, UsageError
from longwatch.mechanism import schedule
from longwatch.mechanism.laboratory import TESTS
from longwatch.protocols.model import BeforeCourse, Pack, Recurring
from longwatch.protocols.model.pack import Course

DAYS_A_WEEK = 7
LONGEST_YEAR = 366
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Waiting:
    """A test that is drawn after each course until it is high enough (CD4)."""

    test: str
    at_least: float
    first_month: int
    early: int


@dataclass(frozen=True)
class Happening:
    """An examination or a form, as an event: every so many months, or once before a course.

    `days`: how many days before day 1 of a course; `courses` empty means every course.
    `sexes` empty means everybody.
    """

    kind: str
    code: str
    every_months: int = 0
    days: int = 0
    courses: tuple[int, ...] = ()
    sexes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """A test before a course without a simulated value (a serology), told as its usual answer.

    `sexes` empty means everybody. `again`: before every course, for it has a window of days.
    """

    sexes: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True)
class Further:
    """Courses that somebody may need after the planned ones.

    doses, mg, hours: of each. apart: days between the yearly Mondays on which courses may begin.
    most: how many at most; None for as many as are needed.
    """

    doses: int
    mg: float
    hours: float
    apart: int
    most: int | None


@dataclass(frozen=True)
class Asked:
    """A protocol as the cohort needs it.

    Inputs:
        every: months between visits; early, grace: days of their window.
        intervals: each test drawn at visits, with the intervals (months) at which it is asked for.
        waiting: tests that wait for a value after each course.
        baseline: tests of the visit before each course.
        told: tests before a course without a simulated value.
        symptoms: codes of symptoms that the protocol reads.
        courses: planned starts and doses; day 0 is a Monday, so is the start of each course.
        further: courses by need; None when the protocol has none, or none are wanted.
        watch_months: of the watch after the last infusion.
    """

    protocol: str
    version: str
    every: int
    early: int
    grace: int
    intervals: dict[str, tuple[int, ...]]
    waiting: tuple[Waiting, ...]
    baseline: tuple[str, ...]
    told: dict[str, Told]
    forms: tuple[Happening, ...]
    before: tuple[Happening, ...]
    antiviral: str
    symptoms: tuple[str, ...]
    courses: tuple[schedule.Course, ...]
    further: Further | None
    watch_months: int

    @property
    def tests(self) -> tuple[str, ...]:
        """Tests with a simulated value, in the order of `TESTS`."""
        wanted = {*self.intervals, *(part.test for part in self.waiting), *self.baseline}
        return tuple(test for test in TESTS if test in wanted)


def asked_by(pack: Pack, courses: int | None = None) -> Asked:
    """Reads a protocol.

    Inputs:
        pack: a loaded protocol.
        courses: how many courses everybody gets, and no more; None for as many as the protocol
            numbers, and further ones by need.

    Raises:
        UsageError: a protocol without a first course, without monthly tests, or whose doses grow.

    >>> from longwatch.protocols.load import load_protocol
    >>> asked = asked_by(load_protocol("alemtuzumab-us"))
    >>> asked.intervals["tsh"], asked.courses[1].day
    ((3,), 371.0)
    """
    drawn = [part for part in pack.recurring if part.answered_by.tests and part.anchor == "first"]
    if not drawn:
        raise _refusal(pack, "asks for no test at regular intervals from the first infusion on")
    every = min(part.every_months for part in drawn)
    base = [part for part in drawn if part.every_months == every]
    intervals: dict[str, tuple[int, ...]] = {}
    for part in drawn:
        for test in part.answered_by.tests:
            if test in TESTS:
                intervals[test] = tuple(sorted({*intervals.get(test, ()), part.every_months}))
    before = _tests_before(pack)
    return Asked(
        pack.id,
        pack.version,
        every,
        min(part.early for part in base),
        min(part.grace for part in base),
        intervals,
        tuple(_waiting(part) for part in pack.recurring if part.anchor == "course"),
        tuple(test for test in before if test in TESTS),
        {test: told for test, told in before.items() if _is_presence(test)},
        tuple(_form(part) for part in pack.recurring if _is_form(part)),
        tuple(_once(part) for part in pack.before_course if not part.answered_by.tests),
        next((part.codes[0] for part in pack.periods if part.kind == "medication"), ""),
        tuple(symptom.id for symptom in pack.symptoms),
        _courses(pack, courses),
        _further(pack) if courses is None else None,
        pack.watch.months_after_last_infusion,
    )


def _refusal(pack: Pack, why: str) -> UsageError:
    how = "choose a protocol of alemtuzumab for multiple sclerosis, such as alemtuzumab-us"
    return UsageError(Problem(f"no cohort on {pack.id}: it {why}", "the protocol", how=how))


def _is_form(part: Recurring) -> bool:
    return bool(part.answered_by.events) and not set(part.answered_by.tests) & set(TESTS)


def _form(part: Recurring) -> Happening:
    pattern = part.answered_by.events[0]
    sexes = part.applies_if.sex if part.applies_if else ()
    return Happening(pattern.kind or "note", pattern.codes[0], part.every_months, sexes=sexes)


def _waiting(part: Recurring) -> Waiting:
    stop = part.stops_when
    assert stop is not None
    return Waiting(stop.test, stop.at_least, part.first_item * part.every_months, part.early)


def _tests_before(pack: Pack) -> dict[str, Told]:
    return {
        test: Told(
            tuple(part.applies_if.sex) if part.applies_if else (), part.days_before is not None
        )
        for part in pack.before_course
        for test in part.answered_by.tests
    }


def _is_presence(test: str) -> bool:
    return catalogue().tests[test].kind == "presence"


def _once(part: BeforeCourse) -> Happening:
    """A day that satisfies the window with some room: a few days inside it."""
    pattern = next((p for p in part.answered_by.events if p.kind != "diagnosis"), None)
    pattern = pattern or part.answered_by.events[0]
    if part.complete_days_before is not None:
        days = part.complete_days_before + DAYS_A_WEEK
    elif part.days_before is not None:
        days = max(part.days_before // 2, 1)
    else:
        days = 2 * DAYS_A_WEEK
    sexes = part.applies_if.sex if part.applies_if else ()
    return Happening(
        pattern.kind or "note", pattern.codes[0], days=days, courses=part.courses, sexes=sexes
    )


def _courses(pack: Pack, count: int | None) -> tuple[schedule.Course, ...]:
    numbered = {part.course: part for part in pack.courses}
    if 1 not in numbered:
        raise _refusal(pack, "has no first course")
    count = sum(isinstance(number, int) for number in numbered) if count is None else count
    if count < 1:
        raise UsageError(Problem(f"{count} courses", "a cohort", how="give one or more"))
    found: list[schedule.Course] = []
    for number in range(1, count + 1):
        part = numbered.get(number, numbered.get("further"))
        if part is None:
            raise _refusal(pack, f"has no course {number}")
        found.append(_dosed(pack, part, found))
    return tuple(found)


def _further(pack: Pack) -> Further | None:
    part = next((part for part in pack.courses if part.course == "further"), None)
    if part is None:
        return None
    doses, mg, hours = _doses(pack, part)
    longest = max(len(step.days) for course in pack.courses for step in course.steps)
    apart = DAYS_A_WEEK * math.ceil((longest - 1 + _wait(part)) / DAYS_A_WEEK)
    return Further(doses, mg, hours, apart, part.max_further_courses)


def _doses(pack: Pack, part: Course) -> tuple[int, float, float]:
    if len(part.steps) != 1:
        raise _refusal(pack, f"changes the dose within {part.id}")
    step = part.steps[0]
    days = list(step.days)
    if days != list(range(1, len(days) + 1)) or step.over is None:
        raise _refusal(pack, f"does not give {part.id} on days in a row, over some hours")
    return len(days), float(step.dose.value), float(step.over.value)


def _wait(part: Course) -> int:
    """Least days after the last infusion, whatever the length of the months between."""
    months = max(part.min_months_after_previous or 0, MONTHS_A_YEAR)
    return math.ceil(months * LONGEST_YEAR / MONTHS_A_YEAR)


def _dosed(pack: Pack, part: Course, before: list[schedule.Course]) -> schedule.Course:
    start = 0
    if before:
        last = before[-1].day + before[-1].doses - 1
        start = DAYS_A_WEEK * math.ceil((last + _wait(part)) / DAYS_A_WEEK)
    return schedule.Course(float(start), *_doses(pack, part))
