"""HL7 v2 result messages made of a few words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from longwatch.core.record import Record
from longwatch.store.arrivals import Reception
from longwatch.store.desk import Manner

MRN = "https://clinic.example/mrn"
RECEPTION = Reception(ZoneInfo("UTC"))
NEW_PEOPLE = Reception(ZoneInfo("UTC"), Manner(create_patients=True))


def clinic() -> Record:
    """Two people whom the messages speak of."""
    return Record.from_tables(
        patients={"patient": ["p1", "p2"], "sex": ["female", "male"]},
        identifiers={"authority": [MRN, MRN], "value": ["1", "2"], "patient": ["p1", "p2"]},
    )


def oru(
    value: str = "240",
    status: str = "F",
    *,
    who: str = "1",
    order: str = "A1",
    sent: str = "20250602120000",
    day: str = "20250602",
    unit: str = "10*9/L",
    code: str = "777-3^Platelets^LN",
    control: str = "C1",
    born: str = "",
    production: str = "P",
) -> bytes:
    """One message with one result."""
    lines = [
        f"MSH|^~\\&|LIS|LAB|||{sent}||ORU^R01|{control}|{production}|2.5.1",
        f"PID|1||{who}^^^&{MRN}&URI^MR||||{born}",
        f"OBR|1||{order}|{code}|||{day}",
        f"OBX|1|NM|{code}||{value}|{unit}|150-400||||{status}|||{day}",
    ]
    return ("\r".join(lines) + "\r").encode()
