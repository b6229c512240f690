"""A clinic with two people on the watch, its staff, and a laboratory that sends results."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from tests.store.conftest import new_store, store, template  # noqa: F401 (fixtures)
from tests.store.messages import MRN, RECEPTION, oru

from longwatch.core.record import Record

NOW = datetime(2025, 7, 1, 8, tzinfo=UTC)
"""A Tuesday; two people were treated in March."""


def people() -> Record:
    """Two people, first course in March 2025, blood counts and urine as they should be."""
    drawn = [date(2025, 2, 20), date(2025, 4, 3), date(2025, 5, 3)]
    tests = {"platelets": 240.0, "creatinine": 70.0}
    units = {"platelets": "10*9/L", "creatinine": "umol/L"}
    rows = [(who, day, test) for who in ("p1", "p2") for day in drawn for test in tests]
    days = [date(2025, 3, day) for day in range(3, 8)]
    return Record.from_tables(
        patients={
            "patient": ["p1", "p2"],
            "sex": ["female", "male"],
            "birth_date": [date(1985, 4, 1), date(1990, 1, 2)],
            "protocol": ["alemtuzumab-us", "alemtuzumab-us"],
        },
        identifiers={"authority": [MRN, MRN], "value": ["1", "2"], "patient": ["p1", "p2"]},
        infusions={
            "patient": ["p1"] * 5 + ["p2"] * 5,
            "date": days * 2,
            "course": [1] * 10,
            "day": list(range(1, 6)) * 2,
        },
        results={
            "patient": [who for who, _, _ in rows],
            "date": [day for _, day, _ in rows],
            "test": [test for _, _, test in rows],
            "value": [tests[test] for _, _, test in rows],
            "unit": [units[test] for _, _, test in rows],
        },
    )


class Ward:
    """The clinic at work: its clock, its laboratory, its staff."""

    def __init__(self) -> None:
        from longwatch.alerts.clinic import read_clinic
        from longwatch.alerts.evaluate import hook

        self.now = NOW
        self.clinic = read_clinic(UTC)
        self.hook = hook(self.clinic, lambda: self.now, "python")
        self.sent = 0

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def send(self, value: str, day: str = "20250630", status: str = "F", **rest: str) -> None:
        """A count of platelets arrives."""
        from longwatch.store.arrivals import receive

        self.sent += 1
        rest = {"order": f"A{day}", "control": f"C{self.sent}", "sent": f"{day}120000"} | rest
        receive(
            oru(value, status, day=day, **rest),
            channel="mllp",
            received=self.now,
            reception=RECEPTION,
            sender="LIS/LAB",
            and_then=self.hook,
        )

    def user(self, name: str, role: str | None = "nurse"):
        """Somebody who works here."""
        from django.contrib.auth.models import User

        from longwatch.alerts.roles import role as role_named
        from longwatch.store.models import Membership

        found, _ = User.objects.get_or_create(username=name)
        if role:
            Membership.objects.get_or_create(
                user=found, role=role_named(role), defaults={"since": NOW - timedelta(days=1)}
            )
        return found

    def hours(self, zone=UTC, holidays=()) -> None:
        """Monday to Friday from 8 to 17."""
        from longwatch.alerts.hours import ClinicHours

        week = {day: (time(8), time(17)) for day in range(5)}
        self.clinic.hours = ClinicHours(zone, week, holidays)

    @staticmethod
    def alerts(**which):
        from longwatch.store.models import Alert

        return list(Alert.objects.filter(**which).order_by("id"))

    @staticmethod
    def states(alert) -> list[str]:
        return list(alert.states.order_by("number").values_list("state", flat=True))


@pytest.fixture
def ward(store) -> Ward:  # noqa: F811
    from longwatch.store.record_in import write_record

    write_record(people(), source="registry", at=NOW - timedelta(days=60))
    return Ward()
