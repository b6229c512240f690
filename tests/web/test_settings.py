"""The clinic's settings: changed by who may, with a reason; overlays checked before they count."""

from __future__ import annotations

import pytest

OVERLAY = """id: our-clinic
version: "{version}"
title: Our clinic
drug: alemtuzumab
jurisdiction: US
valid_from: 2026-11-22
follows: The US label, with what our clinic does besides
state: draft
approved_by: []
extends: alemtuzumab-us
note: Yearly skin examinations have a shorter window here.
"""


@pytest.fixture
def lead(enter):
    """The settings as the lead; what was set is taken away afterwards."""
    from longwatch.store.models import Setting

    before = dict(Setting.objects.values_list("key", "value"))
    yield enter("olsen")
    Setting.objects.exclude(key__in=before).delete()
    for key, value in before.items():
        Setting.objects.filter(key=key).update(value=value)


WRONG = {
    "an unknown zone": {"step": "words", "zone": "Mars/Base", "reason": "x"},
    "no reason": {"step": "words", "name": "South"},
    "a day that ends before it begins": {
        "step": "hours", "mon-from": "17:00", "mon-to": "08:00", "reason": "x",
    },
    "half a day": {"step": "hours", "mon-from": "08:00", "reason": "x"},
    "a holiday that is no date": {"step": "hours", "holidays": "Christmas", "reason": "x"},
    "hours that are no number": {
        "step": "laboratories", "laboratory": "LIS", "hours": "many", "since": "", "reason": "x",
    },
    "a role for nobody": {"step": "give", "user": "nobody", "role": "nurse"},
    "an unknown role": {"step": "give", "user": "priya", "role": "boss"},
    "a deputy of oneself": {"step": "deputy", "role": "nurse", "deputy": "nurse"},
    "no such step": {"step": "burn"},
}  # fmt: skip


@pytest.mark.parametrize("told", WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_refused_and_nothing_is_set(told, lead):
    from longwatch.store.clinic_facts import clinic_facts

    before = clinic_facts()
    answer = lead.post("/settings", told)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.content.decode()
    assert clinic_facts() == before


def test_one_place_for_name_and_zone_pages_reminders_and_alerts_follow(lead):
    from longwatch.reminders.clinic import read_clinic
    from longwatch.store.models import AuditEntry
    from longwatch.web.clock import clinic_zone

    told = {"step": "words", "name": "South", "telephone": "555", "zone": "America/Chicago"}
    assert lead.post("/settings", {**told, "reason": "moved"}).status_code == 302
    assert (read_clinic().name, str(read_clinic().zone)) == ("South", "America/Chicago")
    assert str(clinic_zone()) == "America/Chicago"
    entry = AuditEntry.objects.filter(action="set", target="clinic.zone").latest("number")
    assert entry.actor == "olsen"


def test_hours_and_laboratories_are_read_back_by_who_uses_them(lead):
    from datetime import UTC

    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.feeds import expected_laboratories

    hours = {"step": "hours", "mon-from": "08:00", "mon-to": "16:00", "holidays": "2026-12-25"}
    assert lead.post("/settings", {**hours, "reason": "since ever"}).status_code == 302
    assert list(read_clinic(UTC).hours.weekdays) == [0]
    lab = {"step": "laboratories", "laboratory": "LIS/LAB-B", "hours": "24", "since": ""}
    assert lead.post("/settings", {**lab, "reason": "contract"}).status_code == 302
    assert [one.laboratory for one in expected_laboratories()] == ["LIS/LAB-B"]


def test_what_the_form_does_not_ask_for_stays(lead):
    import json

    from longwatch.store.clinic_facts import LABORATORIES, clinic_facts
    from longwatch.store.models import Setting

    one = {"laboratory": "LIS", "hours": 24.0, "since": "2026-11-01T08:00+01:00"}
    kept = [{**one, "weekdays": ["mon", "tue"]}]
    Setting.objects.create(key=LABORATORIES, value=json.dumps(kept))
    told = {"step": "laboratories", **one, "hours": "36", "reason": "as the contract says"}
    assert lead.post("/settings", told).status_code == 302
    assert clinic_facts()[LABORATORIES] == [{**kept[0], "hours": 36.0}]


def test_roles_and_deputies(lead):
    from longwatch.store.models import Membership, Role

    give = {"user": "priya", "role": "laboratory-desk"}
    assert lead.post("/settings", {"step": "give", **give}).status_code == 302
    assert lead.post("/settings", {"step": "end", **give}).status_code == 302
    ended = Membership.objects.filter(user__username="priya", role__name="laboratory-desk")
    assert ended.exclude(until=None).exists()
    ended.delete()
    deputy = {"step": "deputy", "role": "nurse", "deputy": "lead"}
    assert lead.post("/settings", deputy).status_code == 302
    assert Role.objects.get(name="nurse").deputy.name == "lead"


def test_an_overlay_with_a_mistake_is_refused_at_its_line(lead):
    text = OVERLAY.format(version=1) + "recuring:\n  - {id: cbc}\n"
    page = lead.post("/settings/protocols/overlay", {"text": text, "step": "save", "reason": "x"})
    assert page.status_code == 422
    assert "protocol.yaml:12" in page.content.decode()


def test_an_overlay_is_kept_as_a_version_tried_and_put_in_force(lead):
    from longwatch.store.clinic_facts import clinic_protocol
    from longwatch.store.models import Overlay, ProtocolInForce

    place = "/settings/protocols/overlay"
    text = OVERLAY.format(version=1)
    assert "It is sound" in lead.post(place, {"text": text, "step": "check"}).content.decode()
    given = {"text": text, "step": "save", "reason": "as we do"}
    assert lead.post(place, given).status_code == 302
    assert lead.post(place, given).status_code == 422
    row = Overlay.objects.latest("id")
    page = lead.get(f"/settings/protocols?old=alemtuzumab-us&new={row}").content.decode()
    assert "people are concerned" in page
    change = {"old": "alemtuzumab-us", "new": str(row)}
    assert lead.post("/settings/protocols", change).status_code == 422
    assert lead.post("/settings/protocols", {**change, "reason": "as we do"}).status_code == 302
    assert clinic_protocol() == str(row)
    assert ProtocolInForce.objects.filter(protocol=str(row)).exists()
    assert lead.get("/worklist").status_code == 200
    back = {"old": str(row), "new": "alemtuzumab-us", "reason": "back"}
    assert lead.post("/settings/protocols", back).status_code == 302


def test_the_last_who_may_set_the_clinic_keeps_the_role(lead):
    from longwatch.store.clinic_facts import KEEPERS
    from longwatch.store.models import Membership
    from longwatch.web.clock import now

    others = Membership.objects.filter(role__name__in=KEEPERS, until=None)
    keys = list(others.exclude(user__username="olsen").values_list("pk", flat=True))
    Membership.objects.filter(pk__in=keys).update(until=now())
    try:
        told = {"step": "end", "user": "olsen", "role": "lead"}
        assert lead.post("/settings", told).status_code == 422
    finally:
        Membership.objects.filter(pk__in=keys).update(until=None)


def test_what_the_overlay_editor_begins_with_is_sound(clinic):
    from longwatch.store.overlays import read_overlay
    from longwatch.web.pages.protocols import _BEGIN

    assert read_overlay(_BEGIN.format(name="alemtuzumab-us", day="2026-11-22")).state == "draft"
