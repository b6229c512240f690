"""The watch over one patient, and over a batch of them: the one function the engine runs.

For each patient, in this order: chart the results that count; anchors and contradictions; every
recurring activity's items and status; every rule's findings; the patient's line on the worklist.
Plain Python runs these functions for one person, Numba compiles the same functions for millions.
"""

from __future__ import annotations

import numpy as np

from longwatch.core.daynumbers import months_later
from longwatch.watch.charting import (
    chart_baselines,
    chart_courses,
    chart_results,
    contradiction,
)
from longwatch.watch.facts import (
    BY_DUE,
    BY_FINDING,
    BY_OVERDUE,
    BY_UNKNOWN,
    DUE,
    ENDED,
    NONE,
    NOT_APPLICABLE,
    NOT_YET,
    OVERDUE,
    UNKNOWN,
    Answers,
    Chart,
    Facts,
    Findings,
    Found,
    Lines,
    Series,
    Statuses,
)
from longwatch.watch.finding import combined_rule, find_events, simple_rule
from longwatch.watch.items import course_anchor, months_due, walk_items
from longwatch.watch.program import NOT_CONCERNED, UNCLEAR, Program
from longwatch.watch.window import find_extremes


def watch_batch(
    program: Program, facts: Facts, chart: Chart, answers: Answers, found: Found
) -> None:
    """Watches every patient of a batch."""
    for patient in range(len(facts.persons.sex)):
        courses, wrong, first, last = open_chart(program, facts, chart, answers, patient)
        end = known = NONE
        if wrong == 0 and courses > 0:
            end = months_later(last, program.months)
            known = months_due(chart.series.month_due, first, end)
        for activity in range(len(program.activities.every)):
            anchor = anchor_of(
                program, facts, chart, answers.statuses, patient, activity, wrong, courses, first
            )
            if anchor != NONE:
                shared = -1 if program.activities.per_course[activity] else known
                opened, next_due = walk_items(
                    program.activities, chart.values, facts.events, chart.series, patient,
                    activity, anchor, end, facts.as_of, shared,
                )  # fmt: skip
                grace = program.activities.grace[activity]
                follow(
                    answers.statuses, chart.series, patient, activity, opened, next_due, grace,
                    end, facts.as_of,
                )  # fmt: skip
                adhere(
                    answers.statuses, chart.series, patient, activity, opened, anchor, grace,
                    end, facts.as_of,
                )  # fmt: skip
        start = found.findings.used[0]
        watch_rules(program, facts, chart, found, patient, first)
        put_on_worklist(program, answers, found.findings, patient, start, facts.as_of)


def open_chart(
    program: Program, facts: Facts, chart: Chart, answers: Answers, patient: int
) -> tuple[int, int, int, int]:
    """Charts one patient.

    Returns the number of courses, the contradiction (0: none), and the anchors first and last.
    """
    answers.unusable[patient] = chart_results(program, facts, chart, patient)
    courses = chart_courses(facts.infusions, chart.course, patient, facts.as_of)
    wrong = contradiction(facts.persons, facts.infusions, chart.course, patient, courses)
    answers.contradiction[patient] = wrong
    first = last = NONE
    if courses > 0 and chart.course[0, 0] == 1:
        first = chart.course[0, 1]
    for course in range(courses):
        last = max(last, chart.course[course, 2])
    return courses, wrong, first, last


def anchor_of(
    program: Program,
    facts: Facts,
    chart: Chart,
    statuses: Statuses,
    patient: int,
    activity: int,
    wrong: int,
    courses: int,
    first: int,
) -> int:
    """Where an activity's series starts; NONE when it has none, with the status that says why."""
    statuses.due[patient, activity] = NONE
    statuses.closes[patient, activity] = NONE
    statuses.overdue_since[patient, activity] = NONE
    statuses.days_overdue[patient, activity] = 0
    statuses.next_due[patient, activity] = NONE
    statuses.last_answered[patient, activity] = NONE
    statuses.missing[patient, activity] = 0
    statuses.items[patient, activity] = 0
    statuses.on_time[patient, activity] = 0
    statuses.late[patient, activity] = 0
    statuses.missed[patient, activity] = 0
    statuses.longest_gap[patient, activity] = -1
    activities = program.activities
    applies = activities.applies[activity, facts.persons.sex[patient]]
    if wrong != 0 or applies == UNCLEAR:
        statuses.status[patient, activity] = UNKNOWN
        return NONE
    if applies == NOT_CONCERNED:
        statuses.status[patient, activity] = NOT_APPLICABLE
        return NONE
    if courses == 0:
        statuses.status[patient, activity] = NOT_YET
        return NONE
    if not activities.per_course[activity]:
        return first
    anchor = course_anchor(
        chart.values, chart.course, courses, activities.stop_test[activity],
        activities.stop_at_least[activity],
    )  # fmt: skip
    if anchor == NONE:
        statuses.status[patient, activity] = NOT_APPLICABLE
    return anchor


def follow(
    statuses: Statuses,
    series: Series,
    patient: int,
    activity: int,
    opened: int,
    next_due: int,
    grace: int,
    end: int,
    as_of: int,
) -> None:
    """Status of one activity, from the items that have opened."""
    statuses.next_due[patient, activity] = next_due
    if opened == 0:
        statuses.status[patient, activity] = NOT_YET
        return
    latest = opened - 1
    closes = series.due[latest] + grace
    statuses.due[patient, activity] = series.due[latest]
    statuses.closes[patient, activity] = closes
    if series.answer[latest] != NONE:
        statuses.status[patient, activity] = ENDED if as_of > end else NOT_YET
        return
    statuses.missing[patient, activity] = series.missing[latest]
    earliest = latest
    while earliest > 0 and series.answer[earliest - 1] == NONE:
        earliest -= 1
    if as_of <= closes and earliest == latest:
        statuses.status[patient, activity] = DUE
        return
    statuses.status[patient, activity] = OVERDUE
    run_closes = series.due[earliest] + grace
    statuses.overdue_since[patient, activity] = run_closes + 1
    statuses.days_overdue[patient, activity] = as_of - run_closes


def adhere(
    statuses: Statuses,
    series: Series,
    patient: int,
    activity: int,
    opened: int,
    anchor: int,
    grace: int,
    end: int,
    as_of: int,
) -> None:
    """Counts the closed items and measures the longest step between answers."""
    limit = min(as_of, end)
    before = anchor
    last, longest = NONE, 0
    items = on_time = late = missed = 0
    for item in range(opened):
        answer = series.answer[item]
        closes = series.due[item] + grace
        if closes < as_of:
            items += 1
            if answer == NONE:
                if item < opened - 1:
                    missed += 1
            elif answer <= closes:
                on_time += 1
            else:
                late += 1
        if answer != NONE:
            last = answer
            if before < limit < answer:
                longest = max(longest, limit - before)
                before = limit
            longest = max(longest, answer - before)
            before = answer
    if before < limit:
        longest = max(longest, limit - before)
    statuses.last_answered[patient, activity] = last
    statuses.items[patient, activity] = items
    statuses.on_time[patient, activity] = on_time
    statuses.late[patient, activity] = late
    statuses.missed[patient, activity] = missed
    statuses.longest_gap[patient, activity] = longest


def watch_rules(
    program: Program, facts: Facts, chart: Chart, found: Found, patient: int, first: int
) -> None:
    """All findings of one patient."""
    book, values, work = program.book, chart.values, chart.work
    chart_baselines(values, program.test_count, first)
    for place in range(values.at[program.test_count]):
        work.judged[place] = 0
    sex = facts.persons.sex[patient]
    find_events(facts.events, work.present, patient)
    find_extremes(values, chart.extremes, book.usual, book.limited, program.test_count, sex)
    start = found.unjudged.used[0]
    for rule in range(program.rule_count):
        if book.rules.simple[rule]:
            simple_rule(
                book, values, chart.extremes, work.judged, found, patient, rule, sex, first, start
            )
        else:
            combined_rule(
                book, facts.events, facts.infusions, values, chart.extremes, work, found, patient,
                rule, sex, first, facts.as_of, start,
            )  # fmt: skip


def put_on_worklist(
    program: Program, answers: Answers, findings: Findings, patient: int, start: int, as_of: int
) -> None:
    """The patient's line: the most urgent thing, the longest wait, and how many of each kind."""
    lines, statuses = answers.lines, answers.statuses
    rule_order, activity_order = program.book.rules.order, program.activities.order
    lines.tier[patient] = -1
    for kind in range(3):
        lines.counts[patient, kind] = 0
    for spot in range(start, min(findings.used[0], len(findings.patient))):
        rule = findings.rule[spot]
        if findings.active[spot] and program.book.rules.counts[rule]:
            lines.counts[patient, BY_FINDING] += 1
            days = as_of - findings.day[spot]
            offer(
                rule_order, activity_order, lines, patient, program.book.rules.tier[rule], days,
                findings.day[spot],
                BY_FINDING, rule, spot,
            )  # fmt: skip
    routine = program.tier_count - 1
    for activity in range(len(program.activities.every)):
        status = statuses.status[patient, activity]
        if status == OVERDUE:
            lines.counts[patient, BY_OVERDUE] += 1
            days = statuses.days_overdue[patient, activity]
            tier = routine
            for step in range(len(program.step_days)):
                if days >= program.step_days[step]:
                    tier = program.step_tier[step]
            offer(
                rule_order, activity_order, lines, patient, tier, days,
                statuses.overdue_since[patient, activity],
                BY_OVERDUE, activity, -1,
            )  # fmt: skip
        elif status == DUE:
            lines.counts[patient, BY_DUE] += 1
            opens = statuses.due[patient, activity] - program.activities.early[activity]
            offer(
                rule_order, activity_order, lines, patient, routine, 0, opens,
                BY_DUE, activity, -1,
            )  # fmt: skip
        elif status == UNKNOWN and answers.contradiction[patient] == 0:
            offer(
                rule_order, activity_order, lines, patient, routine, 0, NONE, BY_UNKNOWN,
                activity, -1,
            )  # fmt: skip
    if answers.contradiction[patient] != 0:
        offer(
            rule_order, activity_order, lines, patient, routine, 0, NONE,
            BY_UNKNOWN, 0, -1,
        )  # fmt: skip


def offer(
    rule_order: np.ndarray,
    activity_order: np.ndarray,
    lines: Lines,
    patient: int,
    tier: int,
    days: int,
    since: int,
    kind: int,
    item: int,
    finding: int,
) -> None:
    """Keeps the more urgent of what is shown and this: tier, then days, kind, name."""
    if lines.tier[patient] >= 0:
        if tier != lines.tier[patient]:
            better = tier < lines.tier[patient]
        elif days != lines.days[patient]:
            better = days > lines.days[patient]
        elif kind != lines.kind[patient]:
            better = kind < lines.kind[patient]
        else:
            shown = lines.item[patient]
            if kind == BY_FINDING:
                better = rule_order[item] < rule_order[shown]
            else:
                better = activity_order[item] < activity_order[shown]
        if not better:
            return
    lines.tier[patient] = tier
    lines.days[patient] = days
    lines.since[patient] = since
    lines.kind[patient] = kind
    lines.item[patient] = item
    lines.finding[patient] = finding
