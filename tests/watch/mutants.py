"""Every number of a pack that the watch judges by, changed a little, one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from longwatch.core.catalogue import catalogue
from longwatch.protocols.model import Pack

SEEN_IN = {
    "recurring": ("status", "adherence"),
    "before_course": ("readiness",),
    "contraindications": ("readiness",),
    "withhold": ("readiness",),
    "courses": ("readiness",),
    "periods": ("prophylaxis",),
    "rules": ("findings",),
    "red_flags": ("findings",),
    "watch": ("status",),
    "escalation": ("worklist",),
    "course_ahead": ("worklist",),
}
"""The tables in which a change of a part of the pack has to show."""

SINGLE = ("courses", "watch", "escalation", "course_ahead")
PARTS = tuple(name for name in SEEN_IN if name not in SINGLE)

NOT_JUDGED = frozenset({"evidence", "course", "courses", "exclude_first", "steps"})
"""Fields without a bearing on the watch: sources, numbers of courses, doses, the order of words."""

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Mutant:
    """What was changed, the pack with only that change, and where it must show."""

    told: str
    pack: Pack
    tables: tuple[str, ...]


def mutants(pack: Pack) -> Iterator[Mutant]:
    """Every judged number a little up and a little down."""
    for name in PARTS:
        parts = getattr(pack, name)
        for place, part in enumerate(parts):
            for told, changed in changed_parts(part):
                copies = (*parts[:place], changed, *parts[place + 1 :])
                yield Mutant(
                    f"{name}/{told}", pack.model_copy(update={name: copies}), SEEN_IN[name]
                )
    for step in (1, -1):
        months = pack.watch.months_after_last_infusion + step
        watch = pack.watch.model_copy(update={"months_after_last_infusion": months})
        yield Mutant(f"watch {step:+}", pack.model_copy(update={"watch": watch}), SEEN_IN["watch"])
    for told, changed in changed_courses(pack):
        yield Mutant(told, changed, SEEN_IN["courses"])
    for name in ("escalation", "course_ahead"):
        for told, changed in changed_steps(pack, name):
            yield Mutant(told, changed, SEEN_IN[name])


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


def changed_steps(pack: Pack, name: str) -> Iterator[tuple[str, Pack]]:
    """One step of a ladder of tiers a day earlier or later."""
    ladder = getattr(pack, name)
    for place, step in enumerate(ladder.steps):
        ((field, days),) = step.model_dump(exclude={"tier"}).items()
        for by in (1, -1) if days > 1 else ():
            changed = step.model_copy(update={field: days + by})
            all_steps = (*ladder.steps[:place], changed, *ladder.steps[place + 1 :])
            told = f"{name} {field} {days} {by:+}"
            yield (
                told,
                pack.model_copy(update={name: ladder.model_copy(update={"steps": all_steps})}),
            )


def changed_parts(part: Any) -> Iterator[tuple[str, Any]]:
    """The part with one written number changed; changes that the model refuses are left out."""
    written = part.model_dump(exclude_unset=True)
    for path, number, step in numbers(written, None):
        for direction in (1, -1):
            changed = replaced(written, path, number + direction * step)
            told = f"{part.id} {'.'.join(map(str, path))} {direction:+}"
            try:
                yield told, type(part).model_validate(changed)
            except ValueError:
                continue


def numbers(value: Any, test: str | None, path: Path = ()) -> Iterator[tuple[Path, float, float]]:
    """Path, number, and a step that is small for it (for a test of words: to the next word)."""
    if isinstance(value, dict):
        test = value.get("test", test)
        for key, child in value.items():
            if key not in NOT_JUDGED:
                yield from numbers(child, test, (*path, key))
    elif isinstance(value, list | tuple):
        for place, child in enumerate(value):
            yield from numbers(child, test, (*path, place))
    elif isinstance(value, float):
        words = test is not None and catalogue().tests[test].kind != "number"
        small = max(abs(value), 1.0) * 0.005 if value else 0.05
        yield path, value, 0.5 if words else small
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, value, 1


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
