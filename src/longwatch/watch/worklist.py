"""The worklist: one line per patient with anything to act on, most urgent first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.status import TIERS
from longwatch.watch.columns import Results, Words
from longwatch.watch.compiling import Compiled
from longwatch.watch.courses_ahead import Ahead
from longwatch.watch.engine import Batch
from longwatch.watch.facts import (
    BY_COURSE,
    BY_DUE,
    BY_FINDING,
    BY_OVERDUE,
    BY_UNKNOWN,
    Answers,
    Findings,
    Lines,
)
from longwatch.watch.kernel import offer
from longwatch.watch.outcome import (
    CONTRADICTIONS,
    days_array,
    findings_in_short,
    outcome_table,
    values_sent,
    words_array,
)

_TIER_WORDS = pa.array([str(tier) for tier in TIERS])


def worklist_lines(
    compiled: Compiled,
    ids: pa.Array,
    batch: Batch,
    results: Results,
    words: Words,
    ahead: Sequence[Ahead],
    as_of: int,
) -> pa.Table:
    """The lines of one batch, not ranked yet: one row per patient with anything to act on.

    Inputs:
        ids: names of the patients of the batch.
        results, words: those that were judged; findings say how a value was sent.
        ahead: blocked courses of the batch (`courses_ahead.courses_ahead`).
        as_of: the day's number.
    """
    batch, courses, blocked = with_courses(compiled, batch, ahead, as_of)
    lines = batch.answers.lines
    listed = np.flatnonzero(lines.tier >= 0)
    counts = lines.counts[listed]
    return outcome_table(
        "worklist",
        {
            "rank": pa.array(np.zeros(len(listed), np.int32)),
            "patient": ids.take(pa.array(listed)),
            "tier": words_array(lines.tier[listed], _TIER_WORDS),
            "reason": _reasons(compiled, batch, listed, results, words, courses),
            "since": days_array(lines.since[listed]),
            "days": pa.array(lines.days[listed]),
            "findings": pa.array(counts[:, BY_FINDING]),
            "overdue": pa.array(counts[:, BY_OVERDUE]),
            "due": pa.array(counts[:, BY_DUE]),
            "blocked": pa.array(blocked[listed]),
        },
    )


def with_courses(
    compiled: Compiled, batch: Batch, ahead: Sequence[Ahead], as_of: int
) -> tuple[Batch, dict[int, Ahead], np.ndarray]:
    """The lines with blocked courses offered to them, too.

    Returns the batch, by patient the course that its line shows, and how many each patient has.
    """
    blocked = np.zeros(len(batch.answers.lines.tier), np.int32)
    if not ahead:
        return batch, {}, blocked
    lines = Lines(*(np.array(part) for part in batch.answers.lines))
    shown: dict[int, Ahead] = {}
    # The most urgent of a patient first: it alone is offered, and no two courses are compared.
    for one in sorted(ahead, key=lambda each: (each.tier, each.since, each.course)):
        blocked[one.patient] += 1
        if blocked[one.patient] == 1:
            offer(
                compiled.program.book.rules.order, compiled.program.activities.order, lines,
                one.patient, one.tier, as_of - one.since, one.since, BY_COURSE, one.course, -1,
            )  # fmt: skip
            if lines.kind[one.patient] == BY_COURSE:
                shown[one.patient] = one
    return batch._replace(answers=batch.answers._replace(lines=lines)), shown, blocked


def _reasons(
    compiled: Compiled,
    batch: Batch,
    listed: np.ndarray,
    results: Results,
    words: Words,
    courses: Mapping[int, Ahead],
) -> pa.Array:
    """One line of why: the finding with its value, what is overdue, due, or wrong."""
    lines = batch.answers.lines
    kind = lines.kind[listed]
    places, texts = [], []
    for which in (BY_FINDING, BY_OVERDUE, BY_DUE, BY_UNKNOWN, BY_COURSE):
        rows = np.flatnonzero(kind == which)
        if not len(rows):
            continue
        of_kind = listed[rows]
        if which == BY_FINDING:
            spots = lines.finding[of_kind]
            # Only what is shown is put into words: most people have several findings.
            top = Findings(
                batch.found.findings.used, *(part[spots] for part in batch.found.findings[1:])
            )
            sent = values_sent(top, results, words.comparators)
            texts.append(findings_in_short(compiled, top, sent))
        elif which == BY_COURSE:
            told = [courses[patient].words for patient in of_kind.tolist()]
            texts.append(pa.array(told, pa.string()))
        else:
            texts.append(_of_activities(compiled, batch.answers, of_kind, which))
        places.append(rows)
    if not texts:
        return pa.array([], pa.string())
    if len(texts) == 1:
        return texts[0]
    return pa.concat_arrays(texts).take(pa.array(np.argsort(np.concatenate(places))))


def _of_activities(
    compiled: Compiled, answers: Answers, patients: np.ndarray, kind: int
) -> pa.Array:
    """Why somebody is listed without a finding: an activity and how long it has waited."""
    titles = [part.title for part in compiled.pack.recurring] or [""]

    def titled(words: str) -> pa.Array:
        texts = pa.array([title + words for title in titles])
        return texts.take(pa.array(answers.lines.item[patients]))

    if kind == BY_DUE:
        return titled(": window open")
    if kind == BY_OVERDUE:
        days = answers.lines.days[patients]
        unit = pa.array([" days", " day"]).take(pa.array((days == 1).astype(np.int8)))
        waited = pa.array(days).cast(pa.string())
        return pc.binary_join_element_wise(titled(": overdue "), waited, unit, "")
    wrong = titled(": cannot be told without the sex")
    why = answers.contradiction[patients]
    if not why.any():
        return wrong
    words = [f"Nothing can be judged: {CONTRADICTIONS[why]}" for why in sorted(CONTRADICTIONS)]
    return pc.coalesce(pa.array([None, *words], pa.string()).take(pa.array(why)), wrong)


def ranked(lines: pa.Table) -> pa.Table:
    """The worklist of some lines: ordered by tier, longest wait, patient; with ranks."""
    if lines.num_rows > 1:
        tier = pc.index_in(lines["tier"], value_set=_TIER_WORDS)
        keyed = pa.table({"tier": tier, "days": lines["days"], "patient": lines["patient"]})
        order = pc.sort_indices(
            keyed,
            sort_keys=[("tier", "ascending"), ("days", "descending"), ("patient", "ascending")],
        )
        lines = lines.take(order)
    ranks = pa.array(np.arange(1, lines.num_rows + 1, dtype=np.int32))
    return lines.set_column(0, "rank", ranks)
