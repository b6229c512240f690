"""The infusion day: two people, the checklist, the clocks; what was given becomes an infusion."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

DAY = date(2026, 11, 22)


@pytest.fixture
def place(clinic, key):
    """A planned infusion of one person, each time another day of a far course; its address."""
    from longwatch.store.models import Infusion
    from longwatch.web.clock import now

    patient = key("N1157")
    number = 1 + max(Infusion.objects.filter(course=9).values_list("day", flat=True), default=0)
    Infusion.objects.create(
        patient_id=patient,
        date=DAY,
        filed_at=now(),
        digest=uuid4().hex,
        course=9,
        day=number,
        status="planned",
    )
    return f"/patients/{patient}/infusions/9/{number}"


@pytest.fixture
def post(enter, place):
    """Sends one step of that infusion and gives the status."""
    nurse = enter("priya")

    def send(kind, browser=nurse, **given):
        return browser.post(place, {"kind": kind, "token": uuid4().hex, **given})

    return send


def at(minutes):
    """A time of the day so many minutes before now."""
    from longwatch.web.clock import now

    moment = now() - timedelta(minutes=minutes)
    if moment.date() != now().date():
        pytest.skip("too near to midnight")
    return moment.strftime("%H:%M")


def prepare(post, place, enter):
    """Everything that must be there before the start."""
    from longwatch.protocols.load import load_protocol
    from longwatch.store.infusion_asked import asked

    assert post("check").status_code == 302
    assert post("check", by="olsen").status_code == 302
    assert post("decision", by="olsen", reason="the tests are from yesterday").status_code == 302
    for step in asked(load_protocol("alemtuzumab-us"), 9, int(place.split("/")[-1])).steps:
        assert post("step", what=step.id, done="yes").status_code == 302


REFUSED_AT_FIRST = {
    "it cannot start before two people have checked": {"kind": "start"},
    "it cannot end before it has begun": {"kind": "end", "dose_mg": "12"},
    "nobody goes home before the end": {"kind": "discharge"},
    "a nurse cannot decide what a neurologist must": {"kind": "decision", "reason": "I say so"},
    "nothing is left out without a reason": {"kind": "step", "what": "steroid"},
    "vital signs need a number": {"kind": "signs", "sign-pulse": "fast"},
    "a reaction needs a grade": {"kind": "reaction", "what": "hives"},
    "there is no such step": {"kind": "burn"},
    "a correction needs a reason": {"kind": "withdrawn", "replaces": "1"},
    "nothing is taken back that is not named": {"kind": "withdrawn", "reason": "x"},
    "the protocol has no such step": {"kind": "step", "what": "dance", "done": "yes"},
    "nobody unknown checks": {"kind": "check", "by": "nobody"},
}


@pytest.mark.parametrize("told", REFUSED_AT_FIRST.values(), ids=REFUSED_AT_FIRST)
def test_what_cannot_be_is_refused_in_words(told, enter, place):
    from longwatch.store.models import InfusionEntry

    before = InfusionEntry.objects.count()
    answer = enter("priya").post(place, {"token": uuid4().hex, **told})
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.content.decode()
    assert InfusionEntry.objects.count() == before


def test_the_same_person_cannot_check_twice(post):
    assert post("check").status_code == 302
    answer = post("check", by="priya")
    assert answer.status_code == 422
    assert "different person" in answer.content.decode()


def test_an_account_with_a_password_signs_only_with_it(post):
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.get(username="olsen")
    user.set_password("a long enough password")
    user.save()
    try:
        assert post("check", by="olsen").status_code == 422
        assert post("check", by="olsen", password="a long enough password").status_code == 302
    finally:
        user.set_unusable_password()
        user.save()


def test_in_a_clinic_nobody_signs_by_name_alone(post):
    from django.test import override_settings

    with override_settings(DEMO=False, STAFF_NEED_SECOND_FACTOR=False):
        refused = post("check", by="olsen")
    assert refused.status_code == 422
    assert "has no password" in refused.content.decode()


def test_blocked_needs_a_neurologist_and_open_steps_hold_it_up(post, enter, place):
    post("check")
    post("check", by="olsen")
    assert "neurologist" in post("start").content.decode()
    post("decision", by="olsen", reason="the tests are from yesterday")
    assert "not settled yet" in post("start").content.decode().lower()


def test_a_whole_day_becomes_an_infusion_with_its_reactions_and_alerts(enter, post, place, key):
    from longwatch.store.models import Alert, Event, Infusion

    prepare(post, place, enter)
    assert post("start", at=at(300), ml_per_h="25").status_code == 302
    assert (
        post("signs", at=at(270), **{"sign-systolic": "195", "sign-pulse": "80"}).status_code == 302
    )
    page = enter("olsen").get(place).content.decode()
    assert "195" in page
    assert "call the physician" in page
    assert post("interrupted", at=at(200), words="rash").status_code == 302
    told = {"what": "throat-swelling", "grade": "3", "words": "tight throat", "given": "adrenaline"}
    assert post("reaction", at=at(199), **told).status_code == 302
    assert post("resumed", at=at(180), ml_per_h="20").status_code == 302
    assert post("end", at=at(30), dose_mg="11,5").status_code == 302
    number = int(place.split("/")[-1])
    row = Infusion.objects.get(course=9, day=number, superseded_by=None)
    assert (row.status, row.dose_mg, row.started is not None) == ("given", 11.5, True)
    event = Event.objects.get(patient_id=key("N1157"), code="throat-swelling", gone=False)
    assert event.grade == 3
    assert Alert.objects.filter(patient_id=key("N1157"), rule="FLAG-REACTION").exists()
    assert post("discharge").status_code == 422
    assert post("discharge", reason="left against advice").status_code == 302
    paper = enter("priya").get(f"{place}/summary").content.decode()
    for words in ("priya, olsen", "11.5 mg", "left against advice", "grade 3"):
        assert words in paper
    withdraw = {"replaces": "99", "reason": "x"}
    assert post("withdrawn", **withdraw).status_code == 422


def test_a_correction_supersedes_visibly_and_the_record_follows(enter, post, place):
    from longwatch.store.models import Infusion, InfusionEntry

    prepare(post, place, enter)
    post("start", at=at(300))
    post("end", at=at(20), dose_mg="12")
    number = int(place.split("/")[-1])
    end = InfusionEntry.objects.get(kind="end", course=9, day=number)
    first = Infusion.objects.get(course=9, day=number, superseded_by=None).ended
    given = {"replaces": end.number, "reason": "read the wrong clock"}
    assert post("end", at=at(40), **given).status_code == 302
    row = Infusion.objects.get(course=9, day=number, superseded_by=None)
    assert (row.ended < first, row.dose_mg) == (True, 12)
    page = enter("olsen").get(place).content.decode()
    assert "read the wrong clock" in page
    newest = InfusionEntry.objects.get(kind="end", course=9, day=number, replaced_by=None)
    assert post("withdrawn", replaces=newest.number, reason="another person").status_code == 302
    row = Infusion.objects.get(course=9, day=number, superseded_by=None)
    assert (row.status, row.ended) == ("planned", None)


def test_a_form_sent_twice_is_written_once(enter, place):
    from longwatch.store.models import InfusionEntry

    nurse, token = enter("priya"), uuid4().hex
    for _ in range(2):
        assert (
            nurse.post(place, {"kind": "note", "words": "cold", "token": token}).status_code == 302
        )
    assert InfusionEntry.objects.filter(token=token).count() == 1


def test_not_given_is_recorded_with_its_reason(post, place):
    from longwatch.store.models import Infusion

    assert post("not-done").status_code == 422
    assert post("not-done", reason="fever").status_code == 302
    number = int(place.split("/")[-1])
    assert Infusion.objects.get(course=9, day=number, superseded_by=None).status == "not-done"
