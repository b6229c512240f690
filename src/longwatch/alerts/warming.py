"""What the first message would otherwise wait for: protocols read, the watch run once.

Only interpreted: compiling the kernel takes a minute, in which no laboratory would be heard; few
people at a time are judged as quickly without.
"""

from __future__ import annotations

from datetime import date, datetime

from longwatch.alerts.clinic import Clinic
from longwatch.core.record import Record
from longwatch.store.models import ProtocolInForce
from longwatch.watch import watch


def warm_up(clinic: Clinic, now: datetime) -> None:
    """Loads every protocol in force and runs the watch once; to be called before the first message.

    Raises:
        ProtocolError: the clinic's own protocol cannot be read.
    """
    names = ProtocolInForce.objects.order_by().values_list("protocol", flat=True).distinct()
    day = clinic.today(now)
    someone = _somebody(day)
    for name in (None, *names):
        watch(clinic.pack(name), someone, day, engine="python")
    clinic.response(None)


def _somebody(day: date) -> Record:
    """One person of nobody's, with one infusion: enough to run every part of the kernel."""
    return Record.from_tables(
        patients={"patient": ["-"]},
        infusions={"patient": ["-"], "date": [day], "course": [1], "day": [1]},
        results={
            "patient": ["-"],
            "date": [day],
            "test": ["platelets"],
            "value": [240.0],
            "unit": ["10*9/L"],
        },
    )
