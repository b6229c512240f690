"""The worklist: one line per patient with anything to act on, most urgent first."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.status import TIERS
from longwatch.watch.compiling import Compiled
from longwatch.watch.facts import (
    BY_DUE,
    BY_FINDING,
    BY_OVERDUE,
    Answers,
)
from longwatch.watch.outcome import (
    CONTRADICTIONS,
    days_array,
    number_words,
    outcome_table,
    rule_words,
    words_array,
)

_TIER_WORDS = pa.array([str(tier) for tier in TIERS])


def worklist_table(
    compiled: Compiled, ids: pa.Array, answers: Answers, findings: pa.Table
) -> pa.Table:
    """`worklist`: one row per patient with anything to act on, most urgent first."""
    listed = np.flatnonzero(answers.lines.tier >= 0)
    tier, days = answers.lines.tier[listed], answers.lines.days[listed]
    names = ids.take(pa.array(listed))
    ranks = pc.rank(names, sort_keys="ascending", tiebreaker="first").to_numpy()
    order = np.lexsort((ranks, -days.astype(np.int64), tier))
    listed = listed[order]
    counts = answers.lines.counts[listed]
    return outcome_table(
        "worklist",
        {
            "rank": pa.array(np.arange(1, len(listed) + 1, dtype=np.int32)),
            "patient": ids.take(pa.array(listed)),
            "tier": words_array(answers.lines.tier[listed], _TIER_WORDS),
            "reason": _reasons(compiled, answers, listed, findings),
            "since": days_array(answers.lines.since[listed]),
            "days": pa.array(answers.lines.days[listed]),
            "findings": pa.array(counts[:, BY_FINDING]),
            "overdue": pa.array(counts[:, BY_OVERDUE]),
            "due": pa.array(counts[:, BY_DUE]),
        },
    )


def _reasons(
    compiled: Compiled, answers: Answers, listed: np.ndarray, findings: pa.Table
) -> pa.Array:
    """One line of why: the finding with its value, what is overdue, due, or wrong."""
    kind = answers.lines.kind[listed]
    item = answers.lines.item[listed]
    titles = [part.title for part in compiled.pack.recurring] or [""]
    spot = pa.array(np.where(kind == BY_FINDING, 0, item))

    def of_activity(words: str) -> pa.Array:
        return pa.array([title + words for title in titles]).take(spot)

    days = answers.lines.days[listed]
    waited = pa.array(days).cast(pa.string())
    unit = pa.array([" days", " day"]).take(pa.array((days == 1).astype(np.int8)))
    overdue = pc.binary_join_element_wise(of_activity(": overdue "), waited, unit, "")
    due = of_activity(": window open")
    wrong = of_activity(": cannot be told without the sex")
    why = answers.contradiction[listed]
    if why.any():
        words = [f"Nothing can be judged: {CONTRADICTIONS[why]}" for why in sorted(CONTRADICTIONS)]
        told = pa.array([None, *words], pa.string()).take(pa.array(why))
        wrong = pc.coalesce(told, wrong)
    spots = pa.array(answers.lines.finding[listed].astype(np.int64), mask=kind != BY_FINDING)
    titled = rule_words(compiled)["title"]
    shown = titled.take(pa.array(np.where(kind == BY_FINDING, item, 0)))
    if findings.num_rows:
        chosen = findings.select(["test", "value", "unit", "compared_with"]).take(spots)
        detail = pc.binary_join_element_wise(
            ": ",
            chosen["test"],
            " ",
            number_words(pc.round(chosen["value"], 2)),
            " ",
            chosen["unit"],
            " (",
            chosen["compared_with"],
            ")",
            "",
        )
        detail = pc.fill_null(detail, "")
        shown = pc.binary_join_element_wise(shown, _one_chunk(detail), "")
    chosen_kind = pa.array(kind.astype(np.int64))
    return pc.choose(chosen_kind, shown, overdue, due, wrong)


def _one_chunk(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def ranked(worklist: pa.Table) -> pa.Table:
    """Worklists of several batches as one: ordered by tier, longest wait, patient; ranks anew."""
    tier = pc.index_in(worklist["tier"], value_set=_TIER_WORDS)
    keyed = pa.table({"tier": tier, "days": worklist["days"], "patient": worklist["patient"]})
    order = pc.sort_indices(
        keyed, sort_keys=[("tier", "ascending"), ("days", "descending"), ("patient", "ascending")]
    )
    worklist = worklist.take(order)
    ranks = pa.array(np.arange(1, worklist.num_rows + 1, dtype=np.int32))
    return worklist.set_column(0, "rank", ranks)
