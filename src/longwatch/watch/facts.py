"""What the kernel reads and writes: tuples of flat arrays, one batch of patients at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NONE = -(2**31)
"""The day number that means: no such day."""
NEVER_RECEIVED = -(2**63)
"""`received` of a result that does not say when it arrived."""

PRELIMINARY_ROW, FINAL_ROW, CORRECTED_ROW, CANCELLED_ROW = 0, 1, 2, 3
EXACT, BELOW, AT_MOST, ABOVE, AT_LEAST = 0, 1, 2, 3, 4
PLANNED, GIVEN, NOT_DONE = 0, 1, 2

NO_INFUSION, BEFORE_BIRTH, NO_FIRST_COURSE, COURSES_OUT_OF_ORDER, INCOMPLETE = 1, 2, 3, 4, 5
"""Contradictions: why nothing can be said about a patient (0: nothing wrong)."""

NO_REFERENCE, NO_BASELINE, NO_LIMIT = 1, 2, 3
"""Why a leg could not be judged; no reference at all (a first value) is nobody's omission."""


class Rows(NamedTuple):
    """Results as they came, whole patients, by date: patient p owns `at[p]` to `at[p + 1]`.

    `test`, `unit`, `status`, `comparator` are codes that `Codes` translates (-1: missing);
    `laboratory` is a code too, and needs no translation.
    """

    at: np.ndarray
    day: np.ndarray
    test: np.ndarray
    value: np.ndarray
    value_high: np.ndarray
    comparator: np.ndarray
    unit: np.ndarray
    low: np.ndarray
    high: np.ndarray
    status: np.ndarray
    laboratory: np.ndarray
    received: np.ndarray


class Codes(NamedTuple):
    """What the codes of `Rows` mean; `numerator` and `denominator` are [test, unit]."""

    test: np.ndarray
    comparator: np.ndarray
    status: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray


class Infusions(NamedTuple):
    """Infusion days; patient p owns `begin[p]` to `end[p]`."""

    begin: np.ndarray
    end: np.ndarray
    day: np.ndarray
    course: np.ndarray
    status: np.ndarray


class Events(NamedTuple):
    """Events; `meets` is [pair of kind and code, pattern]; `ends` NONE: not ended."""

    begin: np.ndarray
    end: np.ndarray
    day: np.ndarray
    ends: np.ndarray
    pair: np.ndarray
    meets: np.ndarray


class Persons(NamedTuple):
    """Who they are; `birth` NONE: not known; `incomplete`: an infusion row cannot be read."""

    sex: np.ndarray
    birth: np.ndarray
    incomplete: np.ndarray


class Facts(NamedTuple):
    """A batch of whole patients, as known on the day `as_of`.

    In parts, because a compiled function is handed every array of the tuples it takes, and Numba's
    compile time grows with their number.
    """

    as_of: int
    received_before: int
    rows: Rows
    codes: Codes
    infusions: Infusions
    events: Events
    persons: Persons


class Values(NamedTuple):
    """One patient's values that count, by test and date; test t owns `at[t]` to `at[t + 1]`."""

    at: np.ndarray
    day: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    flags: np.ndarray
    limit_low: np.ndarray
    limit_high: np.ndarray
    row: np.ndarray
    baseline_fall: np.ndarray
    """Per test: the value that a fall is measured against (-1: no baseline)."""
    baseline_rise: np.ndarray


class Extremes(NamedTuple):
    """Per test the lowest and highest number of one patient's values, and of their limits."""

    low: np.ndarray
    high: np.ndarray
    limits: np.ndarray
    """[test, low or high limit, lowest or highest]."""


class Series(NamedTuple):
    """One activity's items that have opened."""

    due: np.ndarray
    answer: np.ndarray
    missing: np.ndarray
    month_due: np.ndarray


class Work(NamedTuple):
    """Working space for rules: days to ask on, answers per leg."""

    candidate: np.ndarray
    met: np.ndarray
    """[leg of the rule, value]: how far the value meets the leg."""
    stack: np.ndarray
    frozen: np.ndarray
    """Per leg of the rule: its answer on the day of a finding."""
    held: np.ndarray
    """Per leg of the rule: the value that met it on that day (-1: it is not asked again)."""
    later: np.ndarray
    """Per leg of the rule: from which value on its later days are looked for."""
    judged: np.ndarray
    most: np.ndarray
    """Per leg of the rule: the window of `window.window`."""
    least: np.ndarray
    present: np.ndarray
    """Per pattern: 1 when any of the patient's events meets it, on whatever day."""


class Chart(NamedTuple):
    """One patient, charted."""

    values: Values
    extremes: Extremes
    keep: np.ndarray
    """Per row as it came: the number of its test counted from 1, or 0 when it does not count."""
    canonical: np.ndarray
    """Per row that counts: its value in the canonical unit."""
    course: np.ndarray
    """Courses given, in order: number, first day, last day."""
    series: Series
    work: Work


class Statuses(NamedTuple):
    """Status and adherence, each [patient, activity]."""

    status: np.ndarray
    due: np.ndarray
    closes: np.ndarray
    overdue_since: np.ndarray
    days_overdue: np.ndarray
    next_due: np.ndarray
    last_answered: np.ndarray
    missing: np.ndarray
    items: np.ndarray
    on_time: np.ndarray
    late: np.ndarray
    missed: np.ndarray
    longest_gap: np.ndarray


class Lines(NamedTuple):
    """Each patient's line on the worklist; `tier` -1: nothing to act on."""

    tier: np.ndarray
    days: np.ndarray
    since: np.ndarray
    kind: np.ndarray
    item: np.ndarray
    finding: np.ndarray
    counts: np.ndarray
    """[patient, 3]: active findings, overdue, due."""


class Answers(NamedTuple):
    """What the kernel says of a batch of patients."""

    contradiction: np.ndarray
    unusable: np.ndarray
    statuses: Statuses
    lines: Lines


class Findings(NamedTuple):
    """Findings of a batch, one row each; `used[0]` of them."""

    used: np.ndarray
    patient: np.ndarray
    rule: np.ndarray
    day: np.ndarray
    leg: np.ndarray
    row: np.ndarray
    value: np.ndarray
    active: np.ndarray
    undecided: np.ndarray
    preliminary: np.ndarray
    reference_day: np.ndarray
    reference_value: np.ndarray
    limit: np.ndarray


class Unjudged(NamedTuple):
    """Rules that results could not be held against; `used[0]` of them."""

    used: np.ndarray
    patient: np.ndarray
    rule: np.ndarray
    leg: np.ndarray
    day: np.ndarray
    results: np.ndarray
    why: np.ndarray


class Found(NamedTuple):
    """What the rules of a batch came to."""

    findings: Findings
    unjudged: Unjudged


UNKNOWN, NOT_APPLICABLE, NOT_YET, DUE, OVERDUE, ENDED = 0, 1, 2, 3, 4, 5
"""Status codes, in the order of `core.status.Status`."""

BY_FINDING, BY_OVERDUE, BY_DUE, BY_UNKNOWN, BY_COURSE = 0, 1, 2, 3, 4
"""Why somebody is on the worklist, in the order in which equals are shown."""


def new_chart(
    program_tests: int, most_rows: int, most_months: int, most_legs: int, patterns: int
) -> Chart:
    """Working space for one patient after the other.

    Inputs:
        program_tests: tests of the program.
        most_rows: rows of the largest patient (results, events, courses).
        most_months: months of the longest watch.
        most_legs: legs of the largest rule.
        patterns: columns of `Events.meets`.
    """
    rows = most_rows + 2

    def ints(size: int) -> np.ndarray:
        return np.zeros(size, np.int64)

    return Chart(
        values=Values(
            at=ints(program_tests + 2),
            day=ints(rows),
            value=np.zeros(rows),
            low=np.zeros(rows),
            high=np.zeros(rows),
            flags=ints(rows),
            limit_low=np.zeros(rows),
            limit_high=np.zeros(rows),
            row=ints(rows),
            baseline_fall=ints(program_tests + 1),
            baseline_rise=ints(program_tests + 1),
        ),
        extremes=Extremes(
            low=np.zeros(program_tests + 1),
            high=np.zeros(program_tests + 1),
            limits=np.zeros((program_tests + 1, 2, 2)),
        ),
        keep=ints(rows),
        canonical=np.zeros(rows),
        course=np.zeros((rows, 3), np.int64),
        series=Series(
            due=ints(most_months + 2),
            answer=ints(most_months + 2),
            missing=ints(most_months + 2),
            month_due=ints(most_months + 2),
        ),
        work=Work(
            candidate=ints(rows * (most_legs + 1)),
            met=np.zeros((most_legs + 1, rows), np.int64),
            stack=ints(4 * (most_legs + 4)),
            frozen=ints(most_legs + 1),
            held=ints(most_legs + 1),
            later=ints(most_legs + 1),
            judged=ints(rows),
            most=np.zeros(most_legs + 1),
            least=np.zeros(most_legs + 1),
            present=np.zeros(patterns, np.uint8),
        ),
    )
