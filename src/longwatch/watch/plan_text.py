"""A plan as text, items of one day together, and as plain data."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from itertools import groupby
from typing import Any

from longwatch.watch.explain_tree import one_line
from longwatch.watch.plan import Plan, PlanItem

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def plan_dict(plan: Plan) -> dict[str, Any]:
    """The plan as JSON has it; dates as ISO text, missing ones None."""

    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    data = asdict(plan)
    items = data.pop("items")
    return {key: plain(value) for key, value in data.items()} | {
        "notes": list(plan.notes),
        "items": [{key: plain(value) for key, value in item.items()} for item in items],
    }


def plan_lines(plan: Plan, *, checks: bool) -> list[str]:
    """The plan as text: a head, what comes before each course, then day after day."""
    whose = f" of {plan.patient}" if plan.patient else ""
    lines = [f"Plan{whose} by {plan.protocol} {plan.version}"]
    if plan.first is not None:
        lines.append(f"First infusion {plan.first}, last {plan.last}, watched until {plan.end}")
    lines += [f"Note: {note}" for note in plan.notes]
    for day, text in sorted([*_courses(plan), *_days(plan, checks)], key=lambda block: block[0]):
        assert day is not None
        lines += ["", *text]
    return [one_line(line) if not line.startswith(" ") else line for line in lines]


def _courses(plan: Plan) -> list[tuple[tuple[date, int], list[str]]]:
    """What has to be there before each course, as one block where the first of it is due."""
    blocks = []
    items = [item for item in plan.items if item.kind == "before-course"]
    for course in sorted({item.course for item in items}):
        mine = [item for item in items if item.course == course]
        text = [f"Before course {course}"]
        text += [f"  {_window(item)}  {_told(item)}" for item in mine]
        blocks.append(((mine[0].date, 0), text))
    return blocks


def _days(plan: Plan, checks: bool) -> list[tuple[tuple[date, int], list[str]]]:
    blocks = []
    for day, group in groupby(plan.items, lambda item: item.date):
        text = [f"{day} {_WEEKDAYS[day.weekday()]}"]
        step = 0
        for item in group:
            if item.kind == "check":
                step += 1
                if checks:
                    text.append(f"    {step:2}. {one_line(item.title)}")
            elif item.kind == "period":
                end = f"until {item.closes}" if item.closes else "with no end yet"
                text.append(f"  from this day, {end}: {_told(item)}")
            elif item.kind == "infusion":
                text.append(f"  {_told(item)}")
            elif item.kind != "before-course":
                text.append(f"  {_window(item)}  {_told(item)}")
        if len(text) > 1:
            blocks.append(((day, 1), text))
    return blocks


def _window(item: PlanItem) -> str:
    if item.opens is None:
        return f"{'':14}up to {item.closes}"[-24:].rjust(24)
    return f"{item.opens} to {item.closes}"


def _told(item: PlanItem) -> str:
    state = "" if item.state == "planned" else f": {item.state}"
    if item.answered is not None and item.kind != "infusion":
        state += f" {item.answered}"
    return one_line(f"{item.title}{state}")
