"""What the watch says, as tables: the kernel's codes turned back into words (design section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.status import Status
from longwatch.core.tables import OUTCOME
from longwatch.protocols.model import Rule, TestCondition
from longwatch.watch.columns import Results
from longwatch.watch.compiling import Compiled
from longwatch.watch.facts import (
    BEFORE_BIRTH,
    COURSES_OUT_OF_ORDER,
    DUE,
    ENDED,
    INCOMPLETE,
    NO_BASELINE,
    NO_FIRST_COURSE,
    NO_INFUSION,
    NOT_APPLICABLE,
    NOT_YET,
    OVERDUE,
    UNKNOWN,
    Answers,
    Findings,
    Unjudged,
)
from longwatch.watch.facts import NONE as NO_DAY

CONTRADICTIONS = {
    NO_INFUSION: "no infusion given or planned",
    BEFORE_BIRTH: "an infusion is dated before the birth date",
    NO_FIRST_COURSE: "no given infusion of course 1",
    COURSES_OUT_OF_ORDER: "a later course starts on or before an earlier one",
    INCOMPLETE: "an infusion row cannot be read",
}
"""What `missing` says of a patient about whom nothing can be said."""

_STATUSES = pa.array([str(status) for status in Status])
_WHY = pa.array(["no-baseline", "no-limit"])


def days_array(days: np.ndarray) -> pa.Array:
    """Day numbers as Arrow dates, "no such day" as null."""
    days = np.ascontiguousarray(days, np.int32)
    return pa.array(days, mask=days == NO_DAY).view(pa.date32())


class Wording(NamedTuple):
    """What codes mean: code c stands for the word at `places[c]` (equal words are one entry)."""

    places: np.ndarray
    words: pa.Array


def wording(words: Sequence[str]) -> Wording:
    """The wording of codes that count through `words`."""
    spots: dict[str, int] = {}
    places = np.array([spots.setdefault(word, len(spots)) for word in words], np.int32)
    return Wording(places, pa.array(list(spots), pa.string()))


def words_array(codes: np.ndarray, words: Wording | pa.Array) -> pa.Array:
    """Codes as a dictionary of words (no copies of the words)."""
    if isinstance(words, Wording):
        codes, words = words.places[codes] if len(words.places) else codes, words.words
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), words)


def outcome_table(name: str, columns: dict[str, Any]) -> pa.Table:
    """A table with the columns of the outcome in their order; words may be dictionary-encoded."""
    return pa.table({column: columns[column] for column in OUTCOME[name].names})


def status_table(compiled: Compiled, ids: pa.Array, answers: Answers) -> pa.Table:
    """`status`: one row per patient × activity."""
    words = pack_words(compiled)
    patients, activities = answers.statuses.status.shape
    same = np.zeros(patients * activities, np.int32)
    return outcome_table(
        "status",
        {
            "patient": words_array(np.repeat(np.arange(patients), activities), ids),
            "activity": words_array(np.tile(np.arange(activities), patients), words["activity"]),
            "status": words_array(answers.statuses.status.ravel(), _STATUSES),
            "due": days_array(answers.statuses.due.ravel()),
            "closes": days_array(answers.statuses.closes.ravel()),
            "overdue_since": days_array(answers.statuses.overdue_since.ravel()),
            "days_overdue": pa.array(answers.statuses.days_overdue.ravel()),
            "next_due": days_array(answers.statuses.next_due.ravel()),
            "last_answered": days_array(answers.statuses.last_answered.ravel()),
            "missing": _missing(compiled, answers),
            "protocol": words_array(same, words["protocol"]),
            "version": words_array(same, words["version"]),
        },
    )


def _missing(compiled: Compiled, answers: Answers) -> pa.Array:
    """Which parts are missing; or why nothing is known, or why the activity does not apply."""
    activities = answers.statuses.status.shape[1]
    wrong = np.repeat(answers.contradiction, activities).astype(np.int64)
    activity = np.tile(np.arange(activities), len(answers.contradiction))
    bits = answers.statuses.missing.ravel().astype(np.int64)
    status = answers.statuses.status.ravel().astype(np.int64)
    joint = ((bits * 8 + status) * 8 + wrong) * activities + activity
    distinct, codes = np.unique(joint, return_inverse=True)
    texts = []
    for code in distinct.tolist():
        rest, part = divmod(code, activities)
        rest, why = divmod(rest, 8)
        mask, state = divmod(rest, 8)
        texts.append(_missing_words(compiled, part, state, why, mask))
    return words_array(codes, wording(texts))


def _missing_words(compiled: Compiled, activity: int, state: int, why: int, mask: int) -> str:
    part = compiled.pack.recurring[activity]
    if why and state == UNKNOWN:
        return CONTRADICTIONS[why]
    if state == UNKNOWN:
        return "sex"
    if state == NOT_APPLICABLE:
        if part.stops_when is not None:
            stop = part.stops_when
            return f"{stop.test} has reached {stop.at_least:g} {stop.unit}"
        sexes = ", ".join(part.applies_if.sex) if part.applies_if else ""
        return f"only for: {sexes}"
    if state in (NOT_YET, ENDED):
        return ""
    if part.answered_by.tests:
        tests = part.answered_by.tests
        return ", ".join(test for bit, test in enumerate(tests) if mask >> bit & 1)
    if state in (DUE, OVERDUE):
        return ", ".join(
            code for event in part.answered_by.events for code in event.codes or event.groups
        )
    return ""


def adherence_table(compiled: Compiled, ids: pa.Array, answers: Answers) -> pa.Table:
    """`adherence`: one row per patient × activity."""
    patients, activities = answers.statuses.status.shape
    gaps = answers.statuses.longest_gap.ravel()
    return outcome_table(
        "adherence",
        {
            "patient": words_array(np.repeat(np.arange(patients), activities), ids),
            "activity": words_array(
                np.tile(np.arange(activities), patients), pack_words(compiled)["activity"]
            ),
            "items": pa.array(answers.statuses.items.ravel()),
            "on_time": pa.array(answers.statuses.on_time.ravel()),
            "late": pa.array(answers.statuses.late.ravel()),
            "missed": pa.array(answers.statuses.missed.ravel()),
            "longest_gap_days": pa.array(gaps, mask=gaps < 0),
        },
    )


def _texts(values: np.ndarray, decimals: int | None = None) -> pa.Array:
    """Numbers as a person writes them: 240, 0.4; missing ones null."""
    numbers = pa.array(values, pa.float64(), mask=np.isnan(values))
    words = (numbers if decimals is None else pc.round(numbers, decimals)).cast(pa.string())
    # Cutting ends is six times as fast as a regular expression, which is read anew at each call.
    return pc.if_else(pc.ends_with(words, ".0"), pc.utf8_slice_codeunits(words, 0, -2), words)


class Sent(NamedTuple):
    """How the value of each finding came; "" where there is nothing to say.

    Inputs:
        comparator: with which it was sent.
        taken: the day of its specimen, where that is not the day of the finding: a rule joins facts
            of several days, and is found on the last of them.
    """

    comparator: pa.Array
    taken: pa.Array


def values_sent(found: Findings, results: Results, words: Sequence[str | None]) -> Sent:
    """How the value of each finding came.

    Inputs:
        results: those among which the findings were made.
        words: what the codes of their comparators mean.
    """
    nothing = pa.array([""] * len(found.row), pa.string())
    if not len(results.day) or not len(found.row):
        return Sent(nothing, nothing)
    none = found.row < 0
    chosen = np.where(none, -1, results.comparator[found.row])
    comparator = pa.array([word or "" for word in words], pa.string()).take(
        pa.array(np.where(chosen < 0, len(words) - 1, chosen))
    )
    days = results.day[found.row]
    same = none | (days == found.day)
    if same.all():
        return Sent(comparator, nothing)
    taken = days_array(days).cast(pa.string())
    return Sent(comparator, pc.if_else(pa.array(same), "", taken))


def findings_table(compiled: Compiled, ids: pa.Array, found: Findings, sent: Sent) -> pa.Table:
    """`findings`: one row per patient × rule × triggering date, newest last within a patient.

    Inputs:
        sent: how the value of each finding came.
    """
    words = pack_words(compiled)
    same = np.zeros(len(found.rule), np.int32)
    leg = pa.array(_legs(compiled, found))
    return outcome_table(
        "findings",
        {
            "patient": words_array(found.patient, ids),
            "rule": words_array(found.rule, words["rule"]),
            "tier": words_array(found.rule, words["tier"]),
            "test": words["test"].take(leg),
            "date": days_array(found.day),
            "value": pa.array(found.value, mask=np.isnan(found.value)),
            "unit": words["unit"].take(leg),
            "compared_with": _compared_with(compiled, found, leg, sent),
            "active": pa.array(found.active.astype(bool)),
            "undecided": pa.array(found.undecided.astype(bool)),
            "suspects": words_array(found.rule, words["suspects"]),
            "action": words_array(found.rule, words["action"]),
            "source": words_array(found.rule, words["source"]),
            "protocol": words_array(same, words["protocol"]),
            "version": words_array(same, words["version"]),
            "preliminary": pa.array(found.preliminary.astype(bool)),
        },
    )


def findings_in_short(compiled: Compiled, found: Findings, sent: Sent) -> pa.Array:
    """Each finding in a line: its rule, and the value of a test with what it was held against."""
    words = pack_words(compiled)
    titles = words["title"].take(pa.array(found.rule))
    if not (found.leg >= 0).any():
        return titles
    leg = pa.array(_legs(compiled, found))
    detail = pc.binary_join_element_wise(
        ": ",
        words["test"].take(leg),
        " ",
        _texts(found.value, 2),
        " ",
        words["unit"].take(leg),
        " (",
        _compared_with(compiled, found, leg, sent),
        ")",
        "",
    )
    return pc.binary_join_element_wise(titles, detail.fill_null(""), "")


def _legs(compiled: Compiled, found: Findings) -> np.ndarray:
    """The leg that raised each finding; the place behind the last for "none"."""
    return np.where(found.leg < 0, len(compiled.legs), found.leg)


def pack_words(compiled: Compiled) -> dict[str, Any]:
    """The texts of a pack by name, in the order of their codes; made once.

    A `Wording` for long texts: a finding points to its words instead of copying them. Plain arrays
    for those by leg (the last entry is for "none") and for those that are joined to sentences.
    """
    if compiled.words:
        return compiled.words
    pack, rules = compiled.pack, compiled.rules
    tests = [getattr(leg, "test", None) for leg in compiled.legs] + [None]
    units = [
        None if name is None else compiled.tests[compiled.test_index[name]].unit for name in tests
    ]

    def source(rule: Rule) -> str:
        return f"{pack.sources[rule.evidence[0].source].title}, {rule.evidence[0].place}"

    plain: dict[str, Sequence[str | None]] = {
        "title": [f"{rule.id} {rule.title}" for rule in rules],
        "test": tests,
        "unit": units,
        "leg": [*(leg_words(leg) for leg in compiled.legs), "reported"],
    }
    words: dict[str, Any] = {name: pa.array(text, pa.string()) for name, text in plain.items()}
    coded: dict[str, Sequence[str]] = {
        "rule": [rule.id for rule in rules],
        "tier": [rule.tier for rule in rules],
        "suspects": ["; ".join(rule.suspects) for rule in rules],
        "action": [rule.action for rule in rules],
        "source": [source(rule) for rule in rules],
        "activity": [part.id for part in pack.recurring],
        "protocol": [pack.id],
        "version": [pack.version],
    }
    words.update({name: wording(column) for name, column in coded.items()})
    # All at once: another thread must not find half of them.
    compiled.words.update(words)
    return words


def leg_words(leg: object) -> str:
    """What a test leg compares with, in signs: `>= 50, < 100`, `fall >= 50 %`."""
    if not isinstance(leg, TestCondition):
        return ""
    parts = [
        f"{sign} {bound:g}"
        for sign, bound in (
            (">=", leg.at_least),
            (">", leg.above),
            ("<=", leg.at_most),
            ("<", leg.below),
        )
        if bound is not None
    ]
    for sign, limit in (("<", leg.below_limit), (">", leg.above_limit)):
        if limit is not None:
            times = "" if limit.times == 1 else f"{limit.times:g} x "
            parts.append(f"{sign} {times}{limit.limit} limit")
    for word, change in (("fall", leg.fall), ("rise", leg.rise)):
        if change is not None:
            amount, strict = change.amount
            sign = ">" if strict else ">="
            parts.append(f"{word} {sign} {amount:g} {change.unit} against {change.against}")
    return ", ".join(parts)


def _compared_with(compiled: Compiled, found: Findings, leg: pa.Array, sent: Sent) -> pa.Array:
    """The condition, the value and limit it was held against, and how the value came."""
    parts = [pack_words(compiled)["leg"].take(leg)]
    if not np.isnan(found.limit).all():
        limit = pc.binary_join_element_wise(" (", _texts(found.limit), ")", "")
        parts.append(limit.fill_null(""))
    if not np.isnan(found.reference_value).all():
        dates = days_array(found.reference_day).cast(pa.string())
        values = _texts(found.reference_value)
        reference = pc.binary_join_element_wise(": ", values, " on ", dates, "")
        parts.append(reference.fill_null(""))
    if len(sent.comparator) and pc.max(sent.comparator).as_py():
        value = _texts(found.value)
        told = pc.binary_join_element_wise("; reported as ", sent.comparator, value, "")
        parts.append(pc.if_else(pc.not_equal(sent.comparator, ""), told, "").fill_null(""))
    if len(sent.taken) and pc.max(sent.taken).as_py():
        told = pc.binary_join_element_wise("; taken ", sent.taken, "")
        parts.append(pc.if_else(pc.not_equal(sent.taken, ""), told, ""))
    if found.preliminary.any():
        parts.append(pc.if_else(pa.array(found.preliminary.astype(bool)), "; preliminary", ""))
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "")


def unjudged_table(compiled: Compiled, ids: pa.Array, found: Unjudged) -> pa.Table:
    """`unjudged`: rules that some results could not be held against, and why."""
    words = pack_words(compiled)
    return outcome_table(
        "unjudged",
        {
            "patient": words_array(found.patient, ids),
            "rule": words_array(found.rule, words["rule"]),
            "test": words["test"].take(pa.array(found.leg)),
            "since": days_array(found.day),
            "results": pa.array(found.results, pa.int32()),
            "why": words_array((found.why != NO_BASELINE).astype(int), _WHY),
        },
    )
