"""A clinic's store with made people, three years of results and their alerts, as of today.

    python -m bench.pages_clinic --patients 10000 --database sqlite:///clinic.db

The store must be new. A process of its own, since one process has one store.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bench.cohort import AS_OF
from bench.generate import generate
from longwatch.core.dates import add_months
from longwatch.core.record import Record

USERS = 50
_MONTHS = 36


def fill(database: str, patients: int) -> dict[str, Any]:
    """Writes the clinic; seconds and rows."""
    from longwatch.store.setup import migrate

    migrate()
    from django.contrib.auth import get_user_model

    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.roles import role
    from longwatch.alerts.sweep import sweep
    from longwatch.store.models import Alert, Membership, Result
    from longwatch.store.record_in import write_record

    now = datetime.now(UTC)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder) / "made", patients)
        record = as_of_today(Record.read(Path(folder) / "made"), now.date())
    write_record(record, source="bench", at=now)
    written = time.perf_counter()
    sweep(now, read_clinic(UTC), why="first look")
    nurse = role("nurse")
    for number in range(USERS):
        user = get_user_model().objects.create(username=f"nurse{number}")
        Membership.objects.create(user=user, role=nurse, since=now - timedelta(days=1))
    ended = time.perf_counter()
    return {
        "results": Result.objects.count(),
        "alerts": Alert.objects.count(),
        "write_seconds": round(written - begun, 1),
        "sweep_seconds": round(ended - written, 1),
    }


def as_of_today(record: Record, today: date) -> Record:
    """The made people moved to today, with the results of three years."""
    days = (today - AS_OF).days
    first = add_months(today, -_MONTHS)
    tables = {}
    for name in ("patients", "infusions", "results", "events"):
        table = getattr(record, name)
        for place, field in enumerate(table.schema):
            if pa.types.is_date32(field.type):
                moved = pc.add(table[field.name].cast(pa.int32()), pa.scalar(days, pa.int32()))
                table = table.set_column(place, field.name, moved.cast(pa.date32()))
            elif pa.types.is_timestamp(field.type):
                moved = pc.add(table[field.name], pa.scalar(timedelta(days=days)))
                table = table.set_column(place, field.name, moved.cast(field.type))
        tables[name] = table
    results = tables["results"]
    tables["results"] = results.filter(pc.greater_equal(results["date"], pa.scalar(first)))
    return Record.from_tables(**tables)


def sessions() -> list[str]:
    """A signed-in session for each user: the cookies."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    found = []
    for user in User.objects.filter(username__startswith="nurse"):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        found.append(str(session.session_key))
    return found


def system(now: datetime) -> str:
    """The token of a system that may ask everything."""
    from django.contrib.auth.models import User

    from longwatch.alerts.roles import role
    from longwatch.store.clients import register_client
    from longwatch.store.models import Membership

    lead, _ = User.objects.get_or_create(username="lead")
    Membership.objects.get_or_create(user=lead, role=role("lead"), defaults={"since": now})
    return register_client(
        f"bench-{now.timestamp()}",
        by="lead",
        at=now + timedelta(seconds=1),
        scopes=("system/*.rs", "cds-hooks", "api"),
        expires_at=now + timedelta(days=1),
    )


if __name__ == "__main__":
    import os

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--database", required=True)
    parser.add_argument("--only-sessions", action="store_true")
    chosen = parser.parse_args()
    os.environ["LONGWATCH_DATABASE"] = chosen.database
    os.environ["DJANGO_SETTINGS_MODULE"] = "longwatch.web.settings"
    import django

    django.setup()
    told: dict[str, Any] = {}
    if not chosen.only_sessions:
        told = fill(chosen.database, chosen.patients)
    from longwatch.store.models import Patient

    told |= {"sessions": sessions(), "token": system(datetime.now(UTC))}
    keys = list(Patient.objects.order_by("pk").values_list("pk", flat=True))
    told |= {"first_key": keys[0], "people": len(keys)}
    print(json.dumps(told))
