"""The desk: persons file, correct, reject and teach; H12, H27, H30."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from tests.store.messages import RECEPTION, oru
from tests.store.people import BORN, MORNING, adt, register, staff, two_records_of_one_person

from longwatch.core.errors import UsageError
from longwatch.store.aliases import confirm_alias, teach_code, teach_unit, withdraw_alias
from longwatch.store.arrivals import keep_refused, receive
from longwatch.store.audit import verify_audit
from longwatch.store.correcting import Correction
from longwatch.store.held_desk import file_held, reject_held, retry_held
from longwatch.store.models import AuditEntry, HeldItem, LearnedAlias, Patient, Result
from longwatch.store.record_out import read_record
from longwatch.store.waiting_list import shown, taught, waiting

LATER = MORNING + timedelta(hours=3)


@pytest.fixture
def at_work(store):
    """Two patients, and the people of the desk."""
    two_records_of_one_person()
    staff()


def _receive(raw, minutes=0, **more):
    when = MORNING + timedelta(minutes=minutes)
    return receive(raw, channel="mllp", received=when, reception=RECEPTION, **more)


def _held():
    return HeldItem.objects.get(resolved_at=None).key


def _file(key, by="ann", reason="asked the laboratory", **correction):
    chosen = Correction(**correction) if correction else None
    return file_held(key, by=by, reason=reason, at=LATER, reception=RECEPTION, correction=chosen)


WRONG = [
    ("an unknown number", oru("25", who="99"), {"patient": "p1"}, "p1", "2025-06-02"),
    ("another birth date", oru("25", born="19910501"), {"patient": "p1"}, "p1", "2025-06-02"),
    ("no unit", oru("25", unit=""), {"unit": "10*9/L"}, "p1", "2025-06-02"),
    ("a year too late", oru("25", day="20270602"), {"day": date(2025, 6, 3)}, "p1", "2025-06-03"),
]


@pytest.mark.parametrize(
    ("raw", "correction", "whose", "day"), [case[1:] for case in WRONG], ids=[c[0] for c in WRONG]
)
def test_what_the_sender_got_wrong_is_corrected_and_the_original_stays(
    at_work, raw, correction, whose, day
):
    _receive(raw)
    key = _held()
    heard = []

    arrived = file_held(
        key,
        by="ann",
        reason="asked the laboratory",
        at=LATER,
        reception=RECEPTION,
        correction=Correction(**correction),
        and_then=heard.append,
    )

    result = Result.objects.get()
    assert (result.patient.reference, result.value, str(result.date)) == (whose, 25.0, day)
    assert "corrected at the desk" in result.note
    assert heard == [arrived]
    assert arrived.touched == {whose}
    item = HeldItem.objects.get()
    assert (item.resolution, item.resolved_by) == ("filed", "ann")
    assert bytes(result.message.raw) == raw
    entry = AuditEntry.objects.get(action="filed what was held")
    assert (entry.actor, entry.patient) == ("ann", whose)
    assert read_record().held.num_rows == 0
    assert verify_audit().problem is None


def test_what_a_person_filed_is_not_held_again_when_it_comes_again(at_work):
    _receive(oru("25", unit=""))
    _file(_held(), unit="10*9/L")

    again = _receive(oru("25", unit="", control="C2"), 200)

    assert (again.held, again.duplicates) == ({}, 1)
    assert Result.objects.count() == 1


@pytest.mark.parametrize(
    ("correction", "words"),
    [
        ({}, "still cannot be filed.*unit"),
        ({"unit": "furlongs"}, "still cannot be filed.*furlongs"),
        ({"unit": "10*9/L", "day": date(2030, 1, 1)}, "still cannot be filed.*2030"),
        ({"unit": "10*9/L", "patient": "p9"}, "still cannot be filed.*p9"),
    ],
)
def test_what_still_cannot_be_filed_changes_nothing(at_work, correction, words):
    _receive(oru("25", unit=""))
    key = _held()

    with pytest.raises(UsageError, match=words):
        _file(key, **correction)

    assert not Result.objects.exists()
    assert _held() == key
    assert not AuditEntry.objects.filter(actor="ann").exists()


def test_what_hangs_on_it_falls_with_it(at_work):
    _receive(oru("25", who="99"))

    def no_alert(arrived):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        file_held(
            _held(),
            by="ann",
            reason="x",
            at=LATER,
            reception=RECEPTION,
            correction=Correction(patient="p1"),
            and_then=no_alert,
        )
    assert not Result.objects.exists()
    assert _held()


def test_only_the_desk_decides_and_never_without_a_reason(at_work):
    _receive(oru("25", unit=""))
    key = _held()

    for by, reason, words in (("carl", "x", "carl may not"), ("ann", " ", "no reason")):
        with pytest.raises(UsageError, match=words):
            _file(key, by, reason, unit="10*9/L")
        with pytest.raises(UsageError, match=words):
            reject_held(key, by=by, reason=reason, at=LATER)
    with pytest.raises(UsageError, match="carl may not"):
        retry_held(by="carl", at=LATER, reception=RECEPTION)


def test_what_was_rejected_stays_readable_and_waits_no_longer(at_work):
    _receive(oru("25", unit=""))
    key = _held()

    reject_held(key, by="bea", reason="a sample of the laboratory", at=LATER)

    assert waiting(LATER) == []
    assert shown(key, by="ann", now=LATER)["resolved"].startswith("rejected by bea: a sample")
    with pytest.raises(UsageError, match="bea has rejected it"):
        _file(key, unit="10*9/L")


def test_a_damaged_message_cannot_be_filed_but_set_aside(at_work):
    keep_refused(b"MSH|half", channel="m", received=MORNING, reception=RECEPTION, why="no end")

    with pytest.raises(UsageError, match=r"cannot be filed.*then reject it"):
        _file(_held())
    reject_held(_held(), by="ann", reason="it came whole later", at=LATER)


def test_of_two_desks_at_once_one_wins(at_work):
    _receive(oru("25", who="99"))
    key = _held()

    def work(by):
        try:
            _file(key, by, patient="p1" if by == "ann" else "p2")
            return "filed"
        except UsageError as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        ends = sorted(threads.map(work, ["ann", "bea"]))

    assert ends[0] == "filed" or ends[1] == "filed"
    assert sum("waits no longer" in end for end in ends) == 1
    assert Result.objects.count() == 1


def test_H28_a_merge_held_for_doubt_is_followed_when_a_person_says_so(store):
    register(("p1", "1", None, None, None), ("p2", "2", BORN, "female", "Roe, Ann"))
    staff()
    _receive(adt("A40"))
    sides = shown(_held(), by="ann", now=LATER)
    assert [one["numbers"] for one in sides["said"]] == [
        ["2 of https://clinic.example/mrn"],
        ["1 of https://clinic.example/mrn"],
    ]
    assert [one["patient"] for one in sides["here"]] == ["p1", "p2"]

    _file(_held(), reason="the letter of the hospital")

    assert Patient.objects.get(reference="p1").joined_into.reference == "p2"
    assert read_record().patients["patient"].to_pylist() == ["p2"]


def test_a_name_that_a_person_accepts_replaces_the_old_one_which_the_audit_log_keeps(store):
    register(("p2", "2", BORN, "female", "Roe, Ann"))
    staff()
    with connection.cursor():
        from longwatch.store.clinic_settings import trust

        trust(frozenset({"https://clinic.example/mrn"}))
    _receive(adt("A31", "2", "", name="Smith^Ann"))

    _file(_held(), reason="she married")

    assert Patient.objects.get().name == "Smith, Ann"
    assert "Roe, Ann" in AuditEntry.objects.get(action="changed a person").detail


def _at_desk(**more):
    return {"by": "ann", "reason": "their list of units", "at": LATER} | more


def test_H12_a_code_counts_when_a_second_person_has_signed_and_only_for_that_laboratory(at_work):
    _receive(oru("25", code="PLT9^Platelet count^L"))
    number = teach_code("LIS/LAB", "PLT9", "platelets", **_at_desk())
    retry_held(by="ann", at=LATER, reception=RECEPTION)
    assert not Result.objects.exists()
    with pytest.raises(UsageError, match="whoever taught it cannot confirm"):
        confirm_alias(number, by="ann", at=LATER, reception=RECEPTION)

    heard = []
    done = confirm_alias(number, by="bea", at=LATER, reception=RECEPTION, and_then=heard.append)

    assert (done.filed, done.touched) == ({"results": 1}, {"p1"})
    assert heard == [done]
    other = oru("24", code="PLT9^Platelet count^L", order="A2").replace(b"LIS|LAB", b"LIS|OTHER")
    assert set(_receive(other, 1).held) == {"unsupported"}
    (row,) = taught()
    assert (row["author"], row["confirmed_by"]) == ("ann", "bea")


def test_a_unit_counts_only_for_that_laboratory_and_test_and_is_kept_as_sent(at_work):
    _receive(oru("25", unit="Tausend/ul"))
    number = teach_unit("LIS/LAB", "platelets", "Tausend/ul", "10*3/uL", **_at_desk())
    confirm_alias(number, by="bea", at=LATER, reception=RECEPTION)

    result = Result.objects.get()
    assert (result.value, result.unit, result.sent_unit) == (25.0, "10*9/L", "Tausend/ul")
    assert "as taught at the desk" in result.note
    other = oru("24", unit="Tausend/ul", order="A2", control="C2")
    assert set(_receive(other.replace(b"LIS|LAB", b"LIS|OTHER"), 1).held) == {"unknown-unit"}
    wbc = oru("5", unit="Tausend/ul", order="A3", control="C3", code="6690-2^WBC^LN")
    assert set(_receive(wbc, 2).held) == {"unknown-unit"}

    withdraw_alias(number, by="bea", reason="they changed it", at=LATER)
    assert set(_receive(oru("23", unit="Tausend/ul", order="A4", control="C4"), 3).held) == {
        "unknown-unit"
    }


REFUSED = [
    (("platelets", "g/dL", "10*9/L"), "known to mean something"),
    (("platelets", "10*9/L", "10*9/L"), "known to mean something"),
    (("platelets", "", "10*9/L"), "no unit was sent"),
    (("platelets", "Tsd", "mg"), "is no unit of platelets"),
    (("plates", "Tsd", "10*9/L"), "no test is called"),
]


@pytest.mark.parametrize(("what", "words"), REFUSED)
def test_a_unit_known_to_mean_something_else_is_never_taught(at_work, what, words):
    with pytest.raises(UsageError, match=words):
        teach_unit("LIS/LAB", *what, **_at_desk())
    assert not LearnedAlias.objects.exists()


def test_a_code_is_taught_once_and_never_against_loinc(at_work):
    with pytest.raises(UsageError, match="means something else"):
        teach_code("LIS/LAB", "777-3", "tsh", **_at_desk())
    with pytest.raises(UsageError, match="no test is called"):
        teach_code("LIS/LAB", "PLT9", "plates", **_at_desk())
    teach_code("LIS/LAB", "PLT9", "platelets", **_at_desk())
    with pytest.raises(UsageError, match="taught already"):
        teach_code("LIS/LAB", "PLT9", "wbc", **_at_desk())


def test_the_list_shows_the_oldest_first_with_its_age(at_work):
    _receive(oru("25", who="99"))
    _receive(oru("25", unit="", control="C2"), 60)

    rows = waiting(LATER)

    assert [(row["reason"], row["hours"]) for row in rows] == [
        ("unknown-patient", 3),
        ("missing-unit", 2),
    ]
    assert [row["patient"] for row in waiting(LATER, patient="p1")] == ["p1"]
