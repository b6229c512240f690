"""What the pages say, of the sample clinic's people."""

from __future__ import annotations

import re

import pytest


@pytest.fixture
def shown(enter):
    """The text of a page, tags taken out, for one of the demo's users."""

    def text(who, address):
        answer = enter(who).get(address)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))

    return text


def test_the_worklist_says_what_was_found_what_to_do_and_by_which_rule(shown):
    page = shown("priya", "/worklist")
    assert page.index("Alder, Ada") < page.index("Damson, Dora"), "emergencies stand first"
    for words in ("platelets 38", "Emergency department now", "PLT-1", "alemtuzumab-us"):
        assert words in page


def test_the_record_explains_itself_down_to_the_source(shown, key):
    page = shown("priya", f"/patients/{key('N1009')}")
    for words in ("CRE-2", "Immediate evaluation", "creatinine 141", "course 2"):
        assert words in page
    assert "openFDA" in shown("priya", f"/patients/{key('N1009')}/why")


def test_the_own_page_shows_a_window_the_results_and_when_to_call(shown, key):
    page = shown("ida", f"/my/{key('N1009')}")
    for words in ("Your next step", "Any day from", "Call 911", "555 0134", "until 28 May 2029"):
        assert words in page
    assert "Your team has been told" in page, "a result that a rule found is not called usual"


def test_a_page_judges_by_the_protocol_that_the_clinic_has_set(clinic):
    from longwatch.store.models import Patient, Setting
    from longwatch.web.clock import now, today
    from longwatch.web.dossier import Dossier

    person = Patient.objects.create(reference="NOBODY", filed_at=now())
    setting = Setting.objects.create(key="clinic.protocol", value='"alemtuzumab-eu"')
    try:
        assert Dossier(person, today()).pack.id == "alemtuzumab-eu"
    finally:
        setting.delete()
        person.delete()


def test_nothing_known_is_never_called_fine(enter, clinic):
    from longwatch.store.models import OwnRecord, Patient
    from longwatch.web.clock import now

    person = Patient.objects.create(reference="NEW", filed_at=now())
    own = OwnRecord.objects.get(user__username="ida")
    extra = OwnRecord.objects.create(user=own.user, patient=person, kind="self", since=now())
    try:
        page = enter("ida").get(f"/my/{person.pk}").content.decode()
        assert "It means" not in page
        assert "nothing is known" in page
        assert "usual range</span>" not in page
    finally:
        extra.delete()
        person.delete()


def test_a_step_is_recorded_and_a_stale_one_is_told_who_was_first(enter, key):
    from longwatch.store.models import Alert

    alert = Alert.objects.filter(patient=key("N1018"), rule="PLT-3").get()
    told = {"step": "act", "note": "called, count repeated today", "shown": alert.step}
    first = enter("priya").post(f"/alerts/{alert.pk}/step", told, follow=True)
    assert b"Recorded." in first.content
    alert.refresh_from_db()
    assert (alert.state, alert.states.last().note) == ("acted", "called, count repeated today")
    second = enter("olsen").post(f"/alerts/{alert.pk}/step", told, follow=True)
    assert b"priya" in second.content, "the other is told who was first"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"step": "act", "note": " "}, "what was done is missing"),
        ({"step": "close", "note": "fine"}, "nobody has said what was done"),
        ({"step": "snooze", "note": "later", "until": "soon"}, "the day is missing"),
        ({"step": "dance"}, "no such step"),
    ],
)
def test_a_step_that_cannot_be_is_refused_in_words(given, words, enter, key):
    from longwatch.store.models import Alert

    alert = Alert.objects.filter(patient=key("N1004"), rule="PLT-1").get()
    answer = enter("priya").post(f"/alerts/{alert.pk}/step", given, follow=True)
    assert words in answer.content.decode()
    alert.refresh_from_db()
    assert alert.state == "raised"


def test_pages_work_without_a_script_and_ask_nobody_else(enter, key):
    for who, address in (("priya", "/worklist"), ("ida", f"/my/{key('N1009')}")):
        page = enter(who).get(address).content.decode()
        assert "<script" not in page
        assert " style=" not in page
        outside = re.findall(r"(?:src|href|action)=\"(https?://[^\"]+)", page)
        assert outside == []
