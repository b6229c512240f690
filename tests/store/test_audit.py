"""The audit log: what was written stays, and whoever changes it past the guards is found out."""

from datetime import UTC, datetime

import pytest
from django.db import Error, connection, transaction

from longwatch.core.errors import UsageError
from longwatch.store.audit import Anchor, record_audit, verify_audit
from longwatch.store.guards import install_guards, missing_guards
from longwatch.store.models import AuditEntry


def _entries(number, now):
    for place in range(number):
        record_audit("read", actor="nurse", at=now, kind="patient", target=f"p{place}")


def _past_the_guards(statement):
    """What somebody does who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for guard in ("update", "delete", "replace"):
                cursor.execute(f"DROP TRIGGER store_auditentry_refuse_{guard}")
        else:
            cursor.execute("ALTER TABLE store_auditentry DISABLE TRIGGER USER")
        cursor.execute(statement)


def test_a_chain_as_it_was_written_is_in_order(store, now):
    _entries(5, now)

    report = verify_audit()

    assert report.problem is None
    assert (report.entries, report.anchor.number) == (5, 5)


@pytest.mark.parametrize(
    ("done", "words"),
    [
        ("UPDATE store_auditentry SET actor = 'nobody' WHERE number = 3", "entry 3 is not what"),
        ("UPDATE store_auditentry SET detail = '{} ' WHERE number = 2", "entry 2 is not what"),
        ("UPDATE store_auditentry SET patient = 'p9' WHERE number = 1", "entry 1 is not what"),
        ("UPDATE store_auditentry SET hash = 'a' WHERE number = 4", "entry 4 is not what"),
        ("DELETE FROM store_auditentry WHERE number = 3", "entries were removed"),
        ("DELETE FROM store_auditentry WHERE number = 1", "entries were removed"),
        ("UPDATE store_auditentry SET previous = 'x' WHERE number = 5", "does not follow"),
    ],
)
def test_an_entry_changed_past_the_guards_is_found(store, now, done, words):
    _entries(5, now)
    _past_the_guards(done)

    report = verify_audit()

    assert report.problem is not None
    assert words in report.problem.what


def test_a_chain_cut_off_at_its_end_is_found_by_an_anchor_kept_outside(store, now):
    _entries(5, now)
    anchor = verify_audit().anchor
    _past_the_guards("DELETE FROM store_auditentry WHERE number = 5")

    assert verify_audit().problem is None
    assert verify_audit(anchor).problem is not None


def test_an_older_anchor_fits_a_longer_chain(store, now):
    _entries(2, now)
    anchor = verify_audit().anchor
    _entries(2, now)

    assert verify_audit(anchor).problem is None
    assert verify_audit(Anchor(2, "0" * 64)).problem is not None


def test_an_entry_stands_or_falls_with_the_transaction_it_tells_of(store, now):
    def interrupted():
        with transaction.atomic():
            _entries(1, now)
            raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        interrupted()

    assert verify_audit().entries == 0


OF_ONE_DATABASE = {
    "sqlite": ["INSERT OR REPLACE INTO store_auditentry SELECT * FROM store_auditentry"],
    "postgresql": ["TRUNCATE store_auditentry"],
}


def test_the_database_refuses_to_change_what_was_written(store, now):
    _entries(2, now)
    statements = ["UPDATE store_auditentry SET actor = 'x'", "DELETE FROM store_auditentry"]

    for statement in statements + OF_ONE_DATABASE[connection.vendor]:
        with pytest.raises(Error, match="append only"), connection.cursor() as cursor:
            cursor.execute(statement)

    assert verify_audit().entries == 2


def test_the_orm_is_refused_as_well(store, now):
    _entries(1, now)

    with pytest.raises(Error, match="append only"):
        AuditEntry.objects.update(actor="x")
    with pytest.raises(Error, match="append only"):
        AuditEntry.objects.all().delete()


def test_guards_that_were_removed_are_named_and_put_back(store):
    _past_the_guards("SELECT 1")
    missing = missing_guards(connection)
    install_guards(connection)

    assert missing
    assert all(name.startswith("store_auditentry_refuse") for name in missing)
    assert missing_guards(connection) == []


@pytest.mark.parametrize(
    ("actor", "at"),
    [("", datetime(2026, 11, 22, tzinfo=UTC)), ("nurse", datetime(2026, 11, 22))],  # noqa: DTZ001
)
def test_an_entry_without_actor_or_time_zone_is_refused(store, actor, at):
    with pytest.raises(UsageError):
        record_audit("read", actor=actor, at=at, kind="patient")
