"""The checks that need more than one part of a pack: what the model alone cannot see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path as FilePath

from longwatch.core.errors import Problem, ProtocolError
from longwatch.core.status import TIERS, Tier
from longwatch.protocols.check_broken import by_place, judge
from longwatch.protocols.check_evidence import check_numbers, check_sources
from longwatch.protocols.check_tests import check_tests
from longwatch.protocols.complaints import item_words
from longwatch.protocols.compose import gather
from longwatch.protocols.guess import did_you_mean
from longwatch.protocols.model import (
    AllOf,
    AnyOf,
    AtLeast,
    BeforeCourse,
    Condition,
    Course,
    EventCondition,
    EventPattern,
    Pack,
    TestCondition,
)
from longwatch.protocols.model.activities import AppliesIf
from longwatch.protocols.nodes import Node
from longwatch.protocols.walk import parts

_Check = Callable[[Pack, Node], Iterator[Problem]]


def check(id_or_path: str | FilePath) -> list[Problem]:
    """Everything wrong with a pack and its cases; an empty list when it can be used.

    Inputs:
        id_or_path: the id of a shipped pack, or a folder with `protocol.yaml`.

    >>> check("no-such-pack")[0].what
    "there is no protocol pack 'no-such-pack'"
    """
    from longwatch.protocols.cases import read_cases

    try:
        judged = judge(gather(id_or_path))
    except ProtocolError as error:
        return list(error.problems)
    found = [*judged.problems, *cross_check(judged.pack, judged.root, judged.unsure)]
    try:
        read_cases(judged.pack, judged.folder, judged.unsure)
    except ProtocolError as error:
        found.extend(error.problems)
    return sorted(found, key=by_place)


def cross_check(pack: Pack, root: Node, unsure: frozenset[str] = frozenset()) -> list[Problem]:
    """The contradictions between the parts of a pack, each with its place in `root`.

    `unsure` names the sections that lack something in this tree: what is not found there may be
    written all the same, and nothing is said of it.
    """
    found = [
        *check_numbers(pack, root),
        *_alert_ids(pack, root),
        *_rules(pack, root),
        *_who(pack, root),
        *check_tests(pack, root),
    ]
    needs: tuple[tuple[_Check, set[str]], ...] = (
        (check_sources, {"sources"}),
        (_symptoms, {"symptoms"}),
        (_tiers, {"tiers"}),
        (_escalation, {"escalation"}),
        (_course_ahead, {"course_ahead"}),
        (_courses, {"courses"}),
        (_approval, {"state", "approved_by"}),
    )
    for one, sections in needs:
        if not sections & unsure:
            found.extend(one(pack, root))
    return found


def _alert_ids(pack: Pack, root: Node) -> Iterator[Problem]:
    """A finding names its rule by id alone: rules and red flags share their ids."""
    rules = {rule.id for rule in pack.rules}
    for index, flag in enumerate(pack.red_flags):
        if flag.id in rules:
            what = f"red_flags {flag.id}: a rule has this id already"
            where = root.where(("red_flags", index, "id"))
            yield Problem(what, where, how="give one a new id")


def _symptoms(pack: Pack, root: Node) -> Iterator[Problem]:
    codes = {symptom.id for symptom in pack.symptoms}
    groups = {group for symptom in pack.symptoms for group in symptom.groups}
    for path, part in parts(pack):
        if not isinstance(part, EventPattern):
            continue
        wanted = [("groups", part.groups, groups)]
        if part.kind == "symptom":
            wanted.append(("codes", part.codes, codes))
        for key, names, known in wanted:
            for index, name in enumerate(names):
                if name not in known:
                    what = f"{item_words(root, path)}no symptom has the {key[:-1]} {name!r}"
                    how = did_you_mean(name, known) or "add it to symptoms:"
                    yield Problem(what, root.where((*path, key, index)), how=how)


def _tiers(pack: Pack, root: Node) -> Iterator[Problem]:
    meant = [meaning.tier for meaning in pack.tiers]
    for index, tier in enumerate(meant):
        if tier in meant[:index]:
            what = f"tiers: {tier!r} is explained twice"
            yield Problem(what, root.where(("tiers", index, "tier")), how="keep one of them")
    for section in ("rules", "red_flags"):
        for index, rule in enumerate(getattr(pack, section)):
            if rule.tier not in meant:
                what = f"{section} {rule.id}: the tier {rule.tier!r} is not explained in tiers"
                how = "add it to tiers: with the time within which to act"
                yield Problem(what, root.where((section, index, "tier")), how=how)


def _escalation(pack: Pack, root: Node) -> Iterator[Problem]:
    steps = pack.escalation.steps
    for index, (before, after) in enumerate(pairwise(steps), start=1):
        where = root.where(("escalation", "steps", index))
        if after.days_overdue <= before.days_overdue:
            what = f"escalation: {after.days_overdue} days overdue come after {before.days_overdue}"
            yield Problem(what, where, how="order the steps by days")
        if TIERS.index(Tier(after.tier)) >= TIERS.index(Tier(before.tier)):
            what = f"escalation: {after.tier!r} is not more urgent than {before.tier!r} before it"
            yield Problem(what, where, how="each step must be more urgent than the one before")


def _course_ahead(pack: Pack, root: Node) -> Iterator[Problem]:
    if pack.course_ahead is None:
        return
    for index, (before, after) in enumerate(pairwise(pack.course_ahead.steps), start=1):
        where = root.where(("course_ahead", "steps", index))
        if after.days_before >= before.days_before:
            what = f"course_ahead: {after.days_before} days before come after {before.days_before}"
            yield Problem(what, where, how="order the steps from the earliest day to the course")
        if TIERS.index(Tier(after.tier)) >= TIERS.index(Tier(before.tier)):
            what = f"course_ahead: {after.tier!r} is not more urgent than {before.tier!r} before it"
            yield Problem(what, where, how="each step must be more urgent than the one before")


def _courses(pack: Pack, root: Node) -> Iterator[Problem]:
    numbers = [course.course for course in pack.courses]
    for index, number in enumerate(numbers):
        if number in numbers[:index]:
            what = f"courses: course {number} stands twice"
            yield Problem(what, root.where(("courses", index, "course")), how="keep one of them")
    counted = sorted({number for number in numbers if isinstance(number, int)})
    if counted != list(range(1, len(counted) + 1)) or not counted:
        what = f"courses: the numbers are {', '.join(map(str, numbers))}, not 1, 2, …"
        yield Problem(what, root.where(("courses",), of_key=True), how="number them from 1")
    if "further" in numbers:
        return
    for path, part in parts(pack):
        if isinstance(part, Course) or not hasattr(part, "courses") or part is pack:
            continue
        for index, number in enumerate(part.courses):
            if number not in counted:
                what = f"{item_words(root, (*path, 'courses'))}there is no course {number}"
                yield Problem(what, root.where((*path, "courses", index)))


def _rules(pack: Pack, root: Node) -> Iterator[Problem]:
    """Conditions that can never hold, or that no fact can trigger."""
    for section in ("rules", "red_flags"):
        for index, rule in enumerate(getattr(pack, section)):
            if not _can_trigger(rule.when):
                what = f"{section} {rule.id}: no result and no event can trigger this rule"
                how = "add a test or an event to its condition"
                yield Problem(what, root.where((section, index, "when")), how=how)
    for path, part in parts(pack):
        if isinstance(part, AtLeast) and part.at_least > len(part.of):
            what = f"{item_words(root, path)}at_least {part.at_least} of {len(part.of)} never holds"
            yield Problem(what, root.where((*path, "at_least")), how="lower it, or add parts")
        if isinstance(part, BeforeCourse) and part.too_late and part.complete_days_before is None:
            what = f"{item_words(root, (*path, 'too_late'))}too_late needs complete_days_before"
            yield Problem(what, root.where((*path, "too_late"), of_key=True))


def _can_trigger(condition: Condition) -> bool:
    if isinstance(condition, AllOf):
        return any(map(_can_trigger, condition.all))
    if isinstance(condition, AnyOf):
        return any(map(_can_trigger, condition.any))
    if isinstance(condition, AtLeast):
        return any(map(_can_trigger, condition.of))
    return isinstance(condition, TestCondition | EventCondition)


def _who(pack: Pack, root: Node) -> Iterator[Problem]:
    for path, part in parts(pack):
        if isinstance(part, AppliesIf) and "unclear" in part.model_fields_set:
            both = sorted(set(part.sex) & set(part.unclear))
            if both:
                what = f"{item_words(root, path)}{', '.join(both)} both concerned and unclear"
                yield Problem(what, root.where((*path, "unclear")), how="keep it in one list")


def _approval(pack: Pack, root: Node) -> Iterator[Problem]:
    if pack.state == "approved" and not pack.approved_by:
        what = "the state is approved, but nobody has signed"
        yield Problem(what, root.where(("state",)), how="add approved_by, or write state: draft")
