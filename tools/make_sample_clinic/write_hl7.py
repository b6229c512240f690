"""Laboratory B: HL7 v2.5.1 result messages, collected into one file per quarter.

Until 2024 its system sends LOINC codes and numbers as text; from 2025 a new one sends local codes
with LOINC as the alternate, and numbers as numbers.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from tools.make_sample_clinic.model import AUTHORITY, Cell, Draw, Person
from tools.make_sample_clinic.numbers import numbers

NEW_SYSTEM_SINCE = 2025
STATUS = {"preliminary": "P", "final": "F", "corrected": "C", "cancelled": "X", "withdrawn": "W"}
SEX = {"female": "F", "male": "M", "unknown": "U"}


def hl7_files(people: dict[str, Person], draws: list[Draw]) -> dict[str, str]:
    """File name → text: a carriage return ends each segment, as the standard has it."""
    files: dict[str, list[str]] = defaultdict(list)
    for draw in sorted(draws, key=lambda draw: (draw.reported, draw.mrn, draw.day)):
        name = f"{draw.reported.year}-Q{(draw.reported.month + 2) // 3}.hl7"
        number = f"{draw.reported:%y%m%d}{draw.mrn[1:]}{draw.day:%d}"
        message = _message(people[draw.mrn], draw, number)
        files[name] += [message] * (2 if "twice" in draw.quirks else 1)
    return {name: "".join(messages) for name, messages in files.items()}


def _message(person: Person, draw: Draw, number: str) -> str:
    mode = "T" if "training" in draw.quirks else "P"
    born = person.born or date.min
    if "other-birth-date" in draw.quirks:
        born = date(born.year - 10, born.day % 12 + 1, born.month)
    sent = f"{draw.reported:%Y%m%d}0615"
    order = f"B{draw.mrn[1:]}{draw.day:%y%m%d}"
    segments = [
        f"MSH|^~\\&|LIS|LAB-B|LW|NORTHSIDE|{sent}||ORU^R01|{number}|{mode}|2.5.1",
        f"PID|1||{person.mrn}^^^&{AUTHORITY}&URI^MR||{person.family}^{person.given}||"
        f"{born:%Y%m%d}|{SEX[person.sex]}",
        f"OBR|1||{order}|11502-2^Report^LN|||{draw.day:%Y%m%d}",
        *(_result(draw, cell, number) for number, cell in enumerate(draw.cells, 1)),
    ]
    return "".join(segment + "\r" for segment in segments)


def _result(draw: Draw, cell: Cell, number: int) -> str:
    loinc = numbers()["loinc"][cell.test]
    new = draw.reported.year >= NEW_SYSTEM_SINCE
    code = f"{cell.code}^^L^{loinc}^^LN" if new else f"{loinc}^^LN"
    kind, value = _value(cell, new)
    limits = f"{cell.low}-{cell.high}" if cell.low else ""
    fields = [kind, code, "", value, cell.unit, limits, cell.flag, "", "", STATUS[cell.status]]
    return f"OBX|{number}|" + "|".join(fields)


def _value(cell: Cell, new: bool) -> tuple[str, str]:
    """OBX-2 and OBX-5: structured, number or text."""
    if cell.text[:1] in "<>" and cell.text:
        return "SN", f"{cell.text[0]}^{cell.text[1:]}"
    if new and cell.text.replace(".", "").isdigit():
        return "NM", cell.text
    return "ST", cell.text
