"""The watch over a Record whose patients follow several protocols, as one answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from longwatch.cli.options import DEFAULT_PROTOCOL
from longwatch.cli.reading import open_protocol
from longwatch.core.errors import Problem
from longwatch.core.record import Record
from longwatch.core.tables import OUTCOME
from longwatch.protocols.load import load_protocol, packs
from longwatch.protocols.model import Pack
from longwatch.watch import Outcome
from longwatch.watch import watch as watch_one
from longwatch.watch.worklist import ranked

if TYPE_CHECKING:
    from longwatch.watch.engine import Engine

_PYTHON_UP_TO = 100_000
"""Results up to which plain Python answers before Numba has loaded its compiled code."""


@dataclass
class Together:
    """The outcomes of a Record, one per protocol, and their tables as one.

    Inputs:
        problems: what made an answer less than it should be; changes the exit status.
    """

    record: Record
    as_of: date
    outcomes: list[Outcome]
    problems: list[Problem] = field(default_factory=list)

    def table(self, name: str) -> pa.Table:
        """A table of the outcome over all protocols, columns plain; worklist ranked anew."""
        if name == "worklist":
            return self.worklist
        return self._joined(name)

    def _joined(self, name: str) -> pa.Table:
        schema = OUTCOME[name]
        tables = [outcome.table(name).cast(schema) for outcome in self.outcomes]
        return pa.concat_tables(tables) if tables else schema.empty_table()

    @cached_property
    def worklist(self) -> pa.Table:
        """By tier, then longest wait, then patient."""
        joined = self._joined("worklist")
        if len(self.outcomes) < 2:
            return joined
        return ranked(joined)

    @property
    def everybody(self) -> int:
        """How many people are on the watch."""
        return sum(len(outcome.patients) for outcome in self.outcomes)

    @property
    def unusable(self) -> int:
        """Results whose unit or size cannot be used."""
        return sum(outcome.unusable for outcome in self.outcomes)

    @cached_property
    def unread_symptoms(self) -> dict[str, int]:
        """Symptoms by code, which the protocol that their patient follows does not know."""
        counts: Counter[str] = Counter()
        for outcome in self.outcomes:
            counts.update(outcome.unread_symptoms)
        return dict(counts.most_common())

    @property
    def packs(self) -> list[Pack]:
        """The protocols that were followed."""
        return [outcome.pack for outcome in self.outcomes]


def watch_together(record: Record, as_of: date, protocol: str | None = None) -> Together:
    """Watches everybody by the protocol asked for, else by each patient's own, else the default.

    A patient whose own protocol is unknown is watched by the default one, and a problem says so:
    to leave them out would be worse.

    Raises:
        UsageError, ProtocolError: when the protocol asked for is none, or cannot be used.
    """
    if protocol is not None:
        pack = open_protocol(protocol)
        return Together(record, as_of, [watch_one(pack, record, as_of, engine=engine_for(record))])
    groups, problems = _groups(record)
    engine = engine_for(record)
    outcomes = []
    for name, patients in groups.items():
        part = record if len(groups) == 1 else of_patients(record, patients)
        outcomes.append(watch_one(load_protocol(name), part, as_of, engine=engine))
    return Together(record, as_of, outcomes, problems)


def engine_for(record: Record) -> Engine:
    """Plain Python for a clinic, compiled code for a nation."""
    return "python" if record.results.num_rows <= _PYTHON_UP_TO else "compiled"


def _groups(record: Record) -> tuple[dict[str, pa.Array], list[Problem]]:
    """Patients by protocol."""
    patients = record.patients
    if "protocol" not in patients.column_names:
        return {DEFAULT_PROTOCOL: patients["patient"]}, []
    own = patients["protocol"].cast(pa.string())
    known = packs()
    problems = []
    for name in sorted(set(own.drop_null().to_pylist()) - {"", *known}):
        count = pc.sum(pc.equal(own, name)).as_py()
        problems.append(
            Problem(
                f"{count} of the patients follow {name!r}, which is no protocol here; "
                f"they were watched by {DEFAULT_PROTOCOL}",
                "patients, column protocol",
                how=f"write one of {', '.join(known)}, or watch them with --protocol FOLDER",
            )
        )
    followed = pc.if_else(pc.is_in(own, value_set=pa.array(known)), own, DEFAULT_PROTOCOL)
    followed = pc.fill_null(followed, DEFAULT_PROTOCOL)
    names = sorted(set(followed.to_pylist())) or [DEFAULT_PROTOCOL]
    groups = {name: patients["patient"].filter(pc.equal(followed, name)) for name in names}
    return groups, problems


def of_patients(record: Record, patients: pa.Array) -> Record:
    """The Record of some patients alone."""
    from dataclasses import replace

    wanted = patients.combine_chunks() if isinstance(patients, pa.ChunkedArray) else patients

    def keep(table: pa.Table) -> pa.Table:
        return table.filter(pc.is_in(table["patient"], value_set=wanted))

    return replace(
        record,
        patients=keep(record.patients),
        infusions=keep(record.infusions),
        results=keep(record.results),
        events=keep(record.events),
    )
