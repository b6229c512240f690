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

NO_BASELINE, NO_LIMIT = 1, 2
"""Why a leg could not be judged."""


class Facts(NamedTuple):
    """A batch of whole patients. Row p of the patients owns rows `x_at[p]` to `x_at[p + 1]` of table x.

    Results are ordered by date within a patient; `row_test`, `row_unit`, `row_status`,
    `row_comparator` are codes that `*_map` and the factor matrices translate (-1: missing).
    """

    as_of: int
    received_before: int
    row_at: np.ndarray
    row_day: np.ndarray
    row_test: np.ndarray
    row_value: np.ndarray
    row_value_high: np.ndarray
    row_comparator: np.ndarray
    row_unit: np.ndarray
    row_low: np.ndarray
    row_high: np.ndarray
    row_status: np.ndarray
    row_received: np.ndarray
    test_map: np.ndarray
    comparator_map: np.ndarray
    status_map: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    infusion_from: np.ndarray
    infusion_to: np.ndarray
    infusion_day: np.ndarray
    infusion_course: np.ndarray
    infusion_status: np.ndarray
    event_from: np.ndarray
    event_to: np.ndarray
    event_day: np.ndarray
    event_end: np.ndarray
    event_pair: np.ndarray
    pair_meets: np.ndarray
    sex: np.ndarray
    birth: np.ndarray
    incomplete: np.ndarray


class Chart(NamedTuple):
    """One patient's values that count, ordered by test and date; test t owns `at[t]` to `at[t + 1]`."""

    at: np.ndarray
    day: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    flags: np.ndarray
    limit_low: np.ndarray
    limit_high: np.ndarray
    row: np.ndarray
    keep: np.ndarray
    baseline_fall: np.ndarray
    """Per test: the value that a fall is measured against (-1: no baseline)."""
    baseline_rise: np.ndarray
    course: np.ndarray
    """Courses given, in order: number, first day, last day."""
    item_due: np.ndarray
    item_answer: np.ndarray
    item_missing: np.ndarray
    cursor: np.ndarray
    month_due: np.ndarray
    candidate: np.ndarray
    met: np.ndarray
    """[leg of the rule, value]: how far the value meets the leg."""
    stack: np.ndarray
    judged: np.ndarray


class Answers(NamedTuple):
    """What the kernel says of a batch: [patient, activity] for statuses and adherence."""

    contradiction: np.ndarray
    unusable: np.ndarray
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
    work_tier: np.ndarray
    work_days: np.ndarray
    work_since: np.ndarray
    work_kind: np.ndarray
    work_item: np.ndarray
    work_finding: np.ndarray
    work_counts: np.ndarray
    """[patient, 3]: active findings, overdue, due."""


class Found(NamedTuple):
    """Findings of a batch (one row each), then rules that could not be judged; `count` of both."""

    count: np.ndarray
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
    unjudged_patient: np.ndarray
    unjudged_rule: np.ndarray
    unjudged_leg: np.ndarray
    unjudged_day: np.ndarray
    unjudged_results: np.ndarray
    unjudged_why: np.ndarray


UNKNOWN, NOT_APPLICABLE, NOT_YET, DUE, OVERDUE, ENDED = 0, 1, 2, 3, 4, 5
"""Status codes, in the order of `core.status.Status`."""

BY_FINDING, BY_OVERDUE, BY_DUE, BY_UNKNOWN = 0, 1, 2, 3
"""Why somebody is on the worklist, in the order in which equals are shown."""


def new_chart(program_tests: int, most_rows: int, most_months: int, most_legs: int) -> Chart:
    """Working space for one patient after the other.

    Inputs:
        program_tests: tests of the program.
        most_rows: rows of the largest patient (results, events, courses).
        most_months: months of the longest watch.
        most_legs: legs of the largest rule.
    """
    rows = most_rows + 2
    floats = [np.zeros(rows) for _ in range(5)]
    return Chart(
        at=np.zeros(program_tests + 2, np.int64),
        day=np.zeros(rows, np.int64),
        value=floats[0],
        low=floats[1],
        high=floats[2],
        flags=np.zeros(rows, np.int64),
        limit_low=floats[3],
        limit_high=floats[4],
        row=np.zeros(rows, np.int64),
        keep=np.zeros(rows, np.int64),
        baseline_fall=np.zeros(program_tests + 1, np.int64),
        baseline_rise=np.zeros(program_tests + 1, np.int64),
        course=np.zeros((rows, 3), np.int64),
        item_due=np.zeros(most_months + 2, np.int64),
        item_answer=np.zeros(most_months + 2, np.int64),
        item_missing=np.zeros(most_months + 2, np.int64),
        cursor=np.zeros(program_tests + 1, np.int64),
        month_due=np.zeros(most_months + 2, np.int64),
        candidate=np.zeros(rows * (most_legs + 1), np.int64),
        met=np.zeros((most_legs + 1, rows), np.int64),
        stack=np.zeros(4 * (most_legs + 4), np.int64),
        judged=np.zeros(rows, np.int64),
    )
