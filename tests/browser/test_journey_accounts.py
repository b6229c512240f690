"""Accounts as people use them: invited, two factors, carers, a session that ends, emergencies."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.browser.journeys import (
    MINE,
    PASSWORD,
    code_of,
    in_store,
    join,
    sign_in,
    sound,
    words,
)

pytestmark = pytest.mark.campaign
OTHER = "N1018"
THIRD = "N1157"


@pytest.fixture
def born(server, django_db_blocker):
    """The date of birth of somebody, as the clinic knows it."""

    def day(reference):
        from longwatch.store.models import Patient

        return in_store(
            server,
            django_db_blocker,
            lambda: Patient.objects.get(reference=reference).birth_date.isoformat(),
        )

    return day


def invited(looks, key, reference):
    """The code by which the nurse invites a person to the own pages."""
    nurse = looks.page("desktop", "priya")
    nurse.goto(f"/patients/{key(reference)}/access")
    nurse.locator("button[value=self]").click()
    return code_of(nurse)


def test_a_person_is_invited_and_signs_in_with_a_passkey(looks, key, born, keep):
    page = looks.page("phone")
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    always = {"hasUserVerification": True, "isUserVerified": True}
    tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**kind, **always, "automaticPresenceSimulation": True}},
    )
    here = looks.server.by_name
    page.goto(f"{here}/join")
    page.fill("#code", invited(looks, key, OTHER))
    page.fill("#born", born(OTHER))
    page.fill("#user", "with-passkey")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("text=Make the account")
    assert "Welcome. Your account is ready." in words(page)
    page.goto(f"{here}/account")
    page.get_by_role("link", name="Second factor").click()
    sound(page)
    page.locator("a[href*='webauthn/add']").click()
    assert "reauthenticate" not in page.url, "the password was given a minute ago"
    page.fill("#id_name", "my telephone")
    if page.locator("#id_passwordless").count():
        page.check("#id_passwordless")
    sound(page)
    keep(page, "journey-passkey-add-phone")
    page.click("#mfa_webauthn_add")
    # The page itself sends the form once the device has answered.
    page.wait_for_url(lambda url: not url.endswith("/webauthn/add/"))
    assert tools.send("WebAuthn.enable") == {}
    page.goto(f"{here}/account/2fa/webauthn/")
    assert "my telephone" in words(page)
    keep(page, "journey-passkeys-phone")
    page.goto(f"{here}/account")
    page.click("text=Sign out")
    page.goto(f"{here}/account/login/")
    page.click("#passkey_login")
    page.wait_for_url(f"**/my/{key(OTHER)}")
    assert "Hello" in words(page)


def test_a_second_factor_from_an_app_is_asked_for_at_the_next_sign_in(looks, key, born, keep):
    from allauth.mfa.totp.internal import auth

    def number(secret):
        return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))

    page = looks.page("phone")
    join(page, invited(looks, key, THIRD), "with-app", born(THIRD))
    page.goto("/account")
    page.get_by_role("link", name="Second factor").click()
    page.locator("a[href*='totp/activate']").click()
    assert "reauthenticate" not in page.url, "the password was given a minute ago"
    sound(page)
    keep(page, "journey-app-phone")
    secret = page.locator("input[disabled], #authenticator_secret").first.input_value()
    page.fill("#id_code", number(secret))
    used = int(time.time()) // 30
    page.locator("form.fields button").first.click()
    page.wait_for_url("**/recovery-codes/**")
    sound(page)
    keep(page, "journey-recovery-codes-phone")
    page.goto("/account")
    assert "second factor on" in words(page)
    page.click("text=Sign out")
    sign_in(page, "with-app")
    page.wait_for_url("**/2fa/authenticate/**")
    sound(page)
    keep(page, "journey-second-factor-phone")
    page.goto(f"/my/{key(THIRD)}")
    assert "/account/2fa/authenticate/" in page.url, "a password alone opens nothing"
    while int(time.time()) // 30 == used:
        time.sleep(1)
    page.fill("#id_code", number(secret))
    page.locator("form.fields button").first.click()
    page.wait_for_url(f"**/my/{key(THIRD)}")


def test_a_carer_sees_as_much_as_was_agreed_until_it_is_ended(looks, key, keep):
    looks.refusals.add(403)
    sees = {
        "plan": {"/card": 200, "/calendar.ics": 200, "": 403, "/results": 403, "/diary": 403},
        "results": {"/card": 200, "": 200, "/results": 200, "/diary": 403, "/people": 403},
        "everything": {"": 200, "/results": 200, "/diary": 200, "/people": 403},
    }
    person = looks.page("phone", "ida")
    for scope, pages in sees.items():
        person.goto(f"/my/{key(MINE)}/people")
        person.fill("#name", f"Carer {scope}")
        person.locator(f"input[name=scope][value={scope}]").check(force=True)
        person.locator("input[name=agreed]").check(force=True)
        person.click("text=Make the code")
        sound(person)
        keep(person, f"journey-carer-{scope}-phone")
        carer = looks.page("phone")
        join(carer, code_of(person), f"carer-{scope}")
        assert carer.locator("h1").count() == 1
        for rest, status in pages.items():
            answer = carer.context.request.get(f"/my/{key(MINE)}{rest}")
            assert answer.status == status, (scope, rest)
        person.goto(f"/my/{key(MINE)}/people")
        person.locator("li", has_text=f"Carer {scope}").get_by_role("button").click()
        assert f"Carer {scope}" not in words(person).partition("Let somebody in")[0]
        assert carer.context.request.get(f"/my/{key(MINE)}/card").status == 403


def test_a_carer_who_sees_only_dates_lands_on_a_page_of_use(looks, key):
    person = looks.page("desktop", "ida")
    person.goto(f"/my/{key(MINE)}/people")
    person.fill("#name", "Nora Dates")
    person.locator("input[name=scope][value=plan]").check(force=True)
    person.locator("input[name=agreed]").check(force=True)
    person.click("text=Make the code")
    carer = looks.page("phone")
    join(carer, code_of(person), "nora-dates")
    assert carer.locator("h1").inner_text() == "More"
    sound(carer)
    for link in carer.locator("main a").all():
        assert carer.context.request.get(link.get_attribute("href")).status == 200


def test_what_was_typed_when_the_session_ended_is_there_again(
    looks, key, server, django_db_blocker, keep
):
    from django.contrib.sessions.models import Session

    person = looks.page("desktop", "ida")
    person.goto(f"/my/{key(MINE)}/people")
    person.fill("#name", "Tom Slow")
    person.locator("input[name=scope][value=everything]").check(force=True)
    person.locator("input[name=agreed]").check(force=True)
    person.click("text=Make the code")
    page = looks.page("phone")
    join(page, code_of(person), "tom-slow")
    page.goto(f"/my/{key(MINE)}/diary")
    page.locator("details.tap-group summary").first.click()
    page.locator("details.tap-group .tap").first.click()
    page.fill("#text", "a long note, typed slowly")
    session = next(one for one in page.context.cookies() if one["name"] == "sessionid")["value"]

    def end():
        past = datetime.now(tz=UTC) - timedelta(minutes=1)
        return Session.objects.filter(pk=session).update(expire_date=past)

    assert in_store(server, django_db_blocker, end) == 1
    page.click("text=Show me what to do, and save")
    told = words(page)
    assert "What you typed is kept." in told
    assert "Call 911 now" in told
    sound(page)
    keep(page, "journey-session-ended-phone")
    page.fill("#id_login", "tom-slow")
    page.fill("#id_password", PASSWORD)
    page.click("form.fields button:has-text('Sign in')")
    told = words(page)
    assert "What you had typed is still here" in told
    assert "What you notice:" in told
    sound(page)
    keep(page, "journey-draft-phone")
    page.click("text=Record it now")
    assert "a long note, typed slowly" in words(page)
    assert "Your entry is saved" in words(page)


def test_a_record_is_opened_in_an_emergency_with_a_reason_and_the_lead_is_told(
    looks, key, server, django_db_blocker, keep
):
    from longwatch.store.models import AuditEntry

    looks.refusals.update({403, 422})
    desk = looks.page("phone", "marek")
    assert desk.goto(f"/patients/{key(OTHER)}").status == 403
    sound(desk)
    keep(desk, "journey-refused-phone")
    desk.goto("/emergency")
    desk.fill("#number", OTHER)
    desk.fill("#reason", " ")
    desk.click("text=Open the record")
    assert "no reason was given" in words(desk)
    desk.fill("#reason", "unconscious in the corridor")
    desk.click("text=Open the record")
    assert "Emergency access until" in desk.locator("body").inner_text()
    sound(desk)
    keep(desk, "journey-emergency-access-phone")
    lead = looks.page("desktop", "quist")
    lead.goto("/worklist")
    assert "opened in an emergency" in words(lead)

    def noted():
        rows = AuditEntry.objects.filter(actor="marek", patient=OTHER).order_by("number")
        return list(rows.values_list("action", flat=True))

    assert in_store(server, django_db_blocker, noted)[:3] == [
        "refused",
        "opened in an emergency",
        "read",
    ]


def test_strangers_and_others_are_refused(looks, key):
    looks.refusals.add(403)
    stranger = looks.page("phone")
    stranger.goto(f"/my/{key(MINE)}")
    assert "/account/login/" in stranger.url
    assert not re.search(r"Bramble|Boris|N1009", stranger.content())
    ida = looks.page("phone", "ida")
    for address in (f"/my/{key(OTHER)}", f"/patients/{key(MINE)}", "/worklist", "/people"):
        assert ida.goto(address).status == 403
        sound(ida)
