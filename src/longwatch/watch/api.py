"""`watch`: a protocol, a Record and a day in; worklist, statuses and findings out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.dates import calendar_day
from longwatch.core.record import Record
from longwatch.core.tables import OUTCOME, plain_text
from longwatch.protocols.model import Pack
from longwatch.watch.columns import People, Results, Words, people_of
from longwatch.watch.compiling import Compiled, compile_pack
from longwatch.watch.courses_ahead import Ahead, courses_ahead
from longwatch.watch.engine import Batch, Engine, order_of, watch_table
from longwatch.watch.facts import Facts
from longwatch.watch.outcome import (
    adherence_table,
    days_array,
    findings_table,
    status_table,
    unjudged_table,
    values_sent,
)
from longwatch.watch.periods import periods
from longwatch.watch.readiness import readiness
from longwatch.watch.unread import unread_symptoms
from longwatch.watch.view import View
from longwatch.watch.worklist import ranked, worklist_lines

if TYPE_CHECKING:
    from longwatch.watch.explain import Why


class Outcome:
    """The watch's answer for one Record on one day; tables are made when they are asked for.

    `worklist`, `status`, `findings`, `adherence`, `readiness`, `prophylaxis`, `unjudged` are
    `pyarrow.Table`s with the columns of `longwatch.core.tables.OUTCOME`.
    `unusable`: results whose unit or size cannot be used (they answer nothing).
    """

    def __init__(
        self,
        compiled: Compiled,
        as_of: date,
        people: People,
        batch: Batch,
        results: Results,
        words: Words,
        facts: Facts,
        record: Record,
    ) -> None:
        self.pack: Pack = compiled.pack
        self.as_of = as_of
        self._compiled = compiled
        self._people = people
        self._batch = batch
        self._results = results
        self._words = words
        self._facts = facts
        self._record = record

    @property
    def patients(self) -> list[str]:
        """Everybody on the watch, by id."""
        return list(self._people.ids.to_pylist())

    @property
    def unusable(self) -> int:
        """Results whose unit or size cannot be used."""
        return int(self._batch.answers.unusable.sum())

    @cached_property
    def unread_symptoms(self) -> dict[str, int]:
        """Symptoms under codes that the protocol does not know, by code; a person must read them.

        A symptom without a code stands under `(no code)`.
        """
        return unread_symptoms(self._compiled, self._record.events, self.as_of)

    @cached_property
    def worklist(self) -> pa.Table:
        """One row per patient with anything to act on, most urgent first."""
        return ranked(
            worklist_lines(
                self._compiled,
                self._people.ids,
                self._batch,
                self._results,
                self._words,
                self._ahead,
                self._facts.as_of,
            )
        )

    @cached_property
    def _ahead(self) -> list[Ahead]:
        return courses_ahead(self._compiled, self._facts)

    @property
    def blocked_courses(self) -> dict[str, list[str]]:
        """By patient the planned courses that the worklist counts as `blocked`, in words."""
        told: dict[str, list[str]] = {}
        for one in self._ahead:
            told.setdefault(self._people.ids[one.patient].as_py(), []).append(one.words)
        return told

    @cached_property
    def status(self) -> pa.Table:
        """One row per patient × recurring activity."""
        return status_table(self._compiled, self._people.ids, self._batch.answers)

    @cached_property
    def findings(self) -> pa.Table:
        """One row per patient × rule × triggering date."""
        found = self._batch.found.findings
        sent = values_sent(found, self._results, self._words.comparators)
        return findings_table(self._compiled, self._people.ids, found, sent)

    @cached_property
    def adherence(self) -> pa.Table:
        """One row per patient × recurring activity: how well the watch was kept."""
        return adherence_table(self._compiled, self._people.ids, self._batch.answers)

    @cached_property
    def unjudged(self) -> pa.Table:
        """Rules that some results could not be held against."""
        return unjudged_table(self._compiled, self._people.ids, self._batch.found.unjudged)

    @cached_property
    def sent(self) -> Record:
        """The Record as it was given, its results in the order of the arrays that were judged."""
        ordered, _, _ = order_of(self._record.results, self._people.ids)
        return replace(self._record, results=ordered)

    @cached_property
    def view(self) -> View:
        """The charts, for what is asked one patient at a time."""
        return View(self._compiled, self._facts)

    @cached_property
    def readiness(self) -> pa.Table:
        """One row per patient × course × thing to have before it."""
        rows = []
        for patient, name in enumerate(self.patients):
            self.view.open(patient)
            rows += [(name, check) for check in readiness(self.view)]
        return pa.table(
            {
                "patient": pa.array([name for name, _ in rows], pa.string()),
                "course": pa.array([check.course for _, check in rows], pa.int32()),
                "date": days_array(_numbers([check.day for _, check in rows])),
                "activity": pa.array([check.activity for _, check in rows], pa.string()),
                "state": pa.array([check.state for _, check in rows], pa.string()),
                "detail": pa.array([check.detail for _, check in rows], pa.string()),
            },
            schema=OUTCOME["readiness"],
        )

    @cached_property
    def prophylaxis(self) -> pa.Table:
        """One row per patient × course × period (medicine, diet, contraception, block)."""
        rows = []
        for patient, name in enumerate(self.patients):
            self.view.open(patient)
            rows += [(name, span) for span in periods(self.view)]
        return pa.table(
            {
                "patient": pa.array([name for name, _ in rows], pa.string()),
                "period": pa.array([span.period for _, span in rows], pa.string()),
                "course": pa.array([span.course for _, span in rows], pa.int32()),
                "start": pa.array([s.start for _, s in rows], pa.int32()).view(pa.date32()),
                "end": pa.array([s.end for _, s in rows], pa.int32()).view(pa.date32()),
                "state": pa.array([span.state for _, span in rows], pa.string()),
                "detail": pa.array([span.detail for _, span in rows], pa.string()),
            },
            schema=OUTCOME["prophylaxis"],
        )

    def table(self, name: str) -> pa.Table:
        """A table by its name; KeyError when there is none."""
        if name not in OUTCOME:
            raise KeyError(name)
        table: pa.Table = getattr(self, name)
        return table

    def explain(self, patient: str, item: str | None = None) -> Why:
        """The tree of why for one patient: of one rule or activity, or of everything.

        Raises:
            UsageError: unknown patient, rule or activity (with what is meant, perhaps).
        """
        from longwatch.watch.explain import explain

        return explain(self, patient, item)


def _numbers(days: list[int]) -> np.ndarray:
    return np.array(days, np.int64)


def watch(protocol: Pack, record: Record, as_of: date, *, engine: Engine = "auto") -> Outcome:
    """Runs the watch over a Record.

    Inputs:
        protocol: a loaded pack (`longwatch.protocols.load_protocol`).
        record: who was treated, and what is known of them; rows in any order.
        as_of: the day to judge at; later facts do not exist.
        engine: `python` (interpreted), `compiled` (Numba), or `auto` by size; same answer.

    Returns:
        An `Outcome`; its tables are made when asked for.

    Raises:
        UsageError: `as_of` is no plain date.

    >>> from longwatch.protocols.load import load_protocol
    >>> record = Record.from_tables(patients={"patient": ["p1"]})
    >>> watch(load_protocol("alemtuzumab-us"), record, date(2025, 6, 1)).status["status"][0].as_py()
    'unknown'
    """
    as_of = calendar_day(as_of)
    record = replace(record, **{n: plain_text(t) for n, t in record.tables().items()})
    compiled = compile_pack(protocol)
    people = people_of(
        compiled, record.patients, record.infusions, record.events, record.incomplete
    )
    batch, results, words, facts = watch_table(compiled, people, record.results, as_of, engine)
    return Outcome(compiled, as_of, people, batch, results, words, facts, record)


def only(record: Record, patient: str) -> Record:
    """The Record of one patient alone."""

    def keep(table: pa.Table) -> pa.Table:
        return table.filter(pc.equal(table["patient"], patient))

    return replace(
        record,
        patients=keep(record.patients),
        infusions=keep(record.infusions),
        results=keep(record.results),
        events=keep(record.events),
    )
