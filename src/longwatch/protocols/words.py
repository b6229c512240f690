"""Rules, activities and periods as English sentences, made from the data and nothing else."""

from __future__ import annotations

from longwatch.protocols.model import (
    AllOf,
    AnsweredBy,
    AnyOf,
    AppliesIf,
    BeforeCourse,
    Change,
    Condition,
    Contraindication,
    EndRule,
    EventCondition,
    EventPattern,
    Evidence,
    InfusionCondition,
    Moment,
    Pack,
    Period,
    Recurring,
    Rule,
    TestCondition,
)
from longwatch.protocols.words_values import (
    BOUNDS,
    bounds_words,
    counted,
    inside,
    listed,
    months,
    number_words,
    test_words,
)

_VERIFIED = {"yes": "verified", "recalled": "from memory", "proposal": "our proposal"}
_LIMITS = {"low": "lower", "high": "upper"}
_REFERENCES = {"baseline": "baseline", "previous": "the previous value"}
_ANCHORS = {
    "course-start": "day 1 of the course",
    "course-end": "the last infusion of the course",
    "watch-end": "the end of the watch",
    "first": "the first infusion",
}


def condition_words(condition: Condition, pack: Pack | None = None) -> str:
    """A condition in words.

    Inputs:
        condition: any condition of the model.
        pack: names the symptoms that groups and codes stand for; ids are shown without it.

    >>> condition_words(TestCondition(test="platelets", unit="10*9/L", at_least=50, below=100))
    'platelets at least 50 ×10⁹/L and below 100 ×10⁹/L'
    """
    if isinstance(condition, TestCondition):
        return _test(condition)
    if isinstance(condition, EventCondition):
        return event_words(condition.event, pack)
    if isinstance(condition, InfusionCondition):
        days = condition.infusion_within_days
        return f"an infusion on this day or at most {counted(days, 'day')} before"
    if isinstance(condition, AllOf):
        return _joined(condition.all, "and", pack)
    if isinstance(condition, AnyOf):
        return _joined(condition.any, "or", pack)
    parts = "; ".join(condition_words(part, pack) for part in condition.of)
    return f"at least {condition.at_least} of ({parts})"


def _joined(parts: tuple[Condition, ...], word: str, pack: Pack | None) -> str:
    shown = [
        f"({condition_words(part, pack)})" if _is_joined(part) else condition_words(part, pack)
        for part in parts
    ]
    return f", {word} ".join(shown)


def _is_joined(condition: Condition) -> bool:
    if isinstance(condition, AllOf):
        return len(condition.all) > 1
    return isinstance(condition, AnyOf) and len(condition.any) > 1


def _test(condition: TestCondition) -> str:
    bounds = {key: bound for key in BOUNDS if (bound := getattr(condition, key)) is not None}
    parts = bounds_words(condition.test, bounds, condition.unit)
    for word, limit in (("below", condition.below_limit), ("above", condition.above_limit)):
        if limit is not None:
            times = "" if limit.times == 1 else f"{number_words(limit.times)} times "
            parts.append(f"{word} {times}the laboratory's {_LIMITS[limit.limit]} limit")
    if condition.fall is not None:
        parts.append(_change("fallen", condition.fall))
    if condition.rise is not None:
        parts.append(_change("risen", condition.rise))
    words = f"{test_words(condition.test)} {' and '.join(parts)}"
    if condition.consecutive > 1:
        words += f" in {condition.consecutive} values in a row"
    return f"{words}, the value before not" if condition.new else words


def _change(verb: str, change: Change) -> str:
    reference = _REFERENCES[change.against]
    if change.more_than == 0:
        return f"{verb} from {reference}"
    if change.more_than is not None:
        return f"{verb} by more than {number_words(change.more_than, change.unit)} from {reference}"
    return f"{verb} by at least {number_words(change.at_least or 0, change.unit)} from {reference}"


def event_words(event: EventPattern, pack: Pack | None = None) -> str:
    """What is reported, in words; a symptom by the titles that the pack gives it.

    >>> event_words(EventPattern(kind="vaccination"))
    'any vaccination'
    """
    titles = {symptom.id: inside(symptom.title) for symptom in pack.symptoms} if pack else {}
    kind = event.kind or "event"
    if not (event.codes or event.groups):
        return f"any {kind}"
    parts = []
    if event.codes:
        article = "the " if kind == "symptom" else ""
        parts.append(
            f"{article}{kind} {listed((titles.get(code, code) for code in event.codes), 'or')}"
        )
    if event.groups:
        parts.append(f"a symptom of the group {listed(event.groups, 'or')}")
    return " or ".join(parts)


def rule_words(rule: Rule, pack: Pack | None = None) -> str:
    """A rule or red flag in one sentence: condition, span, tier, suspicion, action."""
    span = f" within {counted(rule.within_days, 'day')}" if rule.within_days else ""
    tier = "shown beside the others, no work by itself" if rule.marks_only else rule.tier
    action = rule.action.rstrip(".")
    return (
        f"{rule.id}: {condition_words(rule.when, pack)}{span}: {tier}; "
        f"think of {listed(rule.suspects, 'or')}. {action}."
    )


def activity_words(activity: Recurring, pack: Pack | None = None) -> str:
    """A recurring activity in one sentence: interval, anchor, window, answer, for whom."""
    anchor = "the first infusion" if activity.anchor == "first" else "day 1 of the course"
    start = f"counted from {anchor}"
    if activity.first_item > 1:
        first = counted(activity.first_item * activity.every_months, "month")
        start += f", the first time after {first}"
    until = "until the end of the watch"
    if activity.stops_when is not None:
        stop = activity.stops_when
        bound = number_words(stop.at_least, stop.unit)
        until = f"until {test_words(stop.test)} are at least {bound} after the course"
    window = (
        f"from {counted(activity.early, 'day')} before to {counted(activity.grace, 'day')} "
        "after the due date"
    )
    return (
        f"{activity.title}: every {months(activity.every_months)}, {start}, {until}; {window}; "
        f"answered by {answer_words(activity.answered_by, pack)}{_who(activity.applies_if)}."
    )


def answer_words(answer: AnsweredBy, pack: Pack | None = None) -> str:
    """What answers an activity: its tests together, or one of its events."""
    parts = []
    if answer.tests:
        parts.append(listed(map(test_words, answer.tests)))
    parts.extend(event_words(event, pack) for event in answer.events)
    return ", or ".join(parts)


def before_course_words(activity: BeforeCourse, pack: Pack | None = None) -> str:
    """Something to have before a course, in one sentence."""
    window = "at any time up to day 1"
    if activity.days_before is not None:
        window = f"within {counted(activity.days_before, 'day')} before day 1"
    if activity.complete_days_before is not None:
        window = f"complete at least {counted(activity.complete_days_before, 'day')} before day 1"
    if activity.courses:
        window += f" of course {listed(map(str, activity.courses))}"
    if activity.too_late:
        late = listed((event_words(event, pack) for event in activity.too_late), "or")
        window += f", {late} after that being too late"
    force = "needed" if activity.blocking else "advised"
    return (
        f"{activity.title}: {force} {window}; "
        f"answered by {answer_words(activity.answered_by, pack)}{_who(activity.applies_if)}."
    )


def contraindication_words(item: Contraindication, pack: Pack | None = None) -> str:
    """A contraindication or a reason to withhold, in one sentence."""
    force = "forbids the course" if item.blocking else "asks for caution"
    span = f" in the last {counted(item.within_days, 'day')}" if item.within_days else ""
    return f"{item.title}: {condition_words(item.when, pack)}{span} {force}."


def period_words(period: Period) -> str:
    """A period of medicine, diet or other advice, in one sentence."""
    return (
        f"{period.title}: from {moment_words(period.start)} {end_words(period.end)}"
        f"{_who(period.applies_if)}."
    )


def moment_words(moment: Moment) -> str:
    """A moment relative to its anchor.

    >>> moment_words(Moment(anchor="course-end", months=2))
    '2 months after the last infusion of the course'
    """
    steps = [
        counted(abs(amount), unit)
        for amount, unit in ((moment.months, "month"), (moment.days, "day"))
        if amount
    ]
    anchor = _ANCHORS[moment.anchor]
    if not steps:
        return anchor
    return (
        f"{' and '.join(steps)} {'before' if moment.months + moment.days < 0 else 'after'} {anchor}"
    )


def end_words(end: EndRule) -> str:
    """When a period ends, starting with `to` or `until`."""
    ends = [moment_words(moment) for moment in end.later_of]
    if end.first_result is not None:
        result = end.first_result
        bound = number_words(result.at_least, result.unit)
        ends.append(f"the first {test_words(result.test)} of at least {bound} after the course")
    if not ends:
        return "until a clinician ends it"
    return f"to the later of {listed(ends)}" if len(ends) > 1 else f"to {ends[0]}"


def evidence_words(evidence: Evidence, pack: Pack) -> str:
    """Where something comes from: how sure, source, place."""
    source = pack.sources.get(evidence.source)
    title = source.title if source else evidence.source
    covers = f" for {listed(evidence.covers)}" if evidence.covers else ""
    note = f" ({evidence.note.rstrip('.')})" if evidence.note else ""
    return f"{_VERIFIED[evidence.verified]}{covers}: {title}, {evidence.place}{note}"


def _who(applies: AppliesIf | None) -> str:
    if applies is None:
        return ""
    unclear = [sex for sex in applies.unclear if sex not in applies.sex]
    asked = f", to be asked for {listed(unclear, 'or')}" if unclear else ""
    return f"; for sex {listed(applies.sex, 'or')}{asked}"
