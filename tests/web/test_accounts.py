"""Accounts: by invitation only, with a second factor for staff, and nobody guesses for long."""

from __future__ import annotations

import re

import pytest
from tests.web.own_store import copied, newest, signed_in  # noqa: F401 (fixtures)

PASSWORD = "four words put together"
CODE = re.compile(r'class="code">([A-Z0-9-]+)<')


@pytest.fixture
def person(copied):  # noqa: F811
    from longwatch.store.models import Patient

    return Patient.objects.get(reference="N1009")


def invited(browser, address, **form):
    """The code that the page shows after inviting."""
    answer = browser.post(address, form, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    return CODE.search(answer.content.decode()).group(1)


def joining(code, user="newcomer", **more):
    from django.test import Client

    browser = Client()
    form = {"code": code, "user": user, "password": PASSWORD, "again": PASSWORD, **more}
    return browser, browser.post("/join", form)


def test_a_nurse_is_invited_makes_an_account_and_needs_a_second_factor(signed_in):  # noqa: F811
    from django.test import override_settings

    lead = signed_in("ada", "administrator")
    code = invited(lead, "/people", step="invite", name="Nina New", role="nurse")
    assert CODE.search(lead.get("/people").content.decode()) is None, "shown once"
    with override_settings(STAFF_NEED_SECOND_FACTOR=True):
        browser, answer = joining(code.lower().replace("-", " "))
        assert (answer.status_code, answer.headers["Location"]) == (302, "/account/2fa/")
        assert browser.get("/worklist").headers["Location"] == "/account/2fa/"
        assert browser.get("/account").status_code == 200
    assert browser.get("/worklist").status_code == 200
    assert joining(code, "second")[1].status_code == 422, "a code works once"


def test_no_code_lies_in_the_store_in_the_clear(signed_in):  # noqa: F811
    from longwatch.store.models import AuditEntry, Invitation

    lead = signed_in("ada", "administrator")
    code = invited(lead, "/people", step="invite", name="Nina", role="nurse")
    rows = [*Invitation.objects.values_list(), *AuditEntry.objects.values_list()]
    assert code not in str(rows)
    assert code.replace("-", "") not in str(rows)


def test_the_person_treated_says_the_date_of_birth_besides(signed_in, person):  # noqa: F811
    nurse = signed_in("nia", "nurse")
    code = invited(nurse, f"/patients/{person.pk}/access", step="self", name="Ida")
    for born in ("", "1901-01-01"):
        browser, answer = joining(code, born=born)
        assert answer.status_code == 422
        assert b"date of birth" in answer.content
    browser, answer = joining(code, born=person.birth_date.isoformat())
    assert answer.status_code == 302
    assert browser.get(f"/my/{person.pk}").status_code == 200
    assert browser.get("/worklist").status_code == 403


def test_a_person_lets_a_carer_in_says_how_much_and_ends_it(signed_in, person, newest):  # noqa: F811
    ida = signed_in("the-person", own="N1009")
    page = f"/my/{person.pk}/people"
    refused = ida.post(page, {"step": "carer", "name": "Kai", "scope": "results"})
    assert refused.status_code == 422
    assert b"Kai" in refused.content, "nothing typed is lost"
    code = invited(ida, page, step="carer", name="Kai", scope="results", agreed="yes")
    kai, answer = joining(code, "kai")
    assert answer.status_code == 302
    assert kai.get(f"/my/{person.pk}").status_code == 200
    assert kai.get(page).status_code == 403, "a carer lets nobody in"
    right = person.accounts.get(user__username="kai")
    assert "Given by the person" in right.consent
    ida.post(page, {"step": "withdraw", "account": right.pk})
    assert newest().action == "own pages withdrawn"
    assert kai.get(f"/my/{person.pk}").status_code == 403


def test_a_nurse_invites_a_carer_only_with_the_consent_on_record(signed_in, person):  # noqa: F811
    nurse = signed_in("nia", "nurse")
    page = f"/patients/{person.pk}/access"
    form = {"step": "carer", "name": "Kai", "scope": "plan"}
    assert nurse.post(page, {**form, "consent": " "}).status_code == 422
    assert nurse.post(page, {**form, "consent": "on paper", "scope": "all"}).status_code == 422
    assert invited(nurse, page, **form, consent="on paper, 2 March 2026")


def test_nobody_ends_rights_of_another_person_by_changing_the_form(signed_in, person):  # noqa: F811
    ida = signed_in("the-person", own="N1009")
    signed_in("somebody", own="N1004")
    from longwatch.store.models import OwnRecord

    other = OwnRecord.objects.get(user__username="somebody")
    answer = ida.post(f"/my/{person.pk}/people", {"step": "withdraw", "account": other.pk})
    assert answer.status_code == 422
    other.refresh_from_db()
    assert other.until is None


@pytest.mark.parametrize("end", ["revoked", "too old"])
def test_a_code_that_was_revoked_or_is_too_old_opens_nothing(signed_in, end):  # noqa: F811
    from longwatch.store.models import Invitation
    from longwatch.web.clock import now

    lead = signed_in("ada", "administrator")
    code = invited(lead, "/people", step="invite", name="Nina", role="nurse")
    one = Invitation.objects.get()
    if end == "revoked":
        lead.post("/people", {"step": "revoke", "invitation": one.pk})
    else:
        Invitation.objects.update(expires_at=now())
    assert joining(code)[1].status_code == 422


def test_roles_are_given_ended_and_an_administrator_stays(signed_in, newest):  # noqa: F811
    from longwatch.store.models import Membership

    ada = signed_in("ada", "administrator")
    Membership.objects.filter(user__username="adele").update(until=ada.user.date_joined)
    bob = signed_in("bob", "nurse")
    ada.post("/people", {"step": "give", "user": "bob", "role": "lead"})
    assert (newest().action, newest().actor) == ("role given", "ada")
    assert bob.get("/people").status_code == 200
    mine = Membership.objects.get(user=ada.user)
    answer = ada.post("/people", {"step": "end", "membership": mine.pk})
    assert answer.status_code == 422
    assert b"no administrator" in answer.content
    ada.post("/people", {"step": "deputy", "role": "nurse", "deputy": "lead"})
    assert newest().action == "deputy named"


def test_failed_sign_ins_are_counted_for_all_processes(copied):  # noqa: F811
    from django.core.cache import cache
    from django.test import Client

    cache.clear()
    wrong = {"login": "priya", "password": "no"}
    answers = [Client().post("/account/login/", wrong) for _ in range(7)]
    assert b"Too many failed" in answers[-1].content or answers[-1].status_code == 429
    tries = [joining("AAAAA-AAAAA-AAAAA-AAAAA")[1] for _ in range(11)]
    assert b"Too many tries" in tries[-1].content
    assert cache.__class__.__name__ != "LocMemCache"
    cache.clear()


def test_nobody_signs_up_alone(copied):  # noqa: F811
    from django.contrib.auth import get_user_model
    from django.test import Client

    before = get_user_model().objects.count()
    form = {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/account/signup/", form)
    assert get_user_model().objects.count() == before


def test_looking_at_who_works_here_writes_nothing(signed_in):  # noqa: F811
    from longwatch.store.models import Role

    ada = signed_in("ada", "administrator")
    Role.objects.filter(name="infusion-nurse").delete()
    before = Role.objects.count()
    assert "infusion-nurse" in ada.get("/people").content.decode()
    assert Role.objects.count() == before
    named = {"step": "deputy", "role": "infusion-nurse", "deputy": "lead"}
    assert ada.post("/people", named).status_code == 302
    assert Role.objects.get(name="infusion-nurse").deputy.name == "lead"


def test_a_carer_who_sees_only_dates_is_led_to_what_is_open(signed_in, person):  # noqa: F811
    kai = signed_in("kai", own="N1009", kind="carer", scope="plan")
    assert kai.get("/").headers["Location"] == f"/my/{person.pk}/more"
    page = kai.get(f"/my/{person.pk}/more").content.decode()
    for address in re.findall(r'<li><a href="(/my/[^"]+)"', page):
        assert kai.get(address).status_code == 200, address


def test_who_has_just_chosen_a_password_is_not_asked_for_it_again(signed_in, person):  # noqa: F811
    ida = signed_in("the-person", own="N1009")
    page = f"/my/{person.pk}/people"
    browser, _ = joining(invited(ida, page, step="carer", name="Kai", scope="plan", agreed="yes"))
    assert browser.get("/account/2fa/totp/activate/").status_code == 200
