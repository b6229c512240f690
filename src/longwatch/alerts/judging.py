"""The watch over people in the store, for alerts: findings and overdue items, as plain rows.

One query for each table; the same kernel as `longwatch.watch.watch`, whose tables of words are not
made: most messages change no alert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from longwatch.alerts.facts_at_hand import facts_at_hand, joined_into
from longwatch.alerts.few_at_hand import few_at_hand
from longwatch.alerts.standing import Stand, stands
from longwatch.core.status import TIERS
from longwatch.protocols.model import Pack, TestCondition
from longwatch.watch.columns import facts_of, people_of, results_of
from longwatch.watch.compiling import Compiled, compile_pack
from longwatch.watch.engine import Engine, order_of, run
from longwatch.watch.facts import NONE, OVERDUE, Answers, Facts, Findings
from longwatch.watch.few_people import judge_few
from longwatch.watch.outcome import findings_table, values_sent

_EPOCH = date(1970, 1, 1)
_FEW = 64
"""Up to so many people are judged without tables, which cost more than the judging."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a rule that puts somebody on the worklist.

    Inputs:
        rule, tier, day: as in the table `findings`; `day` is the triggering date.
        test, value: what triggered it, in the canonical unit; None for a reported symptom.
        active, undecided, preliminary: as there.
        result: key of the result in the store; None for a reported symptom.
    """

    rule: str
    tier: str
    day: date
    test: str | None
    value: float | None
    active: bool
    undecided: bool
    preliminary: bool
    result: int | None

    @property
    def key(self) -> str:
        """What makes it the same finding: its day and its value.

        A final value that confirms a preliminary one is no new finding; another value on the same
        day is.
        """
        return f"{self.day}" if self.value is None else f"{self.day}={self.value:g}"


@dataclass(frozen=True, slots=True)
class Overdue:
    """One activity that is overdue."""

    activity: str
    tier: str
    since: date
    days: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What the watch says of one person: `answered` is the newest answer of each activity.

    `stand` is None for who is read under another.
    """

    findings: tuple[Finding, ...]
    overdue: tuple[Overdue, ...]
    answered: Mapping[str, date]
    stand: Stand | None = None


def judge(
    pack: Pack,
    patients: Mapping[int, str],
    as_of: date,
    engine: Engine = "auto",
    into: Mapping[int, int] | None = None,
) -> dict[str, Judged]:
    """Runs the watch over people in the store.

    Inputs:
        pack: their protocol.
        patients: reference of each by its key in the store.
        as_of: the day to judge at.
        engine: see `longwatch.watch.watch`.
        into: those of them who are read under another, where that is known; None: it is asked.

    Returns:
        By reference; everybody is there. Of who is read under another nothing is found.
    """
    if into is None:
        into = joined_into(patients)
    if 0 < len(patients) <= _FEW and not into:
        keys = sorted(patients)
        compiled, (people, results) = compile_pack(pack), few_at_hand(keys)
        facts, answers, findings = judge_few(compiled, people, results, as_of, engine)
        names = [patients[key] for key in keys]
        return _in_words(compiled, names, facts, answers, findings, results.key)
    own = {key: reference for key, reference in patients.items() if key not in into}
    nothing = {patients[key]: Judged((), (), {}) for key in patients if key in into}
    if not own:
        return nothing
    made = _run(pack, own, into, as_of, engine)
    keys = made.results["id"].to_numpy()
    return nothing | _in_words(
        made.compiled, made.ids.to_pylist(), made.facts, made.answers, made.findings, keys
    )


def judge_in_words(
    pack: Pack, patients: Mapping[int, str], as_of: date, engine: Engine = "auto"
) -> list[dict[str, Any]]:
    """The rows of the table `findings` for these people, with the values compared."""
    made = _run(pack, patients, joined_into(patients), as_of, engine)
    arrays, words = results_of(made.results)
    sent = values_sent(made.findings, arrays, words.comparators)
    rows: list[dict[str, Any]] = findings_table(
        made.compiled, made.ids, made.findings, sent
    ).to_pylist()
    return rows


class _Run(NamedTuple):
    """What the kernel said, and the rows it was asked about."""

    compiled: Compiled
    ids: pa.Array
    results: pa.Table
    facts: Facts
    answers: Answers
    findings: Findings


def _run(
    pack: Pack, patients: Mapping[int, str], into: Mapping[int, int], as_of: date, engine: Engine
) -> _Run:
    compiled = compile_pack(pack)
    known = facts_at_hand(patients, into)
    people = people_of(compiled, known.patients, known.infusions, known.events, known.incomplete)
    ordered, row_at, _ = order_of(known.results, people.ids)
    arrays, words = results_of(ordered)
    chosen = np.arange(len(people.ids))
    facts = facts_of(compiled, people, chosen, row_at, arrays, words, as_of)
    answers, found = run(compiled, facts, engine)
    return _Run(compiled, people.ids, ordered, facts, answers, found.findings)


def _in_words(
    compiled: Compiled,
    references: Sequence[str],
    facts: Facts,
    answers: Answers,
    found: Findings,
    keys: Sequence[int] | np.ndarray,
) -> dict[str, Judged]:
    findings: dict[str, list[Finding]] = {reference: [] for reference in references}
    tests = [leg.test if isinstance(leg, TestCondition) else None for leg in compiled.legs]
    columns = (found.patient, found.rule, found.day, found.leg, found.row, found.value)
    flags = (found.active, found.undecided, found.preliminary)
    for patient, rule, day, leg, row, value, active, undecided, preliminary in zip(
        *(column.tolist() for column in (*columns, *flags)), strict=True
    ):
        said = compiled.rules[rule]
        if said.marks_only:
            continue
        findings[references[patient]].append(
            Finding(
                said.id,
                said.tier,
                _date(day),
                tests[leg] if leg >= 0 else None,
                None if value != value else value,
                bool(active),
                bool(undecided),
                bool(preliminary),
                int(keys[row]) if row >= 0 else None,
            )
        )
    statuses = answers.statuses
    steps, tiers = compiled.program.step_days, compiled.program.step_tier
    judged = {}
    standing = stands(compiled, facts, answers)
    for place, reference in enumerate(references):
        overdue, answered = [], {}
        for at, part in enumerate(compiled.pack.recurring):
            newest = int(statuses.last_answered[place, at])
            if newest != NONE:
                answered[part.id] = _date(newest)
            if statuses.status[place, at] == OVERDUE:
                days = int(statuses.days_overdue[place, at])
                step = int(np.searchsorted(steps, days, side="right")) - 1
                tier = TIERS[tiers[step] if step >= 0 else -1]
                since = _date(int(statuses.overdue_since[place, at]))
                overdue.append(Overdue(part.id, tier.value, since, days))
        judged[reference] = Judged(
            tuple(findings[reference]), tuple(overdue), answered, standing[place]
        )
    return judged


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)
