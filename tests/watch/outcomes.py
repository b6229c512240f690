"""Small helpers of the property tests: random patients, answers of the engine, whole tables."""

import itertools
from datetime import date
from typing import Any

from tests.watch.compare import record_of
from tests.watch.generate import generate

from longwatch.core.tables import OUTCOME
from longwatch.protocols.folders import packs
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch

Rows = dict[str, list[dict[str, Any]]]

US = "alemtuzumab-us"
SEEDS = range(6)
PATIENTS = 8

RUNS = [(US, seed) for seed in SEEDS] + [(pack, 99) for pack in packs() if pack != US]


def sample(pack_id: str, seed: int, patients: int = PATIENTS) -> tuple[Any, Rows, date]:
    """A pack, random rows and a day; other seeds than those of the differential test."""
    pack = load_protocol(pack_id)
    rows, as_of = generate(pack, 50_000 + seed, patients)
    return pack, rows, as_of


def answers(pack: Any, rows: Rows, as_of: date, engine: str = "auto") -> Rows:
    """Every table of the outcome with every column, as rows."""
    outcome = watch(pack, record_of(rows), as_of, engine=engine)
    return {name: getattr(outcome, name).to_pylist() for name in OUTCOME}


def only(rows: Rows, patient: str) -> Rows:
    return {
        name: [row for row in table if row["patient"] == patient] for name, table in rows.items()
    }


def patients_of(rows: Rows) -> list[str]:
    return sorted({row["patient"] for row in rows["patients"]})


def existing(rows: Rows, as_of: date) -> Rows:
    """Without what lies or arrives after `as_of`."""
    kept = {name: list(table) for name, table in rows.items()}
    kept["results"] = [
        row
        for row in rows["results"]
        if row["date"] <= as_of and (row["received"] is None or row["received"].date() <= as_of)
    ]
    kept["events"] = [row for row in rows["events"] if row["date"] <= as_of]
    kept["infusions"] = [
        row for row in rows["infusions"] if row["date"] <= as_of or row["status"] == "planned"
    ]
    return kept


def statuses(answer: Rows) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["patient"], row["activity"]): row for row in answer["status"]}


def joined(many: list[Rows]) -> Rows:
    """Several Records as one."""
    return {
        name: list(itertools.chain.from_iterable(rows[name] for rows in many))
        for name in ("patients", "infusions", "results", "events")
    }


def renamed(rows: Rows, patient: str) -> Rows:
    """The same facts under another identifier."""
    return {name: [{**row, "patient": patient} for row in table] for name, table in rows.items()}
