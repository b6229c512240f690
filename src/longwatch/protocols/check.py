"""The checks that need more than one part of a pack: what the model alone cannot see."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path as FilePath

from longwatch.core.errors import Problem, ProtocolError
from longwatch.core.status import TIERS, Tier
from longwatch.protocols.check_tests import check_tests
from longwatch.protocols.complaints import item_words
from longwatch.protocols.compose import compose
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
from longwatch.protocols.validate import validate
from longwatch.protocols.walk import items, parts

_LABELS = {"course", "courses", "order", "evidence"}
"""Keys whose numbers only count or name something."""


def check(id_or_path: str | FilePath) -> list[Problem]:
    """Everything wrong with a pack and its cases; an empty list when it can be used.

    Inputs:
        id_or_path: the id of a shipped pack, or a folder with `protocol.yaml`.

    >>> check("no-such-pack")[0].what
    "there is no protocol pack 'no-such-pack'"
    """
    from longwatch.protocols.cases import read_cases

    try:
        composed = compose(id_or_path)
        pack = validate(composed)
        found = cross_check(pack, composed.root)
    except ProtocolError as error:
        return list(error.problems)
    try:
        read_cases(pack, composed.folder)
    except ProtocolError as error:
        found.extend(error.problems)
    return found


def cross_check(pack: Pack, root: Node) -> list[Problem]:
    """The contradictions between the parts of a valid pack, each with its place in `root`."""
    return [
        *_sources(pack, root),
        *_numbers(pack, root),
        *_alert_ids(pack, root),
        *_symptoms(pack, root),
        *_tiers(pack, root),
        *_courses(pack, root),
        *_rules(pack, root),
        *_who(pack, root),
        *_approval(pack, root),
        *check_tests(pack, root),
    ]


def _sources(pack: Pack, root: Node) -> Iterator[Problem]:
    """Evidence points to a source of the pack and covers keys that its item has."""
    for _, path, item in items(pack):
        subject = item_words(root, (*path, "evidence"))
        known = set(type(item).model_fields) | _keys(root.find(path))
        for index, evidence in enumerate(item.evidence):
            place = (*path, "evidence", index)
            if evidence.source not in pack.sources:
                what = f"{subject}the source {evidence.source!r} is not among the sources"
                how = did_you_mean(evidence.source, pack.sources) or "add it to sources:"
                yield Problem(what, root.where((*place, "source")), how=how)
            for number, name in enumerate(evidence.covers):
                if not set(name.split(".")) <= known:
                    what = f"{subject}evidence covers {name!r}, which this item does not have"
                    how = did_you_mean(name, known) or "name keys of this item"
                    yield Problem(what, root.where((*place, "covers", number)), how=how)


def _numbers(pack: Pack, root: Node) -> Iterator[Problem]:
    """Every number has evidence: its key, or one inside or around it, is covered."""
    for section, path, item in items(pack):
        if any(not evidence.covers for evidence in item.evidence):
            continue
        covered = {name for part in item.evidence for key in part.covers for name in key.split(".")}
        node = root.find(path)
        for key, child in node.value.items() if isinstance(node.value, dict) else ():
            if key in _LABELS or key in covered or _keys(child) & covered:
                continue
            if _has_number(child):
                what = f"{section} {item.id}: no evidence covers {key!r}"
                how = "name it in covers of its source, or mark it as a proposal"
                yield Problem(what, root.where((*path, key), of_key=True), how=how)


def _has_number(node: Node) -> bool:
    if isinstance(node.value, dict):
        return any(map(_has_number, node.value.values()))
    if isinstance(node.value, list):
        return any(map(_has_number, node.value))
    return isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _keys(node: Node) -> set[str]:
    """Every key inside a node, at any depth."""
    if isinstance(node.value, dict):
        return set(node.value).union(*map(_keys, node.value.values()))
    if isinstance(node.value, list):
        return set[str]().union(*map(_keys, node.value))
    return set()


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
    steps = pack.escalation.steps
    for index, (before, after) in enumerate(pairwise(steps), start=1):
        where = root.where(("escalation", "steps", index))
        if after.days_overdue <= before.days_overdue:
            what = f"escalation: {after.days_overdue} days overdue come after {before.days_overdue}"
            yield Problem(what, where, how="order the steps by days")
        if TIERS.index(Tier(after.tier)) >= TIERS.index(Tier(before.tier)):
            what = f"escalation: {after.tier!r} is not more urgent than {before.tier!r} before it"
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
