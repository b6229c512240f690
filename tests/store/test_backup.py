"""A backup is made while people work, is proved by reading it, and becomes a store again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection
from tests.store.records import small

from longwatch.core.errors import UsageError
from longwatch.store.backup import BackupError, backup, prove, restore
from longwatch.store.record_in import write_record
from longwatch.store.record_out import read_record

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def on_sqlite(store):
    if connection.vendor != "sqlite":
        pytest.skip("see test_backup_postgresql.py")


@pytest.fixture
def saved(on_sqlite, now, tmp_path):
    write_record(small(), source="registry", at=now)
    return backup(tmp_path / "monday.backup").path


def test_a_restored_store_holds_what_the_store_held(saved, tmp_path, now):
    before = read_record()
    restore(saved, tmp_path / "again.db")
    connection.close()
    connection.settings_dict["NAME"] = str(tmp_path / "again.db")

    for name, table in before.tables().items():
        assert read_record().tables()[name].equals(table), name
    assert write_record(small(), source="registry", at=now).added["results"] == 0


def test_a_backup_is_one_file_for_its_owner_alone(saved, tmp_path):
    assert [path.name for path in tmp_path.iterdir() if "monday" in path.name] == ["monday.backup"]
    assert saved.stat().st_mode & 0o077 == 0


def test_a_backup_does_not_wait_for_a_writer_and_sees_no_half_of_what_it_does(
    on_sqlite, store, now, tmp_path
):
    write_record(small(), source="registry", at=now)
    with closing(sqlite3.connect(store, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO store_role (name) VALUES ('nurse')")
        proof = backup(tmp_path / "monday.backup")
        writer.execute("COMMIT")

    with closing(sqlite3.connect(proof.path)) as copy:
        assert copy.execute("SELECT count(*) FROM store_role").fetchone() == (0,)
        assert copy.execute("SELECT count(*) FROM store_result").fetchone() == (3,)


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    place = data.rindex(b"alemtuzumab-us")
    data[place : place + 1] = b"X"
    data[-4096 * 3 : -4096 * 2] = bytes(4096)
    file.write_bytes(data)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5000])


def _edit(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as copy:
        for statement in statements:
            copy.execute(statement)
        copy.commit()


MISTAKES = {
    "the file was cut off": _cut,
    "a page was lost": _flip,
    "this is another file": lambda file: file.write_text("patient,date\n"),
    "the file is empty": lambda file: file.write_bytes(b""),
    "somebody edited the audit log": lambda file: _edit(
        file,
        "DROP TRIGGER store_auditentry_refuse_update",
        "UPDATE store_auditentry SET actor = 'nobody'",
    ),
    "results of a person who is not there": lambda file: _edit(file, "DELETE FROM store_patient"),
    "there is no file": lambda file: file.unlink(),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_backup_that_is_not_whole_is_never_restored(saved, tmp_path, mistake):
    MISTAKES[mistake](saved)

    with pytest.raises(BackupError, match="no whole backup"):
        restore(saved, tmp_path / "again.db")
    assert not list(tmp_path.glob("*again*"))


def test_neither_backup_nor_restore_overwrites_a_file(saved, tmp_path):
    with pytest.raises(UsageError, match="there is a file already"):
        backup(saved)
    with pytest.raises(UsageError, match="there is a file already"):
        restore(saved, Path(connection.settings_dict["NAME"]))


def test_a_folder_that_is_not_there_is_named(on_sqlite, tmp_path):
    with pytest.raises(BackupError, match="cannot write here"):
        backup(tmp_path / "nowhere" / "monday.backup")


def test_the_proof_says_where_the_audit_log_ended(saved):
    assert prove(saved).anchor.number == 1


def test_a_store_is_replaced_only_when_nobody_works_with_it_and_is_kept(saved, tmp_path):
    store = Path(connection.settings_dict["NAME"])
    with pytest.raises(UsageError, match="somebody works with this store"):
        restore(saved, store, aside=tmp_path / "before.db")
    connection.close()
    before = store.read_bytes()

    restore(saved, store, aside=tmp_path / "before.db")

    assert prove(tmp_path / "before.db").anchor == prove(store).anchor
    assert len((tmp_path / "before.db").read_bytes()) == len(before)
