"""What to do about what a person reports: the red flags that it raises, before anything is kept.

The watch itself judges the entry as if it had been filed, so that the person is told what the
clinic's alerts will say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from longwatch.core.record import Record
from longwatch.core.status import TIERS
from longwatch.protocols.model import Pack, RedFlag
from longwatch.watch import watch

_RANK = {tier.value: place for place, tier in enumerate(TIERS)}


@dataclass(frozen=True, slots=True)
class Reported:
    """What a person taps: symptoms of one day."""

    codes: Sequence[str]
    day: date


def triage(pack: Pack, record: Record, reported: Reported, as_of: date) -> list[RedFlag]:
    """Red flags that the report raises, most urgent first.

    Inputs:
        record: the person's facts without the report.
        as_of: the day to judge at.
    """
    if not reported.codes:
        return []
    person = record.patients["patient"].to_pylist()[0]
    rows = [
        {"patient": person, "date": reported.day, "kind": "symptom", "code": code}
        for code in reported.codes
    ]
    before = record.events
    added = pa.Table.from_pylist(rows, before.schema)
    tables = record.tables() | {"events": pa.concat_tables([before, added])}
    changed = Record.from_tables(**tables).sorted()
    known = _raised(pack, record, as_of)
    raised = {
        (rule, day)
        for rule, day in _raised(pack, changed, as_of)
        if day == reported.day or (rule, day) not in known
    }
    # What an earlier entry of the same day has raised is no answer to this one.
    about = {flag.id for flag in flags_naming(pack, reported.codes)}
    return by_urgency(pack, about & {rule for rule, _ in raised})


def flags_naming(pack: Pack, codes: Iterable[str]) -> list[RedFlag]:
    """Red flags that name one of these symptoms, whatever else they ask for; most urgent first.

    For when the person's facts cannot be read: rather a call too much than one too few.
    """
    asked = set(codes)
    groups = {group for one in pack.symptoms if one.id in asked for group in one.groups}
    wanted = {
        flag.id for flag in pack.red_flags if names(flag.when, asked) or names(flag.when, groups)
    }
    return by_urgency(pack, wanted)


def names(condition: object, words: set[str]) -> bool:
    """Whether a condition asks anywhere for one of these codes or groups."""
    if isinstance(condition, str):
        return condition in words
    if isinstance(condition, tuple | list):
        return any(names(part, words) for part in condition)
    fields = getattr(type(condition), "model_fields", {})
    return any(names(getattr(condition, name), words) for name in fields)


def by_urgency(pack: Pack, ids: Iterable[str]) -> list[RedFlag]:
    """The pack's red flags with these ids, most urgent first, else as they stand there."""
    wanted = set(ids)
    found = [flag for flag in pack.red_flags if flag.id in wanted]
    return sorted(found, key=lambda flag: _RANK[flag.tier])


def _raised(pack: Pack, record: Record, as_of: date) -> set[tuple[str, date]]:
    flags = {flag.id for flag in pack.red_flags}
    rows = watch(pack, record, as_of, engine="python").findings.to_pylist()
    return {(row["rule"], row["date"]) for row in rows if row["active"] and row["rule"] in flags}
