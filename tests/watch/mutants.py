"""Every number of a pack that the watch judges by, changed a little, one at a time."""

from collections.abc import Iterator
from typing import Any

from longwatch.protocols.model import Pack

JUDGED = ("recurring", "before_course", "contraindications", "withhold", "periods")
RULES = ("rules", "red_flags")
NOT_JUDGED = frozenset({"evidence", "course", "courses", "exclude_first", "steps"})
"""Fields without a bearing on the watch: sources, numbers of courses, doses, the order of words."""

Path = tuple[Any, ...]


def mutants(pack: Pack) -> Iterator[tuple[str, Pack]]:
    """The changed number in words, and the pack with only that change; up and down."""
    for name in (*JUDGED, *RULES):
        parts = getattr(pack, name)
        for place, part in enumerate(parts):
            for told, changed in changed_parts(part):
                copies = (*parts[:place], changed, *parts[place + 1 :])
                yield f"{name}/{told}", pack.model_copy(update={name: copies})
    for step in (1, -1):
        months = pack.watch.months_after_last_infusion + step
        watch = pack.watch.model_copy(update={"months_after_last_infusion": months})
        yield f"watch months {step:+}", pack.model_copy(update={"watch": watch})
    yield from changed_courses(pack)
    yield from changed_escalation(pack)


def changed_courses(pack: Pack) -> Iterator[tuple[str, Pack]]:
    for place, course in enumerate(pack.courses):
        for field in ("min_months_after_previous", "max_further_courses"):
            number = getattr(course, field)
            for step in (1, -1) if number is not None else ():
                changed = course.model_copy(update={field: number + step})
                courses = (*pack.courses[:place], changed, *pack.courses[place + 1 :])
                yield (
                    f"courses/{course.id} {field} {step:+}",
                    pack.model_copy(update={"courses": courses}),
                )


def changed_escalation(pack: Pack) -> Iterator[tuple[str, Pack]]:
    steps = pack.escalation.steps
    for place, step in enumerate(steps):
        for by in (1, -1) if step.days_overdue > 1 else ():
            changed = step.model_copy(update={"days_overdue": step.days_overdue + by})
            all_steps = (*steps[:place], changed, *steps[place + 1 :])
            escalation = pack.escalation.model_copy(update={"steps": all_steps})
            told = f"escalation from day {step.days_overdue} {by:+}"
            yield told, pack.model_copy(update={"escalation": escalation})


def changed_parts(part: Any) -> Iterator[tuple[str, Any]]:
    """The part with one written number changed; changes that the model refuses are left out."""
    written = part.model_dump(exclude_unset=True)
    for path, number in numbers(written):
        for direction in (1, -1):
            step = 1 if isinstance(number, int) else max(abs(number), 1.0) * 0.005
            changed = replaced(written, path, number + direction * step)
            try:
                yield (
                    f"{part.id} {'.'.join(map(str, path))} {direction:+}",
                    type(part).model_validate(changed),
                )
            except ValueError:
                continue


def numbers(value: Any, path: Path = ()) -> Iterator[tuple[Path, float]]:
    if isinstance(value, dict):
        for key, child in value.items():
            if key not in NOT_JUDGED:
                yield from numbers(child, (*path, key))
    elif isinstance(value, list | tuple):
        for place, child in enumerate(value):
            yield from numbers(child, (*path, place))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def replaced(value: Any, path: Path, number: float) -> Any:
    if not path:
        return number
    key = path[0]
    if isinstance(value, dict):
        return {**value, key: replaced(value[key], path[1:], number)}
    return tuple(
        replaced(child, path[1:], number) if place == key else child
        for place, child in enumerate(value)
    )
