"""H28: merges, changed numbers, links, moved visits: followed, reversible, never guessed."""

from __future__ import annotations

import itertools
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.store.messages import RECEPTION, oru
from tests.store.people import (
    BORN,
    MORNING,
    adt,
    believe_the_registry,
    register,
    staff,
    two_records_of_one_person,
)

from longwatch.core.errors import UsageError
from longwatch.exchange.hl7 import read_hl7
from longwatch.exchange.intake import tally
from longwatch.store.arrivals import receive
from longwatch.store.audit import verify_audit
from longwatch.store.merging import merge, unmerge
from longwatch.store.models import AuditEntry, HeldItem, Patient, PatientLink, Result
from longwatch.store.record_out import read_record


@pytest.fixture
def at_work(store):
    """Two records of one person in a clinic that trusts the registry."""
    two_records_of_one_person()
    believe_the_registry()
    staff()


def _receive(raw, minutes=0, **more):
    when = MORNING + timedelta(minutes=minutes)
    more = {"channel": "mllp", "reception": RECEPTION, **more}
    return receive(raw, received=when, **more)


def _told(record, *leave_out):
    """Rows of each table whatever their order, without empty cells."""
    return {
        name: sorted(
            sorted((c, str(v)) for c, v in row.items() if v is not None and c not in leave_out)
            for row in table.to_pylist()
        )
        for name, table in record.tables().items()
    }


def test_after_a_merge_both_histories_are_read_under_the_reference_that_stays(at_work):
    _receive(oru("240", who="1", order="A1"))
    _receive(oru("60", who="2", order="A2", control="C2"), 1)

    came = _receive(adt("A40"), 2)

    assert (came.state, "p2" in came.touched) == ("filed", True)
    record = read_record()
    assert record.patients["patient"].to_pylist() == ["p2"]
    assert record.results["patient"].to_pylist() == ["p2", "p2"]
    assert sorted(record.results["value"].to_pylist()) == [60.0, 240.0]
    assert read_record(patients=["p1"]).results.num_rows == 2
    assert {r.patient.reference for r in Result.objects.all()} == {"p1", "p2"}
    entry = AuditEntry.objects.get(action="joined patients")
    assert (entry.target, entry.patient) == ("p1", "p2")
    assert verify_audit().problem is None


def test_late_results_to_the_old_number_follow(at_work):
    _receive(adt("A34"))

    late = _receive(oru("25", who="1"), 1)

    assert late.touched == {"p2"}
    assert read_record().results["patient"].to_pylist() == ["p2"]
    assert Result.objects.get().patient.reference == "p1"


def test_a_message_with_both_numbers_is_no_contradiction_after_the_merge(at_work):
    both = oru("25").replace(b"PID|1||1^^^", b"PID|1||2^^^&https://clinic.example/mrn&URI^MR~1^^^")
    assert set(_receive(both).held) == {"identity-conflict"}

    _receive(adt("A40"), 1)
    _receive(both.replace(b"C1", b"C2"), 2)

    assert Result.objects.get().patient.reference == "p2"


def test_separating_gives_back_exactly_what_each_had(at_work):
    messages = [
        oru("240", who="1"),
        oru("25", "C", who="1", sent="20250603120000", control="C2"),
        oru("99", who="2", order="A2", control="C3"),
        oru("99", "W", who="2", order="A2", control="C4", sent="20250604120000"),
    ]
    for minute, raw in enumerate(messages):
        _receive(raw, minute)
    before = _told(read_record())

    merge("p1", "p2", by="ann", reason="one person", at=MORNING + timedelta(hours=1))
    assert _told(read_record()) != before
    assert unmerge("p1", by="bea", reason="twins", at=MORNING + timedelta(hours=2)) == "p2"

    assert _told(read_record()) == before
    assert read_record(as_of=MORNING + timedelta(minutes=90)).patients.num_rows == 1


def test_what_came_in_between_goes_to_whom_its_number_names(at_work):
    merge("p1", "p2", by="ann", reason="one person", at=MORNING)
    _receive(oru("25", who="1", order="A1"), 1)
    _receive(oru("26", who="2", order="A2", control="C2"), 2)

    unmerge("p1", by="ann", reason="twins", at=MORNING + timedelta(hours=1))

    found = read_record().results.to_pylist()
    assert {row["patient"]: row["value"] for row in found} == {"p1": 25.0, "p2": 26.0}


def test_a_withdrawal_under_the_new_number_takes_back_a_result_under_the_old(at_work):
    _receive(oru("25", who="1"))
    _receive(adt("A40"), 1)
    _receive(oru("25", "W", who="2", sent="20250603120000", control="C2"), 2)

    assert read_record().results["status"].to_pylist() == ["cancelled"]
    unmerge("p1", by="ann", reason="twins", at=MORNING + timedelta(hours=1))
    assert read_record(patients=["p1"]).results["status"].to_pylist() == ["final"]


def test_one_result_sent_under_both_numbers_is_read_once(at_work):
    _receive(adt("A40"))
    _receive(oru("25", who="1"), 1)
    _receive(oru("25", who="2", control="C2"), 2)

    assert read_record().results.num_rows == 1


DOUBTS = [
    ({"born": "19910501"}, "the birth date is"),
    ({"born": ""}, "the birth date of the message is not known"),
    ({"sex": "M"}, "the sex is"),
    ({"name": "Roe^Eve"}, "the name is"),
]


@pytest.mark.parametrize(("said", "words"), DOUBTS)
def test_a_merge_that_demographics_do_not_bear_out_waits_for_a_person(at_work, said, words):
    assert set(_receive(adt("A40", **said)).held) == {"identity-conflict"}

    assert words in HeldItem.objects.get().detail
    assert not PatientLink.objects.exists()


def test_a_merge_of_somebody_not_trusted_waits_for_a_person(store):
    two_records_of_one_person()

    assert set(_receive(adt("A40")).held) == {"identity-conflict"}
    assert "is not trusted" in HeldItem.objects.get().detail


def test_twins_are_not_merged(store):
    register(("p1", "1", BORN, "female", "Roe, Eve"), ("p2", "2", BORN, "female", "Roe, Ann"))
    believe_the_registry()

    assert set(_receive(adt("A40")).held) == {"identity-conflict"}


def test_a_merge_that_a_person_undid_is_not_made_again_by_a_message(at_work):
    _receive(adt("A40"))
    unmerge("p1", by="ann", reason="twins", at=MORNING + timedelta(minutes=1))

    assert set(_receive(adt("A40", control="M2"), 2).held) == {"identity-conflict"}
    assert read_record().patients.num_rows == 2


def test_chains_and_circles_are_refused_with_the_reason(at_work):
    register(("p3", "3", BORN, "female", "Roe, Ann"))
    more = {"by": "ann", "reason": "one person", "at": MORNING}
    merge("p1", "p2", **more)

    for pair, words in (
        (("p2", "p1"), "the other way round"),
        (("p1", "p2"), "joined already"),
        (("p2", "p3"), "p1 is read under p2"),
        (("p3", "p1"), "p1 is itself read under p2.*join into p2"),
        (("p1", "p3"), "p1 is read under p2.*separate"),
        (("p3", "p3"), "the same reference"),
        (("p3", "p9"), "no patient is called 'p9'"),
    ):
        with pytest.raises(UsageError, match=words):
            merge(*pair, **more)
    merge("p3", "p2", **more)
    assert Patient.objects.exclude(joined_into=None).count() == 2
    assert set(_receive(adt("A40", "4", "2")).held) == set()


def test_only_a_role_of_the_desk_joins_people_and_never_without_a_reason(at_work):
    for by, reason, words in (
        ("carl", "x", "carl may not do this.*laboratory-desk"),
        ("dora", "x", "nobody active is called 'dora'"),
        ("ann", "  ", "no reason was given"),
    ):
        with pytest.raises(UsageError, match=words):
            merge("p1", "p2", by=by, reason=reason, at=MORNING)
    assert not PatientLink.objects.exists()


@pytest.mark.parametrize("trigger", ["A47", "A30", "A40"])
def test_a_changed_number_is_learned_and_waiting_results_are_filed(store, trigger):
    register(("p1", "1", BORN, "female", "Roe, Ann"))
    believe_the_registry()
    assert set(_receive(oru("25", who="77")).held) == {"unknown-patient"}

    _receive(adt(trigger, "77", "1"), 1)

    assert Result.objects.get().patient.reference == "p1"
    late = _receive(oru("24", who="1", order="A2", control="C2"), 2)
    assert late.touched == {"p1"}


def test_a_changed_number_that_is_somebody_elses_waits_for_a_person(at_work):
    assert set(_receive(adt("A47", "2", "1")).held) == {"identity-conflict"}
    assert "both numbers are known" in HeldItem.objects.get().detail


def test_a_link_joins_and_an_unlink_separates(at_work):
    _receive(adt("A24"))
    assert read_record().patients.num_rows == 1
    _receive(adt("A37"), 1)

    assert read_record().patients.num_rows == 2


def test_mother_and_child_who_are_linked_stay_two(store):
    child = date(2025, 5, 1)
    register(("p1", "1", child, "female", "Roe, Ann"), ("p2", "2", BORN, "female", "Roe, Ann"))
    believe_the_registry()

    assert set(_receive(adt("A24")).held) == {"identity-conflict"}


def test_an_update_fills_what_was_empty_and_a_contradiction_waits(store):
    register(("p1", "1", None, None, None), ("p2", "2", BORN, "female", "Roe, Ann"))
    believe_the_registry()

    assert _receive(adt("A08", "1", "")).filed == {"patients": 1}
    assert (Patient.objects.get(reference="p1").birth_date, Patient.objects.count()) == (BORN, 2)
    assert set(_receive(adt("A31", "2", "", name="Smith^Ann", control="M2"), 1).held) == {
        "identity-conflict"
    }
    assert _receive(adt("A28", "99", "", control="M3"), 2).counted


def _of_visit(raw, visit):
    return raw.replace(b"\rOBR", b"\rPV1|1|O" + b"|" * 17 + visit + b"\rOBR")


def test_a_visit_that_moves_takes_its_results_and_the_late_ones_with_it(store):
    born = date(1980, 1, 1)
    register(("p1", "1", born, "male", "Doe, Jon"), ("p2", "2", BORN, "female", "Roe, Ann"))
    believe_the_registry()
    _receive(_of_visit(oru("25", order="A1"), b"V1"))
    _receive(_of_visit(oru("240", order="A2", control="C2"), b"V2"), 1)

    _receive(adt("A45", rest="||||V1"), 2)
    _receive(_of_visit(oru("24", order="A3", control="C3"), b"V1"), 3)

    found = read_record().results.to_pylist()
    assert sorted((r["patient"], r["value"]) for r in found) == [
        ("p1", 240.0),
        ("p2", 24.0),
        ("p2", 25.0),
    ]
    assert read_record(as_of=MORNING).results["patient"].to_pylist() == ["p1"]


def test_a_visit_of_which_not_every_result_says_so_waits_for_a_person(at_work):
    _receive(oru("25"))

    assert set(_receive(adt("A45", rest="||||V1"), 1).held) == {"identity-conflict"}


def test_a_test_message_merges_nobody(at_work):
    assert _receive(adt("A40", mode="T")).counted

    assert not PatientLink.objects.exists()


RELATED = [
    oru("26", "P", who="1", sent="20250602110000", control="C0"),
    oru("25", who="1", sent="20250602120000", control="C1"),
    oru("250", "C", who="2", sent="20250603120000", control="C2"),
    adt("A40"),
]
TAKEN_BACK = {
    "before the correction": oru("25", "W", who="2", sent="20250602150000", control="C3"),
    "after it": oru("25", "W", who="1", sent="20250604120000", control="C3"),
}


def _ends(new_store, messages, order):
    new_store()
    two_records_of_one_person()
    believe_the_registry()
    for minute, number in enumerate(order):
        _receive(messages[number], minute)
    record = read_record()
    standing = [row for row in record.results.to_pylist() if row["status"] != "cancelled"]
    newest = max((row for row in standing), key=lambda row: row["received"], default=None)
    value = newest and newest["value"]
    return value, _told(record, "received", "where", "detail")


def _orders(share):
    orders = list(itertools.permutations(range(5)))
    return orders[::share]


def _check(new_store, taken_back, orders):
    messages = [*RELATED, TAKEN_BACK[taken_back]]
    first = _ends(new_store, messages, orders[0])
    assert first[0] == {"before the correction": 250.0, "after it": None}[taken_back]
    for order in orders:
        # Each message three times: once in its place, then all of them again, twice.
        assert _ends(new_store, messages, (*order, *order[::-1], *order)) == first, order


@pytest.mark.parametrize("taken_back", TAKEN_BACK)
def test_H20_every_order_of_result_correction_withdrawal_and_merge_ends_alike(
    new_store, taken_back
):
    _check(new_store, taken_back, _orders(12))


@pytest.mark.campaign
@pytest.mark.parametrize("taken_back", TAKEN_BACK)
def test_H20_all_orders_of_result_correction_withdrawal_and_merge_end_alike(new_store, taken_back):
    _check(new_store, taken_back, _orders(1))


def test_H28_real_messages_of_other_people_are_all_accounted_for():
    root = Path(os.environ.get("LONGWATCH_INPUTS") or Path(__file__).parents[3] / "shared/inputs")
    folder = root / "hl7v2" / "adt"
    if not folder.is_dir():
        pytest.skip(f"no real inputs at {folder}: set LONGWATCH_INPUTS to run this test")
    for path in sorted(folder.iterdir()):
        raw = path.read_bytes()
        lines = sum(1 for line in raw.splitlines() if line.strip())
        items = list(read_hl7(raw, path.name))
        assert sum(tally(items).values()) == lines, path.name
        if any(word in path.name for word in ("A40", "A45", "A47")):
            assert not [item for item in items if type(item).__name__ == "ResultFact"]
