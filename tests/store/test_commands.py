"""What an administrator types: each command on a store of its own, on both databases."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.store.messages import RECEPTION, clinic, oru
from tests.store.where import url_of

from longwatch.cli.main import main
from longwatch.store.arrivals import receive
from longwatch.store.examination import examine_store
from longwatch.store.models import JobRun
from longwatch.store.record_in import write_record
from longwatch.store.record_out import read_record


@pytest.fixture
def now():
    """The doctor compares with the clock of this machine, and with the times of files."""
    return datetime.now(UTC)


@pytest.fixture
def filled(store, now):
    write_record(clinic(), source="registry", at=now)
    receive(oru("25"), channel="mllp", received=now, reception=RECEPTION)
    JobRun.objects.create(name="sweep", every_seconds=60, last_try=now, last_success=now)
    return store


@pytest.fixture
def run(capsys):
    def call(*words):
        status = main([*words])
        return status, *capsys.readouterr()

    return call


def test_a_backup_is_restored_in_place_and_says_what_must_come_again(filled, run, now, tmp_path):
    file = str(tmp_path / "monday.backup")
    status, told, _ = run("backup", file, "--json")
    assert status == 0
    assert json.loads(told)["messages"] == 1
    assert json.loads(told)["verified"]
    connection.close()

    status, _, problem = run("restore", file, "--into", url_of(filled))
    assert (status, "already" in problem) == (2, True)
    status, told, problem = run("restore", file, "--into", url_of(filled), "--replace")

    assert status == 0, problem
    assert f"mllp: since {now:%Y-%m-%d %H:%M:%S}" in told
    assert "is kept as" in told
    assert run("audit", "verify")[0] == 0
    status, told, _ = run("audit", "show", "p1", "--by", "ann", "--json")
    assert [entry["action"] for entry in json.loads(told)] == ["received"]
    assert "read" in run("audit", "show", "p1", "--by", "ann")[1]


def test_H53_after_a_restore_what_is_sent_again_makes_the_same_state(filled, run, now, tmp_path):
    def send(numbers):
        for number in numbers:
            raw = oru(str(100 + number), order=f"B{number}", control=f"B{number}")
            receive(raw, channel="mllp", received=now, reception=RECEPTION)

    send(range(3))
    file = str(tmp_path / "monday.backup")
    assert run("backup", file)[0] == 0
    send(range(3, 7))
    before = read_record().results.drop_columns(["received"]).to_pylist()
    connection.close()

    assert run("restore", file, "--into", url_of(filled), "--replace")[0] == 0
    assert read_record().results.num_rows == 4
    # Some of it was in the backup already: twice is no harm.
    send(range(1, 7))

    assert read_record().results.drop_columns(["received"]).to_pylist() == before


def test_migrate_says_when_there_is_nothing_to_do(store, run):
    assert run("migrate", "--json")[0] == 0
    assert "Nothing to do" in run("migrate")[1]


def test_the_doctor_says_what_is_missing_and_its_status_follows_errors(filled, run, tmp_path):
    status, told, _ = run("doctor", "--zone", "Europe/Berlin", "--json")
    assert ("error" in {one["level"] for one in json.loads(told)}) == (status == 1)

    (tmp_path / "backups").mkdir()
    status, told, _ = run("doctor", "--zone", "Nowhere", "--backups", str(tmp_path / "backups"))
    assert status == 1
    assert "doctor.zone" in told
    assert "there is no backup" in told


def _sql(*statements):
    def do(now):
        with closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)

    return do


def _drop_guard(now):
    more = " ON store_result" if connection.vendor == "postgresql" else ""
    kind = "change" if connection.vendor == "postgresql" else "update"
    _sql(f"DROP TRIGGER store_result_refuse_{kind}{more}")(now)


def _edit_audit(now):
    if connection.vendor == "postgresql":
        _sql("ALTER TABLE store_auditentry DISABLE TRIGGER USER")(now)
    else:
        _sql("DROP TRIGGER store_auditentry_refuse_update")(now)
    _sql("UPDATE store_auditentry SET actor = 'nobody' WHERE number = 1")(now)


def _from_the_future(now):
    receive(oru("26"), channel="mllp", received=now + timedelta(days=1), reception=RECEPTION)


def _unknown_protocol(now):
    from longwatch.store.models import Patient, ProtocolInForce

    ProtocolInForce.objects.create(
        patient=Patient.objects.first(),
        protocol="nowhere",
        since=now.date(),
        author="x",
        filed_at=now,
    )


def _wait_long(now):
    raw = oru("30", who="99", order="Z")
    receive(raw, channel="folder", received=now - timedelta(days=8), reception=RECEPTION)


def _worker_stops(now):
    JobRun.objects.update(last_success=now - timedelta(minutes=4))


def _worker_fails(now):
    JobRun.objects.update(failure="OperationalError")


FAULTS = {
    "the worker is dead": (_worker_stops, "doctor.worker", "error"),
    "a job of the worker fails": (_worker_fails, "doctor.worker", "warning"),
    "a guard is gone": (_drop_guard, "store.E002", "error"),
    "the audit log was edited": (_edit_audit, "doctor.audit", "error"),
    "the clock went back": (_from_the_future, "doctor.clock", "error"),
    "a protocol cannot be read": (_unknown_protocol, "doctor.protocol", "error"),
    "something waits for a week": (_wait_long, "doctor.held", "warning"),
    "a feed is silent": (_wait_long, "doctor.feed", "warning"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_doctor_finds_every_fault(filled, now, fault):
    make, wanted, level = FAULTS[fault]
    sound = {(one.id, one.level.value) for one in examine_store(now)}
    assert (wanted, level) not in sound

    make(now)

    found = {(one.id, one.level.value): one for one in examine_store(now)}
    assert found[wanted, level].hint


def test_a_store_that_can_be_written_is_ready_and_one_that_cannot_is_not(filled):
    from longwatch.feed.clinic import cannot_store

    assert cannot_store() == ""
    connection.close()
    connection.settings_dict["NAME"] = "nowhere/at/all"
    assert "refused" in cannot_store()


def test_the_doctor_measures_a_laboratory_by_its_own_limit_and_names_the_zone_in_force(
    filled, run, now
):
    from longwatch.store.clinic_facts import LABORATORIES, ZONE
    from longwatch.store.models import Setting

    since = (now - timedelta(days=2)).isoformat()
    hours = {"LIS/LAB": 1, "SLOW/LAB": 72}
    said = [{"laboratory": name, "hours": limit, "since": since} for name, limit in hours.items()]
    Setting.objects.create(key=LABORATORIES, value=json.dumps(said))
    Setting.objects.create(key=ZONE, value=json.dumps("Asia/Tokyo"))

    _, told, _ = run("doctor", "--json")

    feeds = {
        one["what"].split()[0]: one["level"]
        for one in json.loads(told)
        if one["id"] == "doctor.feed"
    }
    assert feeds == {"LIS/LAB": "warning", "SLOW/LAB": "ok"}
    (zone,) = [one["what"] for one in json.loads(told) if one["id"] == "doctor.zone"]
    assert "Asia/Tokyo" in zone
