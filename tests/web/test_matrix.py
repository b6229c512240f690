"""Every address × everybody: each role alone, strangers, the person, another, carers, emergencies.

What must come out is said here once more, from the issue and not from the code that decides:
a row of the table grants to its roles, to the person and to carers as far as the person agreed.
"""

from __future__ import annotations

import pytest
from tests.browser.walk import stops
from tests.web.own_store import copied, newest, signed_in  # noqa: F401 (fixtures)

from longwatch.web.granted import CARE, PAGES, ROLES

WHO = (*ROLES, "own", "other", "carer-plan", "carer-results", "carer-everything", "nobody", "desk!")
"""Each role; the person; another person; carers by scope; a user without rights; an emergency."""
STOPS = [stop for stop in stops() if stop.name in PAGES and not stop.page.anybody]
NOBODY = 999_999
OTHER_KEYS = {"alert": 1, "draft": NOBODY}
DATES = {"my-card", "my-more", "my-calendar-file"}
FOR_CARERS = {
    "carer-plan": DATES,
    "carer-results": DATES | {"mine", "my-results", "my-care", "my-felt"},
}


def granted(stop, who):
    """What the issue says."""
    page = stop.page
    if page.signed_in:
        return True
    if who in ROLES:
        return who in page.roles
    if who == "desk!":
        with_care = bool(page.roles & CARE) and "patient" in stop.parts
        return "laboratory-desk" in page.roles or with_care
    if not page.own or "patient" not in stop.parts:
        return False
    if who == "own":
        return True
    if who == "carer-everything":
        return stop.name != "my-people"
    return stop.name in FOR_CARERS.get(who, set())


@pytest.fixture
def browsers(signed_in):  # noqa: F811
    from longwatch.store.models import Patient
    from longwatch.web.clock import now
    from longwatch.web.emergency import EmergencyAccess

    found = {role: signed_in(f"the-{role}", role) for role in ROLES}
    found["own"] = signed_in("own", own="N1009")
    found["other"] = signed_in("other", own="N1004")
    for scope in ("plan", "results", "everything"):
        found[f"carer-{scope}"] = signed_in(scope, own="N1009", kind="carer", scope=scope)
    found["nobody"] = signed_in("nobody")
    found["desk!"] = signed_in("in-an-emergency", "laboratory-desk")
    at = now()
    EmergencyAccess.objects.create(
        user=found["desk!"].user,
        patient=Patient.objects.get(reference="N1009"),
        reason="bleeding",
        since=at,
        until=at.replace(hour=23, minute=59, second=59),
    )
    return found


def test_what_is_not_granted_is_refused_and_logged(browsers, newest, monkeypatch):  # noqa: F811
    from django.core.exceptions import PermissionDenied
    from django.db import transaction
    from django.http import HttpResponse

    from longwatch.store.models import Patient
    from longwatch.web import access

    asked = access._judge

    def only_judged(request, name, patient):
        # Neither what is granted nor the refusal need be drawn: other tests look at pages.
        try:
            return asked(request, name, patient) or HttpResponse("granted")
        except PermissionDenied:
            return HttpResponse(status=403)

    monkeypatch.setattr(access, "_judge", only_judged)
    keys = {**OTHER_KEYS, "patient": Patient.objects.get(reference="N1009").pk}
    wrong = []
    # One transaction for all: hundreds of them would wait for the disk each time.
    with transaction.atomic():
        _ask_all(browsers, keys, newest, wrong)
    assert wrong == []


def _ask_all(browsers, keys, newest, wrong):  # noqa: F811
    last = newest().number
    for stop in STOPS:
        keys |= {part: NOBODY for part in stop.parts if part not in keys}
        address = stop.address(keys)
        for who in WHO:
            status = browsers[who].get(address).status_code
            expected = 200 if granted(stop, who) else 403
            entry = newest()
            noted = entry.number > last and entry.action == (
                "read" if expected == 200 else "refused"
            )
            if status != expected or ((expected == 403 or "patient" in stop.parts) and not noted):
                wrong.append((stop.name, who, status, expected, entry.action))
            last = entry.number


def test_a_stranger_is_asked_to_sign_in_everywhere_and_it_is_logged(copied, caplog):  # noqa: F811
    from django.test import Client

    from longwatch.store.models import Patient

    keys = {**OTHER_KEYS, "patient": Patient.objects.get(reference="N1009").pk}
    for stop in STOPS:
        keys |= {part: NOBODY for part in stop.parts if part not in keys}
        for method in ("get", "post"):
            answer = getattr(Client(), method)(stop.address(keys))
            assert answer.status_code == 302, stop.name
            assert answer.headers["Location"].startswith("/account/login/?next=")
    lines = [line for line in caplog.messages if "to=stranger" in line]
    assert len(lines) == 2 * len(STOPS)
    assert not any("/" in line for line in lines), "no address, no key in a log"


def test_an_address_that_nobody_listed_is_refused(signed_in, monkeypatch):  # noqa: F811
    from longwatch.web import access

    browser = signed_in("ann", "nurse")
    without = {name: page for name, page in PAGES.items() if name != "worklist"}
    monkeypatch.setattr(access, "PAGES", without)
    assert browser.get("/worklist").status_code == 403


def test_one_store_is_one_clinic_a_session_of_another_opens_nothing(
    signed_in,  # noqa: F811
    filled,
):
    from tests.web.conftest import at_work_on

    browser = signed_in("ann", "nurse")
    assert browser.get("/people").status_code == 403
    with at_work_on(filled):
        assert browser.get("/worklist").headers["Location"].startswith("/account/login/")
