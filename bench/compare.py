"""Do two engines give the same worklist? Row by row, in order."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from longwatch.protocols.model import Pack

COMPARED = ("rank", "patient", "tier", "item", "since", "days", "findings", "overdue", "due")


def with_items(worklist: pa.Table, pack: Pack) -> pa.Table:
    """Longwatch's worklist with the id of what it shows, read off its sentence."""
    titles = {part.title: part.id for part in pack.recurring}
    items = []
    for reason in worklist["reason"].to_pylist():
        title = reason
        for words in (": overdue ", ": window open", ": cannot be told"):
            title = title.split(words)[0]
        rule = reason.split(" ", 1)[0]
        items.append("" if reason.startswith("Nothing can be judged") else titles.get(title, rule))
    columns = {name: worklist[name] for name in worklist.column_names}
    return pa.table({**columns, "item": pa.array(items)}).select(list(COMPARED))


def differences(ours: pa.Table, theirs: pa.Table, shown: int = 5) -> list[str]:
    """What differs, in words; empty when every row is equal and in the same order."""
    found: list[str] = []
    if ours.num_rows != theirs.num_rows:
        found.append(f"{ours.num_rows} rows, the other has {theirs.num_rows}")
    left, right = _by_patient(ours), _by_patient(theirs)
    found += [
        f"{patient}: {left.get(patient)} / {right.get(patient)}"
        for patient in sorted(left.keys() | right.keys())
        if left.get(patient) != right.get(patient)
    ]
    if len(found) > shown:
        return [*found[:shown], f"… and {len(found) - shown} more"]
    return found


def _by_patient(worklist: pa.Table) -> dict[str, tuple[Any, ...]]:
    columns = [worklist[name].to_pylist() for name in COMPARED]
    return {row[1]: row for row in zip(*columns, strict=True)}
