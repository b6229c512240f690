"""Why a recurring activity stands where it stands: its anchors, its items, what is missing."""

from __future__ import annotations

from longwatch.core.status import Status
from longwatch.protocols.model import Recurring
from longwatch.protocols.words import activity_words, event_words
from longwatch.protocols.words_values import counted, listed, months, number_words, test_words
from longwatch.watch.columns import day_of
from longwatch.watch.explain_chart import Dossier, Item, Row, items_of, shown
from longwatch.watch.explain_rows import (
    cited,
    event_at,
    evidence_of,
    infusion_at,
    result_at,
    uncounted,
)
from longwatch.watch.explain_tree import Why
from longwatch.watch.facts import GIVEN, INCOMPLETE, NONE
from longwatch.watch.outcome import CONTRADICTIONS
from longwatch.watch.program import SEXES


def explain_activity(dossier: Dossier, number: int) -> Why:
    """A recurring activity of the pack for the dossier's patient."""
    part = dossier.pack.recurring[number]
    row = dossier.status[part.id]
    rule = Why(activity_words(part, dossier.pack), "", evidence_of(part.evidence, dossier.pack))
    children = [rule, *_who(dossier, part), anchors_of(dossier)]
    anchor = dossier.anchor(number)
    if part.stops_when is not None and dossier.end != NONE:
        children.append(_course_anchor(dossier, part, anchor))
    if anchor != NONE:
        items, next_due = items_of(dossier.view, number, anchor, dossier.end, dossier.view.as_of)
        if items:
            children.append(_current(dossier, part, items))
            children += _run(dossier, row, items)
            children += _earlier(dossier, part, items)
        children.append(_next(part, next_due, dossier.end))
    return Why(
        f"{part.title} ({part.id}): {status_words(row)}",
        cited(part.evidence, dossier.pack),
        tuple(children),
    )


def status_words(row: Row) -> str:
    """A status row of the outcome in words.

    >>> status_words({"status": "unknown", "missing": "sex"})
    'unknown (sex)'
    """
    status = row["status"]
    if status == Status.OVERDUE:
        since = f"overdue since {row['overdue_since']}, {counted(row['days_overdue'], 'day')}"
        return f"{since} (missing: {row['missing']})"
    if status == Status.DUE:
        return f"due {row['due']}, open until {row['closes']} (missing: {row['missing']})"
    if status == Status.NOT_YET and row["next_due"]:
        done = f"last answered {row['last_answered']}, " if row["last_answered"] else ""
        return f"not-yet ({done}next due {row['next_due']})"
    if status in (Status.UNKNOWN, Status.NOT_APPLICABLE):
        return f"{status} ({row['missing']})"
    answered = f" (last answered {row['last_answered']})" if row["last_answered"] else ""
    return f"{status}{answered}"


def _who(dossier: Dossier, part: Recurring) -> list[Why]:
    if part.applies_if is None:
        return []
    sex = SEXES[dossier.view.facts.persons.sex[0]]
    applies = dossier.view.applies(part.applies_if)
    words = {True: "it applies", False: "it does not apply", None: "nobody can tell without asking"}
    return [Why(f"For sex {listed(part.applies_if.sex, 'or')}; recorded: {sex}: {words[applies]}")]


def anchors_of(dossier: Dossier) -> Why:
    """First and last infusion and the end of the watch, or why there are none."""
    view = dossier.view
    if view.wrong:
        reason = CONTRADICTIONS[view.wrong]
        if view.wrong == INCOMPLETE:
            reason += f": {dossier.outcome.sent.incomplete.get(dossier.name, '')}"
        rows = tuple(infusion_at(dossier, row) for row in range(len(dossier.infusions)))
        return Why(f"Nothing can be judged: {reason}", "", rows)
    if dossier.end == NONE:
        planned = [course for course in view.courses() if course.given_from is None]
        dates = listed(f"course {course.number} from {shown(course.first)}" for course in planned)
        return Why(f"No infusion given up to {dossier.as_of}; planned: {dates}")
    watch = dossier.pack.watch
    length = months(watch.months_after_last_infusion)
    return Why(
        f"Watched from {shown(dossier.first)} to {shown(dossier.end)}",
        "",
        (
            Why("First infusion", "", _infusion_on(dossier, dossier.first)),
            Why("Last infusion", "", _infusion_on(dossier, dossier.last)),
            Why(
                f"End: {length} after the last infusion; a new course moves it",
                "",
                evidence_of(watch.evidence, dossier.pack),
            ),
        ),
    )


def _infusion_on(dossier: Dossier, day: int) -> tuple[Why, ...]:
    infusions = dossier.view.facts.infusions
    return tuple(
        infusion_at(dossier, row)
        for row in range(infusions.begin[0], infusions.end[0])
        if infusions.day[row] == day and infusions.status[row] == GIVEN
    )[:1]


def _course_anchor(dossier: Dossier, part: Recurring, anchor: int) -> Why:
    """Which course the series counts from, and what releases a course."""
    stop = part.stops_when
    assert stop is not None
    bound = f"{test_words(stop.test)} of at least {number_words(stop.at_least, stop.unit)}"
    values = dossier.view.chart.values
    number = dossier.pack.recurring.index(part)
    threshold = dossier.view.program.activities.stop_at_least[number]
    met = [place for place in dossier.view.values(stop.test, NONE + 1, dossier.view.as_of)
           if values.low[place] >= threshold]  # fmt: skip
    shown_value = tuple(result_at(dossier, place) for place in met[-1:])
    if anchor == NONE:
        return Why(f"Every course is released: {bound} on or after its last infusion", "",
                   shown_value)  # fmt: skip
    text = f"Counted from the course that began on {shown(anchor)}: no {bound} on or after its "
    return Why(f"{text}last infusion yet", "", shown_value)


def _current(dossier: Dossier, part: Recurring, items: list[Item]) -> Why:
    item = items[-1]
    done = f"answered {shown(item.answer)}" if item.answer != NONE else "not answered"
    return Why(
        f"Item {item.number}, due {shown(item.due)}: open from {shown(item.opens)}, "
        f"to be answered by {shown(item.closes)}; {done}",
        "",
        answers_of(dossier, part, item.opens, dossier.view.as_of),
    )


def answers_of(dossier: Dossier, part: Recurring, since: int, until: int) -> tuple[Why, ...]:
    """Per test the first value in `[since, until]`, or that it is missing; then the events."""
    told = []
    for test in part.answered_by.tests:
        ignored = uncounted(dossier, (test,), since, until)
        place = next(dossier.view.values(test, since, until), None)
        if place is None:
            told.append(Why(f"{test}: missing", "", ignored + _preliminary(dossier, test, since)))
        else:
            told.append(Why(f"{test}: there", "", (result_at(dossier, place), *ignored)))
    for pattern in part.answered_by.events:
        rows = list(dossier.view.events(pattern, since, until))
        words = event_words(pattern, dossier.pack)
        reported = tuple(event_at(dossier, row) for row in rows[:1])
        told.append(Why(f"{words}: {'there' if rows else 'not recorded'}", "", reported))
    return tuple(told)


def _preliminary(dossier: Dossier, test: str, since: int) -> tuple[Why, ...]:
    values = dossier.view.chart.values
    spot = dossier.compiled.test_index[test]
    return tuple(
        result_at(dossier, place, "a preliminary value answers nothing")
        for place in range(values.at[spot], values.at[spot + 1])
        if values.day[place] >= since
    )


def _run(dossier: Dossier, row: Row, items: list[Item]) -> list[Why]:
    """The unbroken run of unanswered items, and how urgent it has become."""
    if row["status"] != Status.OVERDUE:
        return []
    earliest = len(items) - 1
    while earliest > 0 and items[earliest - 1].answer == NONE:
        earliest -= 1
    run = tuple(
        Why(f"item {item.number}, due {shown(item.due)}, closed {shown(item.closes)}: "
            f"missing {', '.join(item.missing) or 'the event'}")
        for item in items[earliest:]
    )  # fmt: skip
    days = row["days_overdue"]
    steps = dossier.pack.escalation.steps
    reached = [step for step in steps if step.days_overdue <= days]
    later = [step for step in steps if step.days_overdue > days]
    tier = reached[-1].tier if reached else "routine"
    text = f"How fast: {tier}, for {counted(days, 'day')} overdue"
    if reached:
        text += f" (from {counted(reached[-1].days_overdue, 'day')} on)"
    if later:
        text += f"; {later[0].tier} from {counted(later[0].days_overdue, 'day')} on"
    unanswered = f"{counted(len(run), 'item')} in a row without an answer"
    since = shown(items[earliest].closes + 1)
    assert day_of(row["overdue_since"]) == items[earliest].closes + 1
    return [
        Why(
            f"{unanswered}: overdue since {since}, the day after the first of them closed", "", run
        ),
        Why(text, "", evidence_of(dossier.pack.escalation.evidence, dossier.pack)),
    ]


def _earlier(dossier: Dossier, part: Recurring, items: list[Item]) -> list[Why]:
    """How the items before the current one were answered; late and missed ones by name."""
    counts = dossier.adherence[part.id]
    told = [
        Why(f"item {item.number}, due {shown(item.due)}: "
            + (f"late, {shown(item.answer)}" if item.answer != NONE else "missed"))
        for item in items[:-1]
        if item.answer == NONE or item.answer > item.closes
    ]  # fmt: skip
    if not counts["items"]:
        return []
    text = f"So far {counted(counts['items'], 'item')} closed: {counts['on_time']} on time, "
    return [Why(f"{text}{counts['late']} late, {counts['missed']} missed", "", tuple(told))]


def _next(part: Recurring, next_due: int, end: int) -> Why:
    if next_due == NONE:
        return Why(f"No further item: the watch ends on {shown(end)}")
    opens, closes = shown(next_due - part.early), shown(next_due + part.grace)
    return Why(f"Next due {shown(next_due)}: open from {opens}, to be answered by {closes}")
