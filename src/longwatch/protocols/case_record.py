"""The compact record of a case, as the tables of a Record (one patient, `p1`)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from longwatch.core.catalogue import catalogue
from longwatch.core.catalogue_file import normal_words
from longwatch.core.status import ResultStatus, Sex
from longwatch.core.tables import RECORD
from longwatch.protocols.case_nodes import Reader
from longwatch.protocols.model import Course, Pack
from longwatch.protocols.nodes import Node

PATIENT = "p1"
_SECTIONS = (
    "sex",
    "birth_date",
    "ms_onset",
    "infusions",
    "planned",
    "not_done",
    "results",
    "events",
)
_STATES = {"infusions": "given", "planned": "planned", "not_done": "not-done"}
_RESULT_EXTRAS = ("status", "low", "high", "received", "source", "text", "value_high")
_EVENT_EXTRAS = ("end_date", "grade", "text")
_KINDS = ("relapse", "symptom", "diagnosis", "procedure", "vaccination", "medication", "note")
_COMPARED = re.compile(r"(<=|>=|<|>)?\s*([+-]?\d+(?:\.\d+)?)")

Row = dict[str, Any]


def record_tables(reader: Reader, node: Node | None, pack: Pack) -> dict[str, pa.Table]:
    """The tables `patients`, `infusions`, `results`, `events` of a case.

    Inputs:
        reader: collects what is wrong.
        node: the mapping under `record`; without one the patient has no facts.
        pack: gives the doses of the infusions.
    """
    parts = reader.mapping(node, _SECTIONS) if node else {}
    patient: Row = {"patient": PATIENT}
    if "sex" in parts:
        patient["sex"] = reader.choice(parts["sex"], list(Sex), "sex")
    for name in ("birth_date", "ms_onset"):
        if name in parts:
            patient[name] = reader.day(parts[name])
    infusions = [
        row
        for section, state in _STATES.items()
        if section in parts
        for row in _infusions(reader, parts[section], state, pack)
    ]
    results = [_result(reader, row) for row in _rows(reader, parts, "results")]
    events = [_event(reader, row) for row in _rows(reader, parts, "events")]
    return {
        "patients": _table("patients", [patient]),
        "infusions": _table("infusions", infusions),
        "results": _table("results", results),
        "events": _table("events", events),
    }


def _rows(reader: Reader, parts: dict[str, Node], name: str) -> list[Node]:
    return reader.entries(parts[name]) if name in parts else []


def _infusions(reader: Reader, node: Node, state: str, pack: Pack) -> list[Row]:
    """`{1: [2025-03-03, 5]}`: course, day 1, number of days; or every date: `{1: [d1, d2, …]}`."""
    rows = []
    for key, entry in reader.mapping(node).items():
        if not key.isdecimal() or int(key) < 1:
            reader.wrong(f"{key!r} is not the number of a course", entry, of_key=True)
            continue
        listed = reader.entries(entry)
        if not listed:
            reader.wrong("a course needs its day 1 and its number of days", entry)
            continue
        days = [reader.day(listed[0])]
        if len(listed) == 2 and isinstance(listed[1].value, int):
            count = reader.whole(listed[1], least=1)
            days = [days[0] + timedelta(days=step) for step in range(count)]
        else:
            days += [reader.day(entry) for entry in listed[1:]]
        for number, day in enumerate(days, start=1):
            rows.append(
                {
                    "patient": PATIENT,
                    "date": day,
                    "course": int(key),
                    "day": number,
                    "dose_mg": _dose(pack, int(key), number),
                    "drug": pack.drug,
                    "status": state,
                }
            )
    return rows


def _dose(pack: Pack, course: int, day: int) -> float | None:
    """The dose in mg that the pack gives on this day of this course, if it says so."""
    found: Course | None = None
    for each in pack.courses:
        if each.course == course or (each.course == "further" and found is None):
            found = each
    for step in found.steps if found else ():
        if day in step.days and step.dose.unit == "mg":
            return step.dose.value
    return None


def _head(reader: Reader, node: Node, most: int, form: str) -> tuple[list[Node], dict[str, Node]]:
    """The entries of a row, and the mapping of further columns that may stand last."""
    listed = list(reader.entries(node))
    extras: dict[str, Node] = {}
    if listed and isinstance(listed[-1].value, dict):
        extras = listed.pop().value  # type: ignore[assignment]
    if not 2 <= len(listed) <= most:
        reader.wrong(f"a row has the form {form}", node)
        return [], extras
    return listed, extras


def _result(reader: Reader, node: Node) -> Row:
    """`[date, test, value, unit, {…}]`; no `unit`: the canonical one, `null`: none was given."""
    form = "[date, test, value, unit, {status: …}]"
    listed, extras = _head(reader, node, 4, form)
    if not listed:
        return {}
    tests = catalogue().tests
    test = tests.get(reader.choice(listed[1], tests, "test"))
    row: Row = {"patient": PATIENT, "date": reader.day(listed[0]), "status": "final"}
    row["test"] = str(listed[1].value)
    row["unit"] = test.unit if test else None
    if len(listed) == 4:
        row["unit"] = listed[3].value
    if len(listed) > 2:
        row |= _value(listed[2], dict(test.words) if test else {})
    for name, child in _known(reader, node, extras, _RESULT_EXTRAS).items():
        if name == "status":
            row[name] = reader.choice(child, list(ResultStatus), "state of a result")
        elif name == "received":
            row[name] = reader.moment(child)
        elif name in ("low", "high", "value_high"):
            row[name] = _number(reader, child)
        else:
            row[name] = reader.text(child)
    return row


def _value(node: Node, words: dict[str, float]) -> Row:
    """A number, a number with a comparator, a word of the catalogue, or text without a value."""
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return {"value": float(node.value)}
    if node.value is None:
        return {}
    text = str(node.value)
    compared = _COMPARED.fullmatch(text)
    word = words.get(normal_words(text))
    if word is not None:
        return {"value": word, "text": text}
    if compared:
        return {"value": float(compared[2]), "comparator": compared[1]}
    return {"text": text}


def _number(reader: Reader, node: Node) -> float | None:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        reader.wrong("this must be a number", node)
        return None
    return float(node.value)


def _event(reader: Reader, node: Node) -> Row:
    """`[date, kind, code, {end_date: …, grade: …, text: …}]`."""
    listed, extras = _head(reader, node, 3, "[date, kind, code, {end_date: …}]")
    if not listed:
        return {}
    row: Row = {"patient": PATIENT, "date": reader.day(listed[0])}
    row["kind"] = reader.choice(listed[1], _KINDS, "kind of event")
    if len(listed) == 3:
        row["code"] = reader.text(listed[2])
    for name, child in _known(reader, node, extras, _EVENT_EXTRAS).items():
        if name == "end_date":
            row[name] = reader.day(child)
        else:
            row[name] = reader.whole(child) if name == "grade" else reader.text(child)
    return row


def _known(
    reader: Reader, node: Node, extras: dict[str, Node], names: tuple[str, ...]
) -> dict[str, Node]:
    return reader.mapping(Node(extras, node.place), names)


def _table(name: str, rows: list[Row]) -> pa.Table:
    """Rows as a table of the Record, with columns that only some rows have added at its end."""
    if any(date.min in row.values() for row in rows):
        rows = []
    schema = RECORD[name]
    if any("value_high" in row for row in rows):
        schema = schema.append(pa.field("value_high", pa.float64()))
    return pa.Table.from_pylist([row for row in rows if row], schema=schema)
