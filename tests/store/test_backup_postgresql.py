"""A backup on PostgreSQL is proved without a server, and becomes a database again."""

import pytest
from django.db import connection
from tests.store.records import small

from longwatch.core.errors import UsageError
from longwatch.store.backup import BackupError, backup
from longwatch.store.backup_postgresql import load, prove_dump
from longwatch.store.record_in import write_record
from longwatch.store.record_out import read_record


@pytest.fixture
def saved(store, now, tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("see test_backup.py")
    write_record(small(), source="registry", at=now)
    return backup(tmp_path / "monday.dump").path


def test_a_restored_database_holds_what_the_database_held(saved):
    before = read_record().tables()
    name = connection.settings_dict["NAME"]
    with pytest.raises(UsageError, match="there is a store already"):
        load(saved, connection.settings_dict)
    connection.close()

    proof = load(saved, connection.settings_dict, aside=f"{name}_before")

    assert proof.anchor.number == 1
    for table, rows in before.items():
        assert read_record().tables()[table].equals(rows), table
    connection.close()
    connection.settings_dict["NAME"] = f"{name}_before"
    assert read_record().results.equals(before["results"])


def test_a_dump_that_is_not_whole_is_never_restored(saved):
    whole = saved.read_bytes()
    for wrong in (b"", whole[: len(whole) // 2], b"PGDMP" + bytes(100), b"patient,date"):
        saved.write_bytes(wrong)
        with pytest.raises(BackupError, match="no whole backup"):
            prove_dump(saved)


def test_a_dump_with_an_edited_audit_log_is_never_restored(saved):
    saved.unlink()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE store_auditentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE store_auditentry SET actor = 'nobody'")

    with pytest.raises(BackupError, match="audit log is not whole"):
        backup(saved)
    assert not saved.exists()
