"""Messages into the store: filed, held, doubled or refused, and always all of it or nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import Error
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.store.messages import NEW_PEOPLE, RECEPTION, clinic, oru
from tests.store.often import often

from longwatch.core.errors import UsageError
from longwatch.core.record import Record
from longwatch.exchange import import_files
from longwatch.store.arrivals import keep_refused, receive
from longwatch.store.audit import verify_audit
from longwatch.store.models import HeldItem, Message, Patient, Result
from longwatch.store.record_in import write_record
from longwatch.store.record_out import read_record

MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def at_work(store):
    """A store with two patients."""
    write_record(clinic(), source="registry", at=MORNING)


def _receive(raw, minutes=0, reception=RECEPTION, **more):
    when = MORNING + timedelta(minutes=minutes)
    more = {"channel": "mllp", **more}
    return receive(raw, received=when, reception=reception, **more)


def _told(record: Record) -> dict[str, list]:
    """What a Record says, whatever the order of its rows and columns."""
    ignored = {"held": {"where"}}
    return {
        name: sorted(
            sorted(
                (column, str(cell))
                for column, cell in row.items()
                if cell is not None and column not in ignored.get(name, ())
            )
            for row in table.to_pylist()
        )
        for name, table in record.tables().items()
    }


def test_a_result_is_filed_under_its_patient_and_names_its_message(at_work):
    arrived = _receive(oru("25"), sender="LAB", control_id="C1")

    result = Result.objects.get()
    assert (arrived.state, arrived.touched) == ("filed", {"p1"})
    assert (result.patient.reference, result.value, result.sent_value) == ("p1", 25.0, "25")
    assert bytes(result.message.raw) == oru("25")
    assert result.message.control_id == "C1"
    assert verify_audit().entries == 2


def test_the_same_bytes_again_change_nothing_and_are_noted(at_work):
    first = _receive(oru())
    again = _receive(oru(), 5)

    assert (again.state, again.touched) == ("duplicate", frozenset())
    assert Result.objects.count() == 1
    assert list(Message.objects.values_list("state", "first")) == [
        ("filed", None),
        ("duplicate", first.message),
    ]


def test_the_same_result_in_another_message_is_a_duplicate(at_work):
    _receive(oru(control="C1"))

    assert _receive(oru(control="C2"), 5).state == "duplicate"
    assert Result.objects.count() == 1
    assert Message.objects.filter(first=None).count() == 2


def test_a_correction_stands_beside_the_result_it_corrects(at_work):
    _receive(oru("240"))
    _receive(oru("25", "C", sent="20250603120000", control="C2"), 5)

    assert read_record().results["value"].to_pylist() == [240.0, 25.0]
    assert read_record().results["status"].to_pylist() == ["final", "corrected"]


def test_a_result_taken_back_stays_readable_and_leaves_the_record(at_work):
    _receive(oru("240"))
    _receive(oru("240", "W", sent="20250603120000", control="C2"), 5)

    old, new = Result.objects.order_by("id")
    assert (old.status, new.status, new.supersedes) == ("final", "cancelled", old)
    assert read_record().results["status"].to_pylist() == ["cancelled"]
    assert read_record(as_of=MORNING).results["status"].to_pylist() == ["final"]
    assert HeldItem.objects.get().reason == "withdrawn"


def test_a_result_taken_back_before_it_came_is_cancelled_when_it_comes(at_work):
    _receive(oru("240", "W", sent="20250603120000", control="C2"))
    _receive(oru("240"), 5)

    assert read_record().results["status"].to_pylist() == ["cancelled"]


def test_a_result_of_somebody_unknown_waits_and_is_filed_when_the_person_comes(at_work):
    held = _receive(oru("25", who="77"))
    assert (held.state, held.held) == ("held", {"unknown-patient": 1})
    assert Result.objects.count() == 0

    bundle = (
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {'
        '"resourceType": "Patient", "id": "x", "identifier": '
        '[{"system": "https://clinic.example/mrn", "value": "77"}]}}]}'
    )
    came = _receive(bundle.encode(), 5)

    assert came.filed == {"patients": 1, "results": 1}
    assert Result.objects.get().patient.reference == "77"
    item = HeldItem.objects.get()
    assert (item.resolution, item.resolved_by) == ("filed", "longwatch")
    assert read_record().held.num_rows == 0


def test_what_a_person_rejected_is_not_held_again(at_work):
    _receive(oru("25", unit="furlongs"))
    HeldItem.objects.update(
        resolved_at=MORNING, resolved_by="ann", resolution="rejected", resolution_reason="a test"
    )

    assert _receive(oru("25", unit="furlongs", control="C2"), 5).held == {}
    assert HeldItem.objects.count() == 1


def test_an_unknown_person_becomes_a_patient_where_the_clinic_wants_it(at_work):
    _receive(oru("25", who="77"), reception=NEW_PEOPLE)

    assert Patient.objects.count() == 3
    assert Result.objects.get().patient.identifiers.get().value == "77"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "unsupported"),
        (b"\x00\x01\x02", "unsupported"),
        (b"%PDF-1.7", "unsupported"),
        (b"{", "bad-message"),
        (b"MSH", "bad-message"),
        (oru(production="T"), "not-production"),
        (oru(day="20270101"), "future-date"),
        (oru("clumped"), "not-a-value"),
        (oru(unit=""), "missing-unit"),
    ],
)
def test_whatever_arrives_is_kept_and_what_cannot_be_filed_waits(at_work, raw, reason):
    arrived = _receive(raw)

    assert (arrived.state, set(arrived.held)) == ("held", {reason})
    assert bytes(Message.objects.get().raw) == raw
    assert HeldItem.objects.get().message_id == arrived.message


def test_half_a_message_is_refused_kept_and_new_when_it_comes_whole(at_work):
    kept = keep_refused(
        oru(), channel="mllp", received=MORNING, reception=RECEPTION, why="no end block"
    )

    assert kept.state == "refused"
    assert HeldItem.objects.get().detail == "no end block"
    assert _receive(oru(), 5).state == "filed"


@pytest.mark.parametrize(
    "place",
    [
        "longwatch.store.desk.StoredHeldbook.write",
        "longwatch.store.desk.write_shelves",
        "longwatch.store.taking_in.record_entries",
    ],
)
def test_a_message_is_stored_whole_or_not_at_all(at_work, monkeypatch, place):
    """Also when the last of it fails: nothing is there, and sent again it is new."""

    def full(*_: object, **__: object) -> None:
        raise Error("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(place, full)
        with pytest.raises(Error, match="full"):
            _receive(oru("25", who="77"), reception=NEW_PEOPLE)
    assert not Message.objects.exists()
    assert not Result.objects.exists()
    assert Patient.objects.count() == 2

    assert _receive(oru("25", who="77"), reception=NEW_PEOPLE).state == "filed"


def test_what_belongs_to_a_message_falls_with_it(at_work):
    """Alerts are raised in the same transaction: without them there is no message either."""

    def no_alert(arrived):
        assert Result.objects.count() == 1
        raise RuntimeError("the alert could not be raised")

    with pytest.raises(RuntimeError):
        _receive(oru("25"), and_then=no_alert)

    assert not Message.objects.exists()
    assert not Result.objects.exists()


def test_a_moment_without_time_zone_is_refused(at_work):
    with pytest.raises(UsageError, match="time zone"):
        receive(b"x", channel="m", received=datetime(2026, 1, 1), reception=RECEPTION)  # noqa: DTZ001


MESSAGES = st.builds(
    oru,
    value=st.sampled_from(["240", "25", "<5", "clumped"]),
    status=st.sampled_from(["P", "F", "C", "X", "W", "D"]),
    who=st.sampled_from(["1", "2", "77"]),
    order=st.sampled_from(["A1", "A2"]),
    sent=st.sampled_from(["20250602120000", "20250603120000"]),
    unit=st.sampled_from(["10*9/L", "K/uL", ""]),
    control=st.sampled_from(["C1", "C2"]),
    born=st.sampled_from(["", "19900501", "19910101"]),
)


@settings(
    max_examples=often(10),
    deadline=None,
    # A smaller counterexample is not worth minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=6), create=st.booleans())
def test_the_store_ends_where_a_records_folder_ends(new_store, tmp_path, messages, create):
    """The oracle is the import into a Record: message by message, the same is filed and held."""
    new_store()
    write_record(clinic(), source="registry", at=MORNING)
    record = clinic()
    seen = set()
    for minute, raw in enumerate(messages):
        reception = NEW_PEOPLE if create else RECEPTION
        _receive(raw, minute, reception, channel="message.hl7")
        if raw in seen:
            continue
        seen.add(raw)
        file = Path(tmp_path, "message.hl7")
        file.write_bytes(raw)
        when = (MORNING + timedelta(minutes=minute)).replace(tzinfo=None)
        record = import_files([file], record, when, create_patients=create).record

    assert _told(read_record()) == _told(record)
