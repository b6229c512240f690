"""The watch over people in the store, for alerts: findings and overdue items, as plain rows.

One query for each table; the same kernel as `longwatch.watch.watch`, whose tables of words are not
made: most messages change no alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from longwatch.core.record_faults import incomplete_patients
from longwatch.core.status import TIERS
from longwatch.core.tables import RECORD
from longwatch.protocols.model import Pack, TestCondition
from longwatch.store.columns import STORED
from longwatch.store.models import HeldItem
from longwatch.store.reading import read_table
from longwatch.watch.columns import facts_of, people_of, results_of
from longwatch.watch.compiling import Compiled, compile_pack
from longwatch.watch.engine import Engine, order_of, run
from longwatch.watch.facts import NONE, OVERDUE, Answers, Findings

_EPOCH = date(1970, 1, 1)


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
    """What the watch says of one person: `answered` is the newest answer of each activity."""

    findings: tuple[Finding, ...]
    overdue: tuple[Overdue, ...]
    answered: Mapping[str, date]


def judge(
    pack: Pack, patients: Mapping[int, str], as_of: date, engine: Engine = "auto"
) -> dict[str, Judged]:
    """Runs the watch over people in the store.

    Inputs:
        pack: their protocol.
        patients: reference of each by its key in the store.
        as_of: the day to judge at.
        engine: see `longwatch.watch.watch`.

    Returns:
        By reference; everybody is there.
    """
    if not patients:
        return {}
    compiled = compile_pack(pack)
    keys = list(patients)
    tables = {
        name: read_table(STORED[name], patients=keys, besides=("id",) if name == "results" else ())
        for name in ("infusions", "results", "events")
    }
    tables = {name: _typed(name, _named(table, patients)) for name, table in tables.items()}
    stored = read_table(STORED["patients"], patients=keys)
    incomplete = _incomplete(patients.values())
    infusions = tables["infusions"]
    if infusions["course"].null_count:
        whole = infusions["course"].is_valid()
        for row in infusions.filter(infusions["course"].is_null()).to_pylist():
            incomplete.setdefault(row["patient"], "an infusion has no course")
        infusions = infusions.filter(whole)
    people = people_of(compiled, stored, infusions, tables["events"], incomplete)
    ordered, row_at, _ = order_of(tables["results"], people.ids)
    arrays, words = results_of(ordered)
    chosen = np.arange(len(people.ids))
    facts = facts_of(compiled, people, chosen, row_at, arrays, words, as_of)
    answers, found = run(compiled, facts, engine)
    references = people.ids.to_pylist()
    return _in_words(compiled, references, answers, found.findings, ordered["id"].to_numpy())


def _in_words(
    compiled: Compiled,
    references: Sequence[str],
    answers: Answers,
    found: Findings,
    keys: np.ndarray,
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
        judged[reference] = Judged(tuple(findings[reference]), tuple(overdue), answered)
    return judged


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def _named(table: pa.Table, patients: Mapping[int, str]) -> pa.Table:
    names = pa.array([patients[key] for key in table["patient"].to_pylist()], pa.string())
    return table.set_column(table.column_names.index("patient"), "patient", names)


def _typed(name: str, table: pa.Table) -> pa.Table:
    """Columns of the Record's own types; SQLite hands some of them over as what it likes."""
    for column in RECORD[name]:
        if table[column.name].type != column.type:
            place = table.column_names.index(column.name)
            table = table.set_column(place, column.name, table[column.name].cast(column.type))
    return table


def _incomplete(references: Iterable[str]) -> dict[str, str]:
    rows = HeldItem.objects.filter(
        table="infusions", resolved_at=None, patient__in=list(references)
    ).values("table", "reason", "patient", "where", "detail", "raw")
    held: list[dict[str, Any]] = [dict(row) for row in rows]
    return incomplete_patients(pa.Table.from_pylist(held)) if held else {}
