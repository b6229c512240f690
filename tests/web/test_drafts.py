"""A form sent when the session has ended is not lost: signed in again, it is there."""

from __future__ import annotations

import pytest
from tests.web.own_store import copied, newest, signed_in  # noqa: F401 (fixtures)

NOTE = "called at 9:40, count repeated today, result by noon"


@pytest.fixture
def alert(copied):  # noqa: F811
    from longwatch.store.models import Alert

    return Alert.objects.filter(rule="PLT-3").first()


def end_session(browser):
    """The session's time is over; the browser does not know it."""
    from datetime import timedelta

    from django.contrib.sessions.models import Session
    from django.utils import timezone

    key = browser.cookies["sessionid"].value
    over = timezone.now() - timedelta(minutes=5)
    assert Session.objects.filter(pk=key).update(expire_date=over) == 1


def sign_in_again(browser):
    from django.conf import settings

    browser.force_login(browser.user, settings.AUTHENTICATION_BACKENDS[0])


def test_what_was_typed_is_there_after_signing_in_again(signed_in, alert):  # noqa: F811
    nurse = signed_in("nia", "nurse")
    nurse.get("/worklist")
    form = {"step": "act", "note": NOTE, "shown": alert.step}
    end_session(nurse)
    answer = nurse.post(f"/alerts/{alert.pk}/step", form)
    to = answer.headers["Location"]
    assert to.startswith("/account/login/?next=%2Fdrafts%2F")
    sign_in_again(nurse)
    place = to.partition("next=")[2].replace("%2F", "/")
    page = nurse.get(place)
    assert NOTE in page.content.decode()
    assert f'action="/alerts/{alert.pk}/step"' in page.content.decode()
    nurse.post(f"/alerts/{alert.pk}/step", form)
    alert.refresh_from_db()
    assert (alert.state, alert.states.last().note) == ("acted", NOTE)


def test_nobody_else_finds_it_also_not_in_the_store(signed_in, alert):  # noqa: F811
    from longwatch.store.models import Draft

    nurse, other = signed_in("nia", "nurse"), signed_in("otto", "nurse")
    end_session(nurse)
    nurse.post(f"/alerts/{alert.pk}/step", {"step": "act", "note": NOTE})
    draft = Draft.objects.get()
    assert other.get(f"/drafts/{draft.pk}").status_code == 404
    assert NOTE.encode() not in bytes(draft.sealed)


def test_a_stranger_leaves_no_draft_and_a_password_is_never_kept(signed_in, alert):  # noqa: F811
    from django.test import Client

    from longwatch.store.models import Draft
    from longwatch.web.drafts import fields_of

    Client().post(f"/alerts/{alert.pk}/step", {"note": NOTE})
    forged = Client()
    forged.cookies["sessionid"] = "x" * 32
    forged.post(f"/alerts/{alert.pk}/step", {"note": NOTE})
    assert not Draft.objects.exists()
    nurse = signed_in("nia", "nurse")
    end_session(nurse)
    nurse.post(f"/alerts/{alert.pk}/step", {"note": NOTE, "password": "secret"})
    assert fields_of(Draft.objects.get()) == {"note": [NOTE]}


def test_it_can_be_thrown_away_and_does_not_stay(signed_in, alert):  # noqa: F811
    from longwatch.store.models import Draft
    from longwatch.web.clock import now

    nurse = signed_in("nia", "nurse")
    end_session(nurse)
    nurse.post(f"/alerts/{alert.pk}/step", {"note": NOTE})
    draft = Draft.objects.get()
    sign_in_again(nurse)
    assert b"was not recorded" in nurse.get("/account").content
    Draft.objects.update(expires_at=now())
    assert nurse.get(f"/drafts/{draft.pk}").status_code == 404


def test_what_was_tapped_in_the_diary_is_kept_and_shown_in_words(signed_in, copied):  # noqa: F811
    from longwatch.store.models import Draft, OwnRecord
    from longwatch.web.drafts import fields_of

    ida = signed_in("the-person", own="N1009")
    address = f"/my/{OwnRecord.objects.get(user=ida.user).patient_id}/diary"
    end_session(ida)
    sent = {"code": ["seizure", "fever"], "severity": "strong", "text": ""}
    asked = ida.post(address, sent)
    page = ida.get(asked.headers["Location"]).content.decode()
    assert "Call 911 now" in page
    assert "What you typed is kept." in page
    draft = Draft.objects.get()
    assert fields_of(draft)["code"] == ["seizure", "fever"]
    ida.force_login(ida.user)
    page = ida.get(f"/drafts/{draft.pk}").content.decode()
    assert "A seizure (fit)" in page
    assert "Very much" in page
