"""Courses, infusion steps, tiers and overlays of a pack in words."""

from evidence_tables import SECTIONS, sources_of
from markdown import bullets, code, table, text

from longwatch.protocols.diff import diff
from longwatch.protocols.load import load_protocol
from longwatch.protocols.model import Course, InfusionStep, Pack
from longwatch.protocols.model.response import Wait
from longwatch.protocols.words_values import counted, listed, number_words


def course_words(course: Course, pack: Pack) -> str:
    """Doses by day, and when the course may be given."""
    which = "each further course" if course.course == "further" else f"course {course.course}"
    lines = []
    for step in course.steps:
        over = f" over {number_words(step.over.value, step.over.unit)}" if step.over else ""
        days = listed(map(str, step.days))
        dose = number_words(step.dose.value, step.dose.unit)
        lines.append(text(f"day {days} of {which}: {dose}{over}"))
    if course.min_months_after_previous is not None:
        months = counted(course.min_months_after_previous, "month")
        lines.append(f"not before {months} after the last infusion of the course before")
    if course.usual_months_after_first is not None:
        lines.append(
            f"usually {counted(course.usual_months_after_first, 'month')} after the first infusion"
        )
    if course.max_further_courses is not None:
        lines.append(f"at most {counted(course.max_further_courses, 'further course')}")
    return bullets(lines)


def step_words(step: InfusionStep, pack: Pack) -> str:
    """One line of the checklist with its days and quantities."""
    where = [f"step {step.order}", step.role]
    if step.days:
        where.append(f"day {listed(map(str, step.days))}")
    if step.courses:
        where.append(f"course {listed(map(str, step.courses))}")
    if step.optional:
        where.append("optional")
    amounts = [
        f"{code(name)} {text(number_words(amount.value, amount.unit))}"
        for name, amount in step.quantities.items()
    ]
    shown = f" ({', '.join(amounts)})" if amounts else ""
    return f"*{', '.join(where)}*: {text(step.words)}{shown}\n\n"


def tier_words(pack: Pack) -> str:
    """The length of the watch, the tiers, and how an overdue item climbs them."""
    rows = [
        [
            code(tier.tier),
            text(number_words(tier.act_within.value, tier.act_within.unit)),
            text(tier.words),
        ]
        for tier in pack.tiers
    ]
    steps = "; ".join(
        f"from {counted(step.days_overdue, 'day')} on {code(step.tier)}"
        for step in pack.escalation.steps
    )
    return (
        f"### {text(pack.watch.title)}\n\n{sources_of(pack.watch, pack)}"
        f"### Tiers\n\n{table(['tier', 'act within', 'what that asks for'], rows)}"
        f"### {text(pack.escalation.title)}\n\nOverdue {steps}.\n\n"
        f"{sources_of(pack.escalation, pack)}{ahead_words(pack)}{response_words(pack)}"
    )


def ahead_words(pack: Pack) -> str:
    """From when on a planned course that is blocked stands on the worklist."""
    if pack.course_ahead is None:
        return ""
    steps = "; ".join(
        f"from {counted(step.days_before, 'day')} before it on {code(step.tier)}"
        for step in pack.course_ahead.steps
    )
    return (
        f"### {text(pack.course_ahead.title)}\n\nBlocked {steps}; it stays on the worklist until "
        f"it is cleared, moved or taken back.\n\n{sources_of(pack.course_ahead, pack)}"
    )


def response_words(pack: Pack) -> str:
    """How long an alert of each tier waits for a person; nothing where the pack does not say."""
    if pack.response is None:
        return ""

    def wait(one: Wait) -> str:
        return text(number_words(one.value, one.unit))

    rows = [
        [
            code(rung.tier),
            wait(rung.seen_within),
            wait(rung.acted_within),
            wait(rung.closed_within),
            "around the clock" if rung.hours == "always" else "while the clinic is open",
        ]
        for rung in pack.response.rungs
    ]
    head = ["tier", "seen within", "acted on within", "closed within", "counted"]
    return (
        f"### {text(pack.response.title)}\n\n{table(head, rows)}"
        f"First asked: {text(pack.response.first)}. A result that is entered "
        f"{wait(pack.response.historic_after)} late or later is historic.\n\n"
        f"{sources_of(pack.response, pack)}"
    )


def overlay_changes(pack: Pack) -> str:
    """What an overlay changes in the pack that it lies over; nothing for any other pack."""
    if not pack.extends:
        return ""
    changes = [
        text(str(change).replace(change.section, f"{SECTIONS[change.section]}:", 1))
        for change in diff(load_protocol(pack.extends), pack)
        if change.section in SECTIONS and change.key not in {"evidence", "note"}
    ]
    return (
        f"## What it changes in {code(pack.extends)}\n\n"
        "Everything not listed here is as in that pack; sources and notes stand with each item.\n\n"
        f"{bullets(changes)}"
    )
