"""What the kernel reads of some people, out of the store; those who are one person as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from longwatch.alerts.asking import ASKED_SINGLY, ask, places
from longwatch.core.record_faults import incomplete_patients
from longwatch.core.tables import DESK
from longwatch.store.columns import STORED
from longwatch.store.joined_record import as_one
from longwatch.store.plainly import padded
from longwatch.store.reading import read_table

_NEEDED: dict[str, tuple[str, ...]] = {
    "infusions": ("patient", "date", "course", "status"),
    "events": ("patient", "date", "kind", "code", "end_date"),
    "results": (
        "patient", "date", "test", "value", "value_high", "comparator", "unit", "low", "high",
        "status", "laboratory", "received",
    ),
}  # fmt: skip
_WHO = ("patient", "sex", "birth_date")


@dataclass(frozen=True, slots=True)
class FactsAtHand:
    """Tables as the watch takes them; `results` has the key of each row in the column `id`."""

    patients: pa.Table
    infusions: pa.Table
    events: pa.Table
    results: pa.Table
    incomplete: Mapping[str, str]


def joined_into(keys: Iterable[int]) -> dict[int, int]:
    """Of those who are read under another, or under whom others are read: the key of that other."""
    asked = padded(list(keys))
    of_them = ""
    if len(asked) <= ASKED_SINGLY:
        here = places(asked)
        of_them = f"AND (joined_into_id IN ({here}) OR id IN ({here}))"
    rows = ask(
        "SELECT id, joined_into_id FROM store_patient "  # noqa: S608
        f"WHERE joined_into_id IS NOT NULL {of_them}",
        [*asked, *asked] if of_them else [],
    )
    return dict(rows)


def facts_at_hand(patients: Mapping[int, str], into: Mapping[int, int]) -> FactsAtHand:
    """Everything that the kernel needs of these people.

    Inputs:
        patients: reference of each by its key; nobody who is read under another.
        into: those who are read under one of them, with the key of that one.
    """
    under = {one: two for one, two in into.items() if two in patients}
    if under:
        return _as_one(patients, under)
    keys = list(patients)
    tables = {
        name: _named(
            read_table(STORED[name], patients=keys, besides=_key_of(name), only=only), patients
        )
        for name, only in _NEEDED.items()
    }
    people = read_table(STORED["patients"], patients=keys, only=_WHO)
    return _whole(people, tables, patients.values())


def _as_one(patients: Mapping[int, str], under: Mapping[int, int]) -> FactsAtHand:
    """The same with everybody who was joined; rare, so all columns are read, as in a Record."""
    keys = [*patients, *under]
    people = read_table(STORED["patients"], patients=keys, besides=("id",))
    names = dict(zip(people["id"].to_pylist(), people["patient"].to_pylist(), strict=True))
    tables = {
        name: _named(read_table(STORED[name], patients=keys, besides=_key_of(name)), names)
        for name in _NEEDED
    }
    tables["identifiers"] = DESK["identifiers"].empty_table()
    tables["patients"] = people.drop_columns(["id"])
    made = as_one(tables, under, people, None)
    return _whole(made["patients"], made, names.values())


def _whole(
    people: pa.Table, tables: Mapping[str, pa.Table], references: Iterable[str]
) -> FactsAtHand:
    incomplete = _incomplete(references)
    infusions = tables["infusions"]
    if infusions["course"].null_count:
        for row in infusions.filter(infusions["course"].is_null()).to_pylist():
            incomplete.setdefault(row["patient"], "an infusion has no course")
        infusions = infusions.filter(infusions["course"].is_valid())
    return FactsAtHand(people, infusions, tables["events"], tables["results"], incomplete)


def _key_of(name: str) -> tuple[str, ...]:
    return ("id",) if name == "results" else ()


def _named(table: pa.Table, patients: Mapping[int, str]) -> pa.Table:
    names = pa.array([patients[key] for key in table["patient"].to_pylist()], pa.string())
    return table.set_column(table.column_names.index("patient"), "patient", names)


def _incomplete(references: Iterable[str]) -> dict[str, str]:
    names = list(references)
    few = f"AND patient IN ({places(names)})" if len(names) <= ASKED_SINGLY else ""
    rows = ask(
        'SELECT "table", reason, patient, "where", detail, raw FROM store_helditem '  # noqa: S608
        f"WHERE \"table\" = 'infusions' AND resolved_at IS NULL {few}",
        names if few else [],
    )
    words = ("table", "reason", "patient", "where", "detail", "raw")
    held = [dict(zip(words, row, strict=True)) for row in rows]
    return incomplete_patients(pa.Table.from_pylist(held)) if held else {}
