"""A clinic with a few people on the watch, and channels that keep, refuse or lose what they get."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from tests.store.conftest import new_store, store, template  # noqa: F401 (fixtures)

from longwatch.core.record import Record

BERLIN = "Europe/Berlin"
FIRST = date(2026, 1, 12)
"""Day 1 of everybody's first course; the first monthly item is due on 12 February."""
TREATED = datetime(2026, 1, 12, 9, tzinfo=UTC)


def noon(day: date) -> datetime:
    """A moment of a day at which nobody's hours are quiet, in Berlin and in New York."""
    return datetime(day.year, day.month, day.day, 15, tzinfo=UTC)


class Post:
    """A channel that keeps what it is given; `answers` are raised first, one for each attempt."""

    def __init__(self, kind="email", answers=()):
        self.kind = kind
        self.sent = []
        self.answers = list(answers)

    def send(self, parcel):
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.sent.append(parcel)
        return ""

    @property
    def keys(self):
        return [parcel.key for parcel in self.sent]


@pytest.fixture
def clinic(store):  # noqa: F811
    """A clinic in Berlin with its channels; `treat` adds people, `run` is one round."""
    from longwatch.reminders import clinic as settings
    from longwatch.reminders.reach import change_reach
    from longwatch.reminders.rounds import send_due
    from longwatch.store.models import Patient
    from longwatch.store.record_in import write_record

    settings.set_clinic(
        {
            "clinic.name": "Day Clinic",
            "clinic.telephone": "030 555-0100",
            "clinic.zone": BERLIN,
            # One protocol with one monthly item: each step is easily told from the others.
            "clinic.protocol": "campath-bcll",
        },
        actor="test",
        at=TREATED,
    )
    ways = {kind: Post(kind) for kind in ("email", "text", "letter")}
    reach = {"email": "p@example.org", "phone": "+49 30 1", "address": "A\nB"}

    def treat(name, first=FIRST, protocol="alemtuzumab-us", patient=(), **values):
        row = {"patient": [name], "sex": ["male"], "protocol": [protocol], **dict(patient)}
        infusions = {"patient": [name], "date": [first], "course": [1], "day": [1]}
        record = Record.from_tables(patients=row, infusions=infusions)
        write_record(record, source="registry", at=TREATED)
        person = Patient.objects.get(reference=name)
        change_reach(person, {**reach, **values}, actor="test", at=TREATED)
        return person

    def drawn(name, day, tests=None):
        """Everything that is due monthly comes back fine."""
        tests = tests or {
            "platelets": (240.0, "10*9/L"), "wbc": (6.0, "10*9/L"), "neutrophils": (4.0, "10*9/L"),
            "lymphocytes": (1.2, "10*9/L"), "hemoglobin": (14.0, "g/dL"),
            "creatinine": (70.0, "umol/L"), "urine_rbc": (1.0, "/[HPF]"),
            "urine_wbc": (1.0, "/[HPF]"), "urine_protein": (0.0, "{ordinal}"),
            "alt": (20.0, "U/L"), "ast": (20.0, "U/L"), "bilirubin": (10.0, "umol/L"),
            "tsh": (2.0, "m[IU]/L"), "cd4": (100.0, "/uL"),
        }  # fmt: skip
        rows = {
            "patient": [name] * len(tests),
            "date": [day] * len(tests),
            "test": list(tests),
            "value": [value for value, _ in tests.values()],
            "unit": [unit for _, unit in tests.values()],
        }
        write_record(Record.from_tables(results=rows), source="lab", at=noon(day))

    def run(now, **how):
        return send_due(now if isinstance(now, datetime) else noon(now), channels=ways, **how)

    return SimpleNamespace(treat=treat, drawn=drawn, run=run, ways=ways, **ways)


@pytest.fixture
def nurse(store):  # noqa: F811
    from django.contrib.auth.models import User

    from longwatch.store.models import Membership, Role

    user = User.objects.create(username="nora", email="nora@clinic.example")
    role = Role.objects.create(name="nurse")
    Membership.objects.create(user=user, role=role, since=TREATED)
    return user


def days(first, count):
    return [first + timedelta(days=number) for number in range(count)]
