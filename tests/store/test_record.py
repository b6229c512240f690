"""A Record into the store and out again: the same, once, at any moment, for anybody."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest
from django.db import Error, connection
from hypothesis import HealthCheck, Phase, given, settings
from tests.store.often import often
from tests.store.records import records, small

from longwatch.core.errors import UsageError
from longwatch.core.record import Record
from longwatch.exchange import import_files
from longwatch.sample import sample_files
from longwatch.store.models import HeldItem, Patient, ProtocolInForce, Result
from longwatch.store.record_in import write_record
from longwatch.store.record_out import read_record


def assert_same(one: Record, other: Record) -> None:
    """Both hold the same rows in the same order and types."""
    for name, table in one.sorted().tables().items():
        assert other.tables()[name].to_pylist() == table.to_pylist(), name
        assert other.tables()[name].schema.equals(table.schema), name


def test_a_record_comes_out_as_it_went_in(store, now):
    write_record(small(), source="registry", at=now)

    assert_same(small(), read_record())


@settings(
    max_examples=often(15),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(record=records())
def test_any_record_comes_out_as_it_went_in_and_twice_is_once(new_store, now, record):
    new_store()
    write_record(record, source="registry", at=now)
    again = write_record(record, source="registry", at=now)

    assert_same(record, read_record())
    assert set(again.added.values()) == {0}
    assert again.held == {}


def test_the_sample_clinic_comes_out_as_it_went_in(store, now):
    wanted = {"clinic", "Patient.ndjson", "MedicationAdministration.ndjson", "lab-c-2024.csv"}
    files = [path for path in sample_files() if path.name in wanted | {"2026-Q3.hl7"}]
    record = import_files(files, Record(), datetime(2026, 11, 22, 8)).record  # noqa: DTZ001
    write_record(record, source="sample", at=now)

    assert record.results.num_rows > 1000
    assert_same(record, read_record())


def test_an_empty_record_makes_an_empty_store(store, now):
    write_record(Record(), source="nothing", at=now)

    assert_same(Record.from_tables(**Record().tables()), read_record())


def test_a_second_record_adds_only_what_is_new(store, now):
    one = small()
    more = replace(one, results=pa.concat_tables([one.results, one.results.slice(1, 1)]))
    write_record(one, source="registry", at=now)

    written = write_record(more, source="registry", at=now)

    assert written.added["results"] == 1
    assert written.known["results"] == 3
    assert_same(more, read_record())


def test_what_was_known_at_a_moment_comes_back(store, now):
    early = replace(small(), results=small().results.slice(0, 1), held=small().held.slice(0, 0))
    write_record(early, source="registry", at=now)
    write_record(small(), source="registry", at=now + timedelta(days=1))

    assert read_record(as_of=now - timedelta(seconds=1)).patients.num_rows == 0
    assert_same(early, read_record(as_of=now))
    assert_same(small(), read_record(as_of=now + timedelta(days=1)))


def test_a_row_superseded_later_stands_in_the_record_of_the_day_before(store, now):
    write_record(small(), source="registry", at=now)
    old = Result.objects.get(value=25.0)
    fields = {f.attname: getattr(old, f.attname) for f in Result._meta.concrete_fields}
    later = now + timedelta(hours=1)
    fields |= {"id": None, "digest": "new", "supersedes_id": old.id, "filed_at": later}
    Result.objects.create(**fields | {"status": "cancelled"})

    assert read_record(as_of=now).results["status"].to_pylist() == [None, None, None]
    assert read_record().results["status"].to_pylist() == [None, "cancelled", None]
    assert Result.objects.count() == 4


def test_a_row_that_is_gone_stands_in_the_record_of_the_day_before_only(store, now):
    write_record(small(), source="registry", at=now)
    old = Result.objects.get(value=25.0)
    later = now + timedelta(hours=1)
    Result.objects.create(
        patient=old.patient, date=old.date, test=old.test, filed_at=later,
        digest="gone", supersedes=old, gone=True,
    )  # fmt: skip

    assert read_record(as_of=now).results.num_rows == 3
    assert read_record().results.num_rows == 2
    assert write_record(small(), source="again", at=later).added["results"] == 0
    assert read_record().results.num_rows == 2


@pytest.mark.parametrize("wanted", [["p1"], ["p2"], ["p2", "p1"], [], ["nobody"]])
def test_a_record_of_some_people_is_theirs_alone(store, now, wanted):
    write_record(small(), source="registry", at=now)

    record = read_record(patients=wanted)

    assert record.patients["patient"].to_pylist() == sorted(set(wanted) - {"nobody"})
    for name, table in record.tables().items():
        assert set(table["patient"].to_pylist()) <= set(wanted), name
    assert record.problems == ()


def test_what_is_known_of_a_patient_is_filled_and_never_overwritten(store, now):
    write_record(small(), source="registry", at=now)
    other = Record.from_tables(
        patients={
            "patient": ["p1", "p2"],
            "birth_date": [date(1991, 1, 1), date(1980, 2, 2)],
            "protocol": ["alemtuzumab-eu", "alemtuzumab-eu"],
        }
    )

    written = write_record(other, source="hospital", at=now)

    assert Patient.objects.get(reference="p1").birth_date == date(1990, 5, 1)
    assert Patient.objects.get(reference="p2").birth_date == date(1980, 2, 2)
    assert set(ProtocolInForce.objects.values_list("patient__reference", "protocol")) == {
        ("p1", "alemtuzumab-us"),
        ("p2", "alemtuzumab-eu"),
    }
    assert written.held == {"patients": 1}
    assert sorted(HeldItem.objects.exclude(key="abc").values_list("reason", "patient")) == [
        ("duplicate-conflict", "p1"),
        ("duplicate-conflict", "p1"),
    ]
    assert write_record(other, source="hospital", at=now).added["patients"] == 0
    assert HeldItem.objects.count() == 3


def test_a_number_of_somebody_unknown_waits_for_a_person(store, now):
    stray = {"authority": ["A"], "value": ["9"], "patient": ["ghost"]}
    record = Record.from_tables(patients={"patient": ["p1"]}, identifiers=stray)

    written = write_record(record, source="registry", at=now)

    assert written.held == {"identifiers": 1}
    assert HeldItem.objects.get().reason == "unknown-patient"
    assert "ghost" in HeldItem.objects.get().raw


def test_a_record_is_written_whole_or_not_at_all(store, now, monkeypatch):
    def power_cut(*_: object, **__: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr("longwatch.store.record_in.record_audit", power_cut)
    with pytest.raises(OSError, match="power cut"):
        write_record(small(), source="registry", at=now)

    assert read_record().patients.num_rows == 0
    assert Result.objects.count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE store_result SET value = 1",
        "DELETE FROM store_result",
        "DELETE FROM store_infusion",
        "UPDATE store_event SET kind = 'x'",
        "DELETE FROM store_protocolinforce",
    ],
)
def test_no_filed_row_can_be_changed(store, now, statement):
    write_record(small(), source="registry", at=now)

    with pytest.raises(Error, match="append only"), connection.cursor() as cursor:
        cursor.execute(statement)

    assert_same(small(), read_record())


@pytest.mark.parametrize("ask", [read_record, lambda at: write_record(Record(), source="x", at=at)])
def test_a_moment_without_time_zone_is_refused(store, ask):
    with pytest.raises(UsageError, match="time zone"):
        ask(datetime(2026, 11, 22))  # noqa: DTZ001
