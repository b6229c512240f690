"""Emergency access: with a reason, for an hour, to read, and the lead is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.own_store import copied, newest, signed_in  # noqa: F401 (fixtures)


@pytest.fixture
def person(copied):  # noqa: F811
    from longwatch.store.models import Patient

    return Patient.objects.get(reference="N1009")


def test_the_desk_opens_one_record_with_a_reason_and_the_lead_gets_an_alert(
    signed_in,  # noqa: F811
    person,
    newest,  # noqa: F811
):
    from longwatch.store.models import Alert, Patient

    desk = signed_in("dee", "laboratory-desk")
    record = f"/patients/{person.pk}"
    refused = desk.get(record)
    assert refused.status_code == 403
    assert b"in an emergency" in refused.content, "the way is shown"
    answer = desk.post("/emergency", {"number": "N1009", "reason": "unconscious, bleeding"})
    assert answer.headers["Location"] == record
    page = desk.get(record)
    assert b"Emergency access until" in page.content
    entry = newest()
    assert (entry.action, entry.patient) == ("read", "N1009")
    assert "emergency" in entry.detail
    alert = Alert.objects.filter(rule="EMERGENCY-ACCESS").get()
    assert (alert.role.name, alert.kind, alert.state) == ("lead", "incident", "raised")
    assert "unconscious, bleeding" in alert.detail
    other = Patient.objects.get(reference="N1004")
    assert desk.get(f"/patients/{other.pk}").status_code == 403, "one record"
    assert desk.post(f"{record}/access", {"step": "self"}).status_code == 403, "to read"
    assert desk.get("/worklist").status_code == 403


@pytest.mark.parametrize(
    ("number", "reason", "words"),
    [
        ("N1009", "  ", "no reason was given"),
        ("N10", "bleeding", "belongs to nobody"),
        ("", "bleeding", "belongs to nobody"),
    ],
)
def test_without_the_whole_number_and_a_reason_nothing_opens(
    number,
    reason,
    words,
    signed_in,  # noqa: F811
):
    desk = signed_in("dee", "laboratory-desk")
    answer = desk.post("/emergency", {"number": number, "reason": reason})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_after_its_time_the_record_is_closed_again(signed_in, person):  # noqa: F811
    from longwatch.store.models import EmergencyAccess
    from longwatch.web.clock import now

    desk = signed_in("dee", "administrator")
    at = now()
    EmergencyAccess.objects.create(
        user=desk.user, patient=person, reason="r", since=at - timedelta(hours=2), until=at
    )
    assert desk.get(f"/patients/{person.pk}").status_code == 403


def test_what_was_opened_cannot_be_hidden_afterwards(signed_in, person):  # noqa: F811
    from django.db import DatabaseError

    from longwatch.store.models import EmergencyAccess

    desk = signed_in("dee", "laboratory-desk")
    desk.post("/emergency", {"number": "N1009", "reason": "bleeding"})
    with pytest.raises(DatabaseError, match="append only"):
        EmergencyAccess.objects.update(reason="routine")


@pytest.mark.parametrize("kind", ["self", "carer"])
def test_nobody_but_staff_has_emergencies_here(kind, signed_in, person):  # noqa: F811
    browser = signed_in("ida2", own="N1004", kind=kind)
    form = {"number": "N1009", "reason": "curious"}
    assert browser.post("/emergency", form).status_code == 403
