"""A virtual cohort: ordinary patients of a protocol, as a Record, and beside it the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from longwatch.core.daynumbers import day_number
from longwatch.core.errors import Problem, UsageError
from longwatch.core.record import Record
from longwatch.core.record_write import Format, write_tables
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.people import TRIALS
from longwatch.protocols.model import Pack
from longwatch.trials.cohort_chunk import Setting, chunk_tables
from longwatch.trials.cohort_compiling import compile_ahead
from longwatch.trials.cohort_engine import LANES, USUAL, Care, Numbers
from longwatch.trials.cohort_plan import Asked, asked_by
from longwatch.trials.cohort_tables import IDENTIFIER_LETTERS
from longwatch.trials.cohort_visits import NEVER


@dataclass(frozen=True)
class CohortPlan:
    """Which virtual patients are made; patient k of a seed is the same in every cohort.

    Inputs:
        protocol: a loaded pack.
        patients: how many.
        seed: of the whole simulation.
        start, weeks: first infusions lie on Mondays of so many weeks from `start` on.
        months: of tests after the first infusion.
        until: last day of which anything is known; None for no such day.
        courses: how many everybody gets; None for as many as the protocol numbers, and further
            ones by the rule of the trials' extension where the protocol has further courses.
        trial: whose people they are like (`mechanism.people.TRIALS`).
        parameters: of the mechanism.
        care: what the clinic and its people do; one changed decision changes what follows from it.

    Raises:
        UsageError: something that cannot be meant, with the reason.
    """

    protocol: Pack
    patients: int
    seed: int = 1
    start: date = date(2019, 1, 7)
    weeks: int = 104
    months: int = 60
    until: date | None = None
    courses: int | None = None
    trial: str = "care_ms_2"
    parameters: Parameters | None = None
    care: Care = USUAL

    def __post_init__(self) -> None:
        most = 10**IDENTIFIER_LETTERS - 1
        limits = (("patients", 0, most), ("months", 1, MOST_MONTHS), ("weeks", 1, MOST_WEEKS))
        for name, low, high in limits:
            value = getattr(self, name)
            if not low <= value <= high:
                what = f"{value} {name}"
                raise UsageError(Problem(what, "a cohort", how=f"give {low} to {high}"))
        if not 0 <= self.seed < 2**32:
            raise UsageError(Problem(f"seed {self.seed}", "a cohort", how="give 0 to 2^32 - 1"))
        if self.trial not in TRIALS:
            how = f"one of {', '.join(TRIALS)}"
            raise UsageError(
                Problem(f"no people like those of {self.trial!r}", "a cohort", how=how)
            )
        if not EARLIEST <= self.start.year <= LATEST:
            how = f"begin from {EARLIEST} to {LATEST}"
            raise UsageError(Problem(f"a start on {self.start}", "a cohort", how=how))
        _ = self.asked

    @cached_property
    def asked(self) -> Asked:
        """What the protocol asks for."""
        return asked_by(self.protocol, self.courses)

    @cached_property
    def values(self) -> dict[str, float]:
        """The parameters' values."""
        return (self.parameters or Parameters.load()).values()

    @cached_property
    def setting(self) -> Setting:
        """What every chunk is made from."""
        until = NEVER - 1 if self.until is None else _number(self.until)
        used = {name: value for name, value in self.values.items() if name.startswith(_SECTIONS)}
        return Setting(
            self.asked,
            self.care,
            self.seed,
            self.values,
            Numbers.of(used),
            self.trial,
            self.months,
            _number(self.start),
            self.weeks,
            until,
        )


MOST_MONTHS = 120
"""Ten years: the numbers of relapses and infections that are kept of a person suffice for them."""
MOST_WEEKS = 5200
EARLIEST, LATEST = 1900, 2200
"""Years in which a cohort may begin: dates before and after them are typing mistakes."""
_SECTIONS = (
    "adherence.",
    "autoimmunity.",
    "diary.",
    "disability.",
    "dropout.",
    "imaging.",
    "infections.",
    "laboratory.",
    "people.",
    "reactions.",
    "recovery.",
    "relapse.",
    "retreatment.",
    "tissue.",
)
"""Sections of the parameters that chunks need, besides those of drug and cells."""


class Cohort(NamedTuple):
    """A Record, the truth about its patients, and how many could not be simulated."""

    record: Record
    truth: pa.Table
    failed: int

    def write(self, folder: Path, format: Format = "parquet") -> None:  # noqa: A002
        """Writes the Record into `folder`, and `truth.parquet` beside its tables."""
        self.record.write(folder, format)
        write_tables({"truth": self.truth}, folder, "parquet")


def virtual_cohort(plan: CohortPlan) -> Cohort:
    """Makes a cohort in memory; `stream_cohort` writes a large one.

    Returns: a `Cohort`; values in canonical units.
    """
    parts = list(chunks(plan))
    joined = {
        name: pa.concat_tables([part[name] for part in parts]).unify_dictionaries()
        for name in parts[0]
    }
    truth = joined.pop("truth")
    record = Record.from_tables(**joined)
    return Cohort(record, truth, int(np.sum(truth["failed"].to_numpy())))


def chunks(plan: CohortPlan) -> Iterator[dict[str, pa.Table]]:
    """The tables of the cohort, `LANES` people at a time."""
    compile_ahead(plan.setting)
    for start in range(0, max(plan.patients, 1), LANES):
        yield chunk(plan, start, min(LANES, plan.patients - start))


def chunk(plan: CohortPlan, start: int, count: int) -> dict[str, pa.Table]:
    """The tables of `count` people from number `start` on; always computed in full lanes."""
    return chunk_tables(plan.setting, start, count)


def _number(day: date) -> int:
    return day_number(day.year, day.month, day.day)
