"""`longwatch desk` and `longwatch sender`, from the list to the filed result."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.contrib.auth.models import User
from tests.store.messages import RECEPTION, oru
from tests.store.people import MORNING, staff, two_records_of_one_person

from longwatch.cli.main import main
from longwatch.core.record import Record
from longwatch.store.arrivals import receive
from longwatch.store.models import Alert, HeldItem, Membership, Result, Role
from longwatch.store.record_in import write_record


@pytest.fixture
def desk(store, capsys):
    """Runs a command on a store with two patients and a desk."""
    two_records_of_one_person()
    staff()
    lead = Role.objects.create(name="lead")
    lea = User.objects.create(username="lea")
    Membership.objects.create(user=lea, role=lead, since=MORNING)

    def run(*words):
        status = main([*words, *(["--zone", "UTC"] if "--help" not in words else [])])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def _receive(raw):
    receive(raw, channel="mllp", received=MORNING, reception=RECEPTION)
    return HeldItem.objects.order_by("-id")[0].key


WHY = ("--by", "ann", "--reason", "asked the laboratory")


def test_from_the_list_to_the_filed_result(desk):
    key = _receive(oru("25", unit=""))

    status, out, _ = desk("desk", "list")
    assert (status, key in out, "missing-unit" in out) == (0, True, True)
    assert json.loads(desk("desk", "list", "--json")[1])[0]["key"] == key
    assert "OBX|" in desk("desk", "show", key)[1]
    assert json.loads(desk("desk", "show", key, "--json")[1])["here"][0]["patient"] == "p1"

    status, _, err = desk("desk", "file", key, *WHY)
    assert (status, "still cannot be filed" in err) == (2, True)
    status, out, _ = desk("desk", "file", key, "--unit", "10*9/L", *WHY)
    assert (status, out) == (0, "Filed: 1 results. Patients: p1.\n")
    assert Result.objects.get().value == 25.0
    assert desk("desk", "list")[1] == "Nothing is held.\n"


def test_an_abnormal_result_that_a_person_files_is_an_alert_with_it(desk):
    record = Record.from_tables(
        patients={"patient": ["p1"]},
        infusions={"patient": ["p1"], "date": [date(2025, 3, 3)], "course": [1], "day": [1]},
    )
    write_record(record, source="registry", at=MORNING)
    key = _receive(oru("25", unit=""))

    assert desk("desk", "file", key, "--unit", "10*9/L", *WHY)[0] == 0

    assert Alert.objects.filter(patient__reference="p1", kind="finding").exists()


def test_a_wrong_key_a_wrong_role_and_a_missing_reason_are_said(desk):
    key = _receive(oru("25", unit=""))

    assert "nothing is held under" in desk("desk", "reject", "nokey", *WHY)[2]
    assert "carl may not do this" in desk("desk", "reject", key, "--by", "carl", "--reason", "x")[2]
    assert desk("desk", "reject", key, "--by", "ann")[0] == 2
    assert desk("desk", "reject", key, *WHY)[0] == 0


def test_two_people_teach_a_code_and_a_unit(desk):
    _receive(oru("25", unit="Tausend/ul", code="PLT9^Platelet count^L"))

    words = ("LIS/LAB", "PLT9", "platelets")
    code = json.loads(desk("desk", "teach-code", *words, *WHY, "--json")[1])["number"]
    words = ("LIS/LAB", "platelets", "Tausend/ul", "10*3/uL")
    unit = json.loads(desk("desk", "teach-unit", *words, *WHY, "--json")[1])["number"]
    assert "nobody yet" in desk("desk", "taught")[1]
    assert desk("desk", "confirm", str(code), "--by", "ann")[0] == 2
    desk("desk", "confirm", str(code), "--by", "bea")
    assert "1 results" in desk("desk", "confirm", str(unit), "--by", "bea")[1]
    assert desk("desk", "withdraw", str(unit), *WHY)[0] == 0
    assert "nothing" in desk("desk", "retry", "--by", "ann")[1]


def test_two_references_are_merged_and_two_again(desk):
    assert "p1 is read under p2" in desk("desk", "merge", "p1", "p2", *WHY)[1]
    assert "p1 and p2 are two again" in desk("desk", "unmerge", "p1", *WHY)[1]


def test_an_authority_is_trusted_by_a_lead(desk):
    assert desk("desk", "trust")[1] == "No authority is trusted.\n"
    assert desk("desk", "trust", "HOSPITAL", "--by", "ann")[0] == 2
    assert desk("desk", "trust", "HOSPITAL", "--by", "lea")[1] == "HOSPITAL\n"


def test_a_sender_is_added_listed_and_withdrawn(desk):
    words = ("north", "--network", "10.1.2.0/24", "--by")
    assert desk("sender", "add", *words, "ann")[0] == 2
    token = desk("sender", "add", *words, "lea")[1].strip()
    assert len(token) > 40
    listed = desk("sender", "list", "--json")[1]
    assert json.loads(listed)["senders"][0]["networks"] == ["10.1.2.0/24"]
    assert token not in listed
    desk("sender", "withdraw", "north", "--by", "lea", "--reason", "contract ended")
    assert desk("sender", "list")[1] == "Nobody may send.\n"
