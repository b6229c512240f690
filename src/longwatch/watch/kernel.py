"""The watch over one patient, and over a batch of them: the one function the engine runs.

For each patient, in this order: chart the results that count; anchors and contradictions; every
recurring activity's items and status; every rule's findings; the patient's line on the worklist.
Plain Python runs these functions for one person, Numba compiles the same functions for millions.
"""

from __future__ import annotations

from longwatch.core.daynumbers import months_later
from longwatch.watch.charting import (
    chart_courses,
    chart_results,
    contradiction,
    reference,
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
    Found,
)
from longwatch.watch.finding import combined_rule, simple_rule
from longwatch.watch.items import course_anchor, months_due, walk_items
from longwatch.watch.program import Program


def watch_batch(
    program: Program, facts: Facts, chart: Chart, answers: Answers, found: Found
) -> None:
    """Watches every patient of a batch."""
    for patient in range(len(facts.row_at) - 1):
        watch_patient(program, facts, chart, answers, found, patient)


def watch_patient(
    program: Program, facts: Facts, chart: Chart, answers: Answers, found: Found, patient: int
) -> None:
    """Watches one patient."""
    answers.unusable[patient] = chart_results(program, facts, chart, patient)
    courses = chart_courses(facts, chart, patient)
    wrong = contradiction(facts, chart, patient, courses)
    answers.contradiction[patient] = wrong
    first = last = NONE
    if courses > 0 and chart.course[0, 0] == 1:
        first = chart.course[0, 1]
    for course in range(courses):
        last = max(last, chart.course[course, 2])
    watch_activities(program, facts, chart, answers, patient, wrong, courses, first, last)
    start = found.count[0]
    watch_rules(program, facts, chart, found, patient, first)
    put_on_worklist(program, facts, answers, found, patient, start)


def watch_activities(
    program: Program,
    facts: Facts,
    chart: Chart,
    answers: Answers,
    patient: int,
    wrong: int,
    courses: int,
    first: int,
    last: int,
) -> None:
    """Status and adherence of every recurring activity."""
    end = known = NONE
    if wrong == 0 and courses > 0:
        end = months_later(last, program.months)
        known = months_due(chart, first, end)
    for activity in range(len(program.activities.every)):
        answers.due[patient, activity] = NONE
        answers.closes[patient, activity] = NONE
        answers.overdue_since[patient, activity] = NONE
        answers.days_overdue[patient, activity] = 0
        answers.next_due[patient, activity] = NONE
        answers.last_answered[patient, activity] = NONE
        answers.missing[patient, activity] = 0
        answers.items[patient, activity] = 0
        answers.on_time[patient, activity] = 0
        answers.late[patient, activity] = 0
        answers.missed[patient, activity] = 0
        answers.longest_gap[patient, activity] = -1
        applies = program.activities.applies[activity, facts.sex[patient]]
        if wrong != 0:
            answers.status[patient, activity] = UNKNOWN
        elif applies != 1:
            answers.status[patient, activity] = UNKNOWN if applies == 2 else NOT_APPLICABLE
        elif courses == 0:
            answers.status[patient, activity] = NOT_YET
        elif program.activities.per_course[activity]:
            anchor = course_anchor(program, chart, activity, courses)
            if anchor == NONE:
                answers.status[patient, activity] = NOT_APPLICABLE
            else:
                follow(program, facts, chart, answers, patient, activity, anchor, end, -1)
        else:
            follow(program, facts, chart, answers, patient, activity, first, end, known)


def follow(
    program: Program,
    facts: Facts,
    chart: Chart,
    answers: Answers,
    patient: int,
    activity: int,
    anchor: int,
    end: int,
    known: int,
) -> None:
    """Status and adherence of one activity, from the items that have opened."""
    opened, next_due = walk_items(
        program, facts, chart, patient, activity, anchor, end, known
    )
    answers.next_due[patient, activity] = next_due
    grace = program.activities.grace[activity]
    adhere(facts, chart, answers, patient, activity, opened, anchor, end, grace)
    if opened == 0:
        answers.status[patient, activity] = NOT_YET
        return
    latest = opened - 1
    closes = chart.item_due[latest] + grace
    answers.due[patient, activity] = chart.item_due[latest]
    answers.closes[patient, activity] = closes
    if chart.item_answer[latest] != NONE:
        answers.status[patient, activity] = ENDED if facts.as_of > end else NOT_YET
        return
    answers.missing[patient, activity] = chart.item_missing[latest]
    earliest = latest
    while earliest > 0 and chart.item_answer[earliest - 1] == NONE:
        earliest -= 1
    if facts.as_of <= closes and earliest == latest:
        answers.status[patient, activity] = DUE
        return
    answers.status[patient, activity] = OVERDUE
    run_closes = chart.item_due[earliest] + grace
    answers.overdue_since[patient, activity] = run_closes + 1
    answers.days_overdue[patient, activity] = facts.as_of - run_closes


def adhere(
    facts: Facts,
    chart: Chart,
    answers: Answers,
    patient: int,
    activity: int,
    opened: int,
    anchor: int,
    end: int,
    grace: int,
) -> None:
    """Counts the closed items and measures the longest step between answers."""
    limit = min(facts.as_of, end)
    before = anchor
    longest = 0
    for item in range(opened):
        answer = chart.item_answer[item]
        closes = chart.item_due[item] + grace
        if closes < facts.as_of:
            answers.items[patient, activity] += 1
            if answer == NONE:
                if item < opened - 1:
                    answers.missed[patient, activity] += 1
            elif answer <= closes:
                answers.on_time[patient, activity] += 1
            else:
                answers.late[patient, activity] += 1
        if answer != NONE:
            answers.last_answered[patient, activity] = answer
            if before < limit < answer:
                longest = max(longest, limit - before)
                before = limit
            longest = max(longest, answer - before)
            before = answer
    if before < limit:
        longest = max(longest, limit - before)
    answers.longest_gap[patient, activity] = longest


def watch_rules(
    program: Program, facts: Facts, chart: Chart, found: Found, patient: int, first: int
) -> None:
    """All findings of one patient."""
    for test in range(program.test_count):
        chart.baseline_fall[test] = chart.baseline_rise[test] = -1
        if first != NONE:
            chart.baseline_fall[test] = reference(chart, test, first + 1, True)
            chart.baseline_rise[test] = reference(chart, test, first + 1, False)
    for place in range(chart.at[program.test_count]):
        chart.judged[place] = 0
    sex = facts.sex[patient]
    start = found.count[1]
    for rule in range(program.rule_count):
        if program.rules.simple[rule]:
            simple_rule(program, chart, found, patient, rule, sex, first, start)
        else:
            combined_rule(program, facts, chart, found, patient, rule, sex, first, start)


def put_on_worklist(
    program: Program, facts: Facts, answers: Answers, found: Found, patient: int, start: int
) -> None:
    """The patient's line: the most urgent thing, the longest wait, and how many of each kind."""
    answers.work_tier[patient] = -1
    for kind in range(3):
        answers.work_counts[patient, kind] = 0
    for spot in range(start, min(found.count[0], len(found.patient))):
        rule = found.rule[spot]
        if found.active[spot] and program.rules.counts[rule]:
            answers.work_counts[patient, BY_FINDING] += 1
            days = facts.as_of - found.day[spot]
            offer(
                program, answers, patient, program.rules.tier[rule], days, found.day[spot],
                BY_FINDING, rule, spot,
            )  # fmt: skip
    routine = program.tier_count - 1
    for activity in range(len(program.activities.every)):
        status = answers.status[patient, activity]
        if status == OVERDUE:
            answers.work_counts[patient, BY_OVERDUE] += 1
            days = answers.days_overdue[patient, activity]
            tier = routine
            for step in range(len(program.step_days)):
                if days >= program.step_days[step]:
                    tier = program.step_tier[step]
            offer(
                program, answers, patient, tier, days, answers.overdue_since[patient, activity],
                BY_OVERDUE, activity, -1,
            )  # fmt: skip
        elif status == DUE:
            answers.work_counts[patient, BY_DUE] += 1
            opens = answers.due[patient, activity] - program.activities.early[activity]
            offer(program, answers, patient, routine, 0, opens, BY_DUE, activity, -1)
    if answers.contradiction[patient] != 0:
        offer(program, answers, patient, routine, 0, NONE, BY_UNKNOWN, 0, -1)


def offer(
    program: Program,
    answers: Answers,
    patient: int,
    tier: int,
    days: int,
    since: int,
    kind: int,
    item: int,
    finding: int,
) -> None:
    """Keeps the more urgent of what is shown and this: tier, then days, kind, name."""
    if answers.work_tier[patient] >= 0:
        if tier != answers.work_tier[patient]:
            better = tier < answers.work_tier[patient]
        elif days != answers.work_days[patient]:
            better = days > answers.work_days[patient]
        elif kind != answers.work_kind[patient]:
            better = kind < answers.work_kind[patient]
        else:
            shown = answers.work_item[patient]
            if kind == BY_FINDING:
                better = program.rules.order[item] < program.rules.order[shown]
            else:
                better = program.activities.order[item] < program.activities.order[shown]
        if not better:
            return
    answers.work_tier[patient] = tier
    answers.work_days[patient] = days
    answers.work_since[patient] = since
    answers.work_kind[patient] = kind
    answers.work_item[patient] = item
    answers.work_finding[patient] = finding
