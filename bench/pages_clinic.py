"""A clinic's store with made people, three years of results and their alerts, as of today.

    python -m bench.pages_clinic --patients 10000 --database sqlite:///clinic.db

The store must be new. A process of its own, since one process has one store. The first
people come in and are judged as everybody is; the others are these again, copied row by row in the
database: a page asks no more of a copy than of its like.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from dataclasses import replace
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
_JUDGED = 250
"""So many people come in and are judged; the others are copies of them."""
_BESIDE = {
    "wbc": ("neutrophils", 6.0, "10*9/L"),
    "urine_wbc": ("urine_rbc", 1.0, "/[HPF]"),
    "urine_protein": ("urine_rbc", 0.0, "{ordinal}"),
    "ast": ("alt", 20.0, "U/L"),
    "bilirubin": ("alt", 8.0, "umol/L"),
}
_COPIED = (
    "Patient", "Identifier", "Infusion", "Result", "Event", "ProtocolInForce", "Standing",
    "Alert", "AlertState", "InboxItem",
)  # fmt: skip
_OWN_WORDS = {"Patient": ("reference",), "Identifier": ("value",), "Alert": ("subject",)}
"""Texts that no two rows have in common; elsewhere the digest of a row."""


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
        generate(Path(folder) / "made", min(patients, _JUDGED))
        made = with_whole_panels(Record.read(Path(folder) / "made"))
        record = as_of_today(made, now.date())
    write_record(record, source="bench", at=now)
    written = time.perf_counter()
    sweep(now, read_clinic(UTC), why="first look")
    swept = time.perf_counter()
    copy_people(patients // _JUDGED - 1)
    nurse = role("nurse")
    for number in range(USERS):
        user = get_user_model().objects.create(username=f"nurse{number}")
        Membership.objects.create(user=user, role=nurse, since=now - timedelta(days=1))
    ended = time.perf_counter()
    return {
        "results": Result.objects.count(),
        "alerts": Alert.objects.count(),
        "write_seconds": round(written - begun, 1),
        "sweep_seconds": round(swept - written, 1),
        "copy_seconds": round(ended - swept, 1),
    }


def with_whole_panels(record: Record) -> Record:
    """With the tests that a panel asks for besides those made, drawn with them and normal.

    Without them nobody's blood count would ever be whole, and everybody overdue.
    """
    more = [record.results]
    for name, (beside, value, unit) in _BESIDE.items():
        drawn = record.results.filter(pc.equal(record.results["test"], beside))
        cells = {
            "test": name,
            "value": value,
            "unit": unit,
            "low": None,
            "high": None,
            "comparator": None,
        }
        for column, cell in cells.items():
            place = drawn.schema.get_field_index(column)
            field = drawn.schema.field(place)
            drawn = drawn.set_column(
                place, field, pa.repeat(pa.scalar(cell, field.type), len(drawn))
            )
        more.append(drawn)
    return replace(record, results=pa.concat_tables(more))


def copy_people(times: int) -> None:
    """Everybody so many times more, with all that is known of them."""
    from django.core.management.color import no_style
    from django.db import connection, transaction
    from django.db.models import Max

    from longwatch.store import models

    wanted = [getattr(models, name) for name in _COPIED]
    spans = {one: one.objects.aggregate(last=Max("pk"))["last"] or 0 for one in wanted}
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Rows that were checked once are not checked again.
            cursor.execute("SET LOCAL session_replication_role = replica")
        for number, model in itertools.product(range(1, times + 1), wanted):
            cells = {}
            for field in model._meta.local_concrete_fields:
                target = field.related_model if field.is_relation else None
                target = model if field.primary_key and target is None else target
                cells[f'"{field.column}"'] = (
                    f'"{field.column}" + {number * spans[target]}'
                    if target in spans
                    else f"\"{field.column}\" || '-{number}'"
                    if field.name in _OWN_WORDS.get(model.__name__, ("digest",))
                    else f'"{field.column}"'
                )
            key, table = model._meta.pk.column, model._meta.db_table
            cursor.execute(
                f'INSERT INTO "{table}" ({", ".join(cells)}) SELECT {", ".join(cells.values())} '
                f'FROM "{table}" WHERE "{key}" <= {spans[model]}'
            )
        for statement in connection.ops.sequence_reset_sql(no_style(), wanted):
            cursor.execute(statement)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


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
    """A signed-in session for each user, who has the second factor that is asked of staff."""
    from allauth.mfa.models import Authenticator
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    found = []
    for user in User.objects.filter(username__startswith="nurse"):
        app = Authenticator.Type.TOTP
        Authenticator.objects.get_or_create(user=user, type=app, defaults={"data": {"secret": ""}})
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
