"""Every address × everybody who may ask: what is not granted is refused, and noted."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from longwatch.web.granted import PAGES

NAMED = [pattern for pattern in get_resolver().url_patterns if hasattr(pattern, "name")]
WHO = ("stranger", "priya", "olsen", "ida")
EXPECTED = {
    "home": (302, 302, 302, 302),
    "health": (200, 200, 200, 200),
    "enter": (200, 200, 200, 200),
    "worklist": (302, 200, 200, 403),
    "alert": (302, 200, 200, 403),
    "alert-step": (302, 405, 405, 403),
    "overdue": (302, 200, 200, 403),
    "inbox": (302, 200, 200, 403),
    "inbox-sign": (302, 405, 405, 403),
    "readiness": (302, 200, 200, 403),
    "patient-results": (302, 200, 200, 403),
    "patient-treatment": (302, 200, 200, 403),
    "patient-dates": (302, 200, 200, 403),
    "patient-papers": (302, 200, 200, 403),
    "patient-why": (302, 200, 200, 403),
    "readiness-of": (302, 200, 200, 403),
    "prepare": (302, 405, 405, 403),
    "patient-contact": (302, 405, 405, 403),
    "patient-by-hand": (302, 200, 200, 403),
    "patients": (302, 200, 200, 403),
    "new-person": (302, 200, 200, 403),
    "patient": (302, 200, 200, 403),
    "desk": (302, 200, 200, 403),
    "desk-step": (302, 405, 405, 403),
    "desk-item": (302, 404, 404, 403),
    "infusions": (302, 200, 200, 403),
    "infusion": (302, 404, 404, 403),
    "infusion-summary": (302, 404, 404, 403),
    "settings": (302, 403, 200, 403),
    "protocols": (302, 403, 200, 403),
    "overlay": (302, 403, 200, 403),
    "arrangements": (302, 200, 200, 403),
    "arrange": (302, 200, 200, 403),
    "evidence": (302, 200, 200, 403),
    "simulator": (302, 200, 200, 403),
    "mine": (302, 403, 403, 200),
    "my-results": (302, 403, 403, 200),
    "my-card": (302, 403, 403, 200),
    "fhir-metadata": (200, 200, 200, 200),
    "fhir-search": (401, 200, 200, 403),
    "fhir-search-form": (401, 405, 405, 403),
    "fhir-read": (401, 200, 200, 403),
    "fhir-elsewhere": (404, 404, 404, 404),
    "join": (200, 200, 200, 200),
    "my-account": (302, 200, 200, 200),
    "draft": (302, 404, 404, 404),
    "my-people": (302, 403, 403, 200),
    "people": (302, 403, 200, 403),
    "patient-access": (302, 200, 200, 403),
    "emergency": (302, 200, 200, 403),
    "my-diary": (302, 403, 403, 200),
    "my-skin": (302, 403, 403, 200),
    "my-relapse": (302, 403, 403, 200),
    "my-entry": (302, 403, 403, 404),
    "my-entry-change": (302, 403, 403, 404),
    "my-test-done": (302, 403, 403, 405),
    "my-felt": (302, 403, 403, 200),
    "my-care": (302, 403, 403, 200),
    "my-questions": (302, 403, 403, 200),
    "my-calendar": (302, 403, 403, 200),
    "my-calendar-file": (302, 403, 403, 200),
    "my-more": (302, 403, 403, 200),
    "my-file": (302, 403, 403, 200),
    "calendar-feed": (404, 404, 404, 404),
    "emergency-card": (404, 404, 404, 404),
    "from-people": (302, 200, 200, 403),
    "patient-diary": (302, 200, 200, 403),
    "patient-diary-step": (302, 405, 405, 403),
    "api-document": (200, 200, 200, 200),
    "api-elsewhere": (404, 404, 404, 404),
    "api-worklist": (401, 200, 200, 403),
    "api-patients": (401, 200, 200, 403),
    "api-status": (401, 200, 200, 403),
    "api-findings": (401, 200, 200, 403),
    "api-plan": (401, 200, 200, 403),
    "api-results": (401, 200, 200, 403),
    "api-alerts": (401, 200, 200, 403),
    "api-alert": (401, 200, 200, 403),
    "api-alert-step": (401, 405, 405, 403),
    "cds-services": (200, 200, 200, 200),
    "cds-service": (401, 401, 401, 401),
    "cds-feedback": (401, 401, 401, 401),
}
"""Status by name of the address, for a stranger, a nurse, a neurologist, the person treated."""


def address(pattern, key):
    """The address with the own patient of the demo, or any alert."""
    route = str(pattern.pattern)
    if pattern.name == "fhir-elsewhere":
        return "/fhir/"
    if pattern.name == "api-elsewhere":
        return "/api/"
    own = str(key("N1009"))
    for part, value in {
        "<str:kind>": "Patient",
        "<str:key>": own,
        "<int:patient>": own,
        "<int:alert>": "1",
        "<int:held>": "999999",
        "<int:course>": "9",
        "<int:day>": "9",
        "<int:draft>": "1",
        "<int:entry>": "999999",
        "<str:secret>": "nothing",
        "<str:service>": "longwatch-watch",
    }.items():
        route = route.replace(part, value)
    return "/" + route


def test_every_address_has_its_row_in_both_tables():
    names = {pattern.name for pattern in NAMED}
    assert names == PAGES.keys() == EXPECTED.keys()


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("pattern", NAMED, ids=lambda pattern: pattern.name)
def test_who_may_open_what(pattern, who, enter, key):
    browser = enter(None if who == "stranger" else who)
    answer = browser.get(address(pattern, key))
    assert answer.status_code == EXPECTED[pattern.name][WHO.index(who)]
    if who == "stranger" and answer.status_code == 302:
        assert answer.headers["Location"].startswith("/account/login/")


@pytest.mark.parametrize("page", ["mine", "my-results", "my-card"])
def test_nobody_sees_the_own_page_of_somebody_else_and_the_attempt_is_noted(page, enter, key):
    from django.urls import reverse

    from longwatch.store.models import AuditEntry

    answer = enter("ida").get(reverse(page, args=[key("N1004")]))
    assert answer.status_code == 403
    newest = AuditEntry.objects.order_by("-number").first()
    assert (newest.action, newest.actor, newest.patient) == ("refused", "ida", "N1004")


def test_every_opening_of_a_record_is_in_the_audit_log(enter, key):
    from longwatch.store.audit import verify_audit
    from longwatch.store.models import AuditEntry

    browser = enter("priya")
    before = AuditEntry.objects.count()
    browser.get(f"/patients/{key('N1018')}")
    entry = AuditEntry.objects.order_by("-number").first()
    assert AuditEntry.objects.count() == before + 1
    assert (entry.action, entry.actor, entry.patient) == ("read", "priya", "N1018")
    assert verify_audit().problem is None


def test_a_carer_or_role_whose_time_is_over_sees_nothing(enter, key):
    from longwatch.store.models import Membership, OwnRecord
    from longwatch.web.clock import now

    nurse = Membership.objects.get(user__username="priya")
    own = OwnRecord.objects.get(user__username="ida")
    for right in (nurse, own):
        type(right).objects.filter(pk=right.pk).update(until=now())
    try:
        assert enter("priya").get("/worklist").status_code == 403
        assert enter("ida").get(f"/my/{key('N1009')}").status_code == 403
    finally:
        for right in (nurse, own):
            type(right).objects.filter(pk=right.pk).update(until=None)


def test_without_the_demo_nobody_enters_by_a_click(clinic, enter):
    from django.test import override_settings

    with override_settings(DEMO=False):
        browser = enter(None)
        assert browser.get("/enter").status_code == 404
        assert browser.post("/enter", {"as": "priya"}).status_code == 404
        assert browser.get("/worklist").status_code == 302


def test_every_answer_forbids_what_comes_from_elsewhere(enter):
    for address in ("/enter", "/worklist", "/nowhere"):
        answer = enter("priya").get(address)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("who", "there"),
    [("priya", "/worklist"), ("olsen", "/worklist"), ("inga", "/infusions"), ("marek", "/desk")],
)
def test_everybody_lands_on_the_page_of_their_work(enter, who, there):
    assert enter(who).get("/").headers["Location"] == there
