"""The watch over a Parquet Record too large for memory: read, judge and forget, group by group.

The results lie sorted by patient and date, as `Record.write` keeps them. Row groups are read and
judged by a few threads (Arrow and the compiled kernel both let go of the interpreter); a patient
cut by the end of a row group is put together again and judged alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from longwatch.core.dates import calendar_day
from longwatch.core.errors import Problem, RecordError
from longwatch.core.record import read_small_tables
from longwatch.core.tables import OUTCOME
from longwatch.protocols.model import Pack
from longwatch.watch.coding import encoded
from longwatch.watch.columns import (
    People,
    Results,
    Words,
    days_of,
    facts_of,
    people_of,
    results_of,
)
from longwatch.watch.compiled import compiled_batch
from longwatch.watch.compiling import Compiled, compile_pack
from longwatch.watch.courses_ahead import courses_ahead
from longwatch.watch.engine import Batch, run
from longwatch.watch.facts import Facts
from longwatch.watch.outcome import (
    adherence_table,
    findings_table,
    status_table,
    unjudged_table,
    values_sent,
)
from longwatch.watch.row_groups import RowGroups, pages_kept
from longwatch.watch.unread import unread_symptoms
from longwatch.watch.worklist import ranked, worklist_lines

STREAMED = ("worklist", "status", "findings", "adherence", "unjudged")


class Piece(NamedTuple):
    """Rows of one patient at the edge of a row group."""

    patient: int
    rows: pa.Table


class Done(NamedTuple):
    """What came of one row group: its inner patients' tables, and the patients at its edges."""

    tables: dict[str, pa.Table]
    seen: np.ndarray
    unusable: int
    valueless: int
    first: Piece | None
    last: Piece | None


@dataclass(frozen=True)
class Streamed:
    """The watch's answer for a Record on disk; only the tables that were asked for.

    Inputs:
        tables: by name; `worklist` is ranked over everybody.
        unusable: results whose unit or size cannot be used.
        valueless: results of numeric tests with no number that can be read.
        strangers: results of people who are not in `patients`.
        unread_symptoms: as in `Outcome`.
    """

    pack: Pack
    as_of: date
    tables: dict[str, pa.Table]
    patients: int
    unusable: int
    valueless: int
    strangers: int
    unread_symptoms: Mapping[str, int] = field(default_factory=dict)

    def __getattr__(self, name: str) -> pa.Table:
        if name in OUTCOME and name in self.__dict__.get("tables", {}):
            return self.tables[name]
        raise AttributeError(f"{name} was not asked for: name it in `tables`")


def watch_parquet(
    protocol: Pack,
    folder: str | os.PathLike[str],
    as_of: date,
    *,
    tables: Collection[str] = ("worklist",),
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Streamed:
    """Runs the watch over a Record folder with `results.parquet`, without loading it.

    Inputs:
        folder: a Record folder; `results.parquet` sorted by patient and date.
        tables: which of `worklist`, `status`, `findings`, `adherence`, `unjudged` to make.
        threads: row groups judged at a time; memory grows with it.
        progress: called with row groups done and in all.

    Raises:
        RecordError: no `results.parquet`, or one that is not sorted (with the remedy).
    """
    wanted = tuple(dict.fromkeys([*tables]))
    for name in wanted:
        if name not in STREAMED:
            raise KeyError(f"{name} cannot be streamed; these can: {', '.join(STREAMED)}")
    path = Path(folder) / "results.parquet"
    if not path.is_file():
        raise RecordError(
            Problem("no results.parquet", str(folder), how="use watch() for other Records")
        )
    as_of = calendar_day(as_of)
    compiled = compile_pack(protocol)
    with pages_kept() as keep, ThreadPoolExecutor(max_workers=threads) as pool:
        groups = RowGroups(path)
        # Reading needs nobody's name: it begins while the small tables are being checked.
        groups.read_ahead(pool)
        small = read_small_tables(folder)
        people = people_of(
            compiled, small.patients, small.infusions, small.events, small.incomplete
        )
        stream = _Stream(compiled, people, as_of, wanted, groups)
        unread = pool.submit(unread_symptoms, compiled, small.events, as_of)
        keep()
        answer = stream.run(pool, threads, progress)
        return replace(answer, unread_symptoms=unread.result())


class _Stream:
    """One pass over the results."""

    def __init__(
        self,
        compiled: Compiled,
        people: People,
        as_of: date,
        wanted: tuple[str, ...],
        groups: RowGroups,
    ) -> None:
        self.compiled = compiled
        self.people = people
        self.as_of = as_of
        self.wanted = wanted
        self.groups = groups
        # Arrow's index_in would hash everybody again for each row group.
        self.place = {name: spot for spot, name in enumerate(people.ids.to_pylist())}
        self.strangers = 0

    def run(
        self, pool: Executor, threads: int, progress: Callable[[int, int], None] | None
    ) -> Streamed:
        """Judges every row group, the patients cut by their edges, then those without results."""
        parts: list[dict[str, pa.Table]] = []
        seen = np.zeros(len(self.people.ids), bool)
        unusable = valueless = 0
        cut: list[Piece] = []

        def join(pieces: list[Piece]) -> None:
            nonlocal unusable
            tables, more = self._joined(pieces, seen)
            parts.append(tables)
            unusable += more

        for number, done in enumerate(self._in_order(pool, threads)):
            cut += [piece for piece in (done.first, done.last) if piece is not None]
            if np.any(seen[done.seen]):
                raise self._unsorted()
            seen[done.seen] = True
            parts.append(done.tables)
            unusable += done.unusable
            valueless += done.valueless
            if progress is not None:
                progress(number + 1, self.groups.count)
            # Many at a time: a batch of one patient costs as much as one of hundreds.
            if sum(piece.rows.num_rows for piece in cut) > _MOST_CUT:
                last = cut[-1].patient
                join([piece for piece in cut if piece.patient != last])
                cut = [piece for piece in cut if piece.patient == last]
        if cut:
            join(cut)
        rest = np.flatnonzero(~seen)
        if len(rest):
            parts.append(self._judge(rest, None)[0])
        return Streamed(
            self.compiled.pack,
            self.as_of,
            {name: self._whole(name, [part[name] for part in parts]) for name in self.wanted},
            len(self.people.ids),
            unusable,
            valueless,
            self.strangers,
        )

    def _in_order(self, pool: Executor, threads: int) -> Iterator[Done]:
        """Row groups as they were written, a few at work ahead of the one that is waited for."""
        compiled_batch()  # Before the threads: each of them would make one of its own.
        waiting: list[Future[Done]] = []
        try:
            for group in range(self.groups.count):
                waiting.append(pool.submit(self._group, group))
                if len(waiting) > threads:
                    yield waiting.pop(0).result()
            for future in waiting:
                yield future.result()
        finally:
            for future in waiting:
                future.cancel()

    def _group(self, group: int) -> Done:
        """Judges the patients that lie whole inside a row group."""
        table, valueless = self.groups.read(group)
        codes, names = encoded(table["patient"])
        starts = np.flatnonzero(np.append(len(codes) > 0, codes[1:] != codes[:-1]))
        ends = np.append(starts[1:], len(codes))
        runs = self._places(names.take(pa.array(codes[starts], mask=codes[starts] < 0)))
        self._check_order(table, starts)
        nothing = np.zeros(0, np.int64)
        if len(runs) == 0:
            return Done(self._judge(nothing, None)[0], nothing, 0, valueless, None, None)

        def piece(run: int) -> Piece:
            begin, end = int(starts[run]), int(ends[run])
            part = table.slice(begin, end - begin)
            return Piece(int(runs[run]), part.take(pa.array(np.arange(end - begin))))

        first = piece(0)
        if len(runs) == 1:
            return Done(self._judge(nothing, None)[0], nothing, 0, valueless, first, None)
        last = piece(len(runs) - 1)
        inner = slice(1, len(runs) - 1)
        chosen = runs[inner]
        known = chosen >= 0
        self.strangers += int((ends[inner] - starts[inner])[~known].sum())
        if not np.all(known):
            rows = np.concatenate(
                [
                    np.arange(b, e)
                    for b, e in zip(starts[inner][known], ends[inner][known], strict=True)
                ]
                or [nothing]
            )
            table = table.take(pa.array(rows))
            lengths = (ends[inner] - starts[inner])[known]
            row_at = np.concatenate([[0], np.cumsum(lengths)])
        else:
            row_at = np.append(starts[inner], starts[len(runs) - 1])
            table, row_at = (
                table.slice(int(row_at[0]), int(row_at[-1] - row_at[0])),
                row_at - row_at[0],
            )
        tables, unusable = self._judge(chosen[known], (table, row_at))
        return Done(tables, chosen[known], unusable, valueless, first, last)

    def _places(self, names: pa.Array) -> np.ndarray:
        """Where each of some people stands in `people`; -1 for nobody known."""
        return np.array([self.place.get(name, -1) for name in names.to_pylist()], np.int64)

    def _check_order(self, table: pa.Table, starts: np.ndarray) -> None:
        days = days_of(table["date"])
        backwards = np.flatnonzero(days[1:] < days[:-1]) + 1
        if len(backwards) and not np.all(np.isin(backwards, starts)):
            raise self._unsorted()

    def _unsorted(self) -> RecordError:
        return RecordError(
            Problem(
                "results are not sorted by patient and date",
                str(self.groups.path),
                how="write the Record once more: Record.read(folder).write(folder, 'parquet')",
            )
        )

    def _joined(self, pieces: list[Piece], seen: np.ndarray) -> tuple[dict[str, pa.Table], int]:
        """Judges the patients at the edges of row groups, whose rows may lie in several of them."""
        known = [piece for piece in pieces if piece.patient >= 0]
        self.strangers += sum(piece.rows.num_rows for piece in pieces if piece.patient < 0)
        if not known:
            return self._judge(np.zeros(0, np.int64), None)
        # A group with values in `text` may have got columns that another has not.
        table = pa.concat_tables([piece.rows for piece in known], promote_options="default")
        owner = np.repeat(
            [piece.patient for piece in known], [piece.rows.num_rows for piece in known]
        )
        starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        chosen = owner[starts]
        if len(np.unique(chosen)) < len(chosen) or np.any(seen[chosen]):
            raise self._unsorted()
        seen[chosen] = True
        self._check_order(table, starts)
        return self._judge(chosen, (table, np.append(starts, len(owner))))

    def _judge(
        self, chosen: np.ndarray, rows: tuple[pa.Table, np.ndarray] | None
    ) -> tuple[dict[str, pa.Table], int]:
        """The tables of some patients, and how many of their results were unusable."""
        if rows is None:
            empty = pa.table({name: [] for name in ("date", "test")}, schema=_EMPTY)
            rows = (empty, np.zeros(len(chosen) + 1, np.int64))
        results, words = results_of(rows[0])
        facts = facts_of(
            self.compiled, self.people, chosen, rows[1].astype(np.int64), results, words, self.as_of
        )
        answers, found = run(self.compiled, facts, "compiled")
        batch = Batch(chosen, answers, found)
        return self._tables(batch, results, words, facts), int(answers.unusable.sum())

    def _tables(
        self, batch: Batch, results: Results, words: Words, facts: Facts
    ) -> dict[str, pa.Table]:
        compiled = self.compiled
        ids = self.people.ids.take(pa.array(batch.chosen))
        answers, found = batch.answers, batch.found
        made: dict[str, pa.Table] = {}
        if "findings" in self.wanted:
            sent = values_sent(found.findings, results, words.comparators)
            made["findings"] = findings_table(compiled, ids, found.findings, sent)
        if "worklist" in self.wanted:
            ahead = courses_ahead(compiled, facts)
            made["worklist"] = worklist_lines(
                compiled, ids, batch, results, words, ahead, facts.as_of
            )
        if "status" in self.wanted:
            made["status"] = status_table(compiled, ids, answers)
        if "adherence" in self.wanted:
            made["adherence"] = adherence_table(compiled, ids, answers)
        if "unjudged" in self.wanted:
            made["unjudged"] = unjudged_table(compiled, ids, found.unjudged)
        return {name: made[name] for name in self.wanted}

    def _whole(self, name: str, parts: list[pa.Table]) -> pa.Table:
        table = pa.concat_tables([part.cast(OUTCOME[name]) for part in parts])
        return ranked(table) if name == "worklist" else table


_MOST_CUT = 500_000
"""Results of patients cut by the edges of row groups that are kept in memory."""
_EMPTY = pa.schema([("date", pa.date32()), ("test", pa.string())])
