"""How often each page asks the store: as often in a large clinic and with long histories."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.systems import asking, registered
from tests.web.test_hooks import called
from tests.web.test_lists import DAY, alert, person

SEEN, OWN = "N1018", "N1009"
PAGES = (
    ("priya", "/worklist", SEEN, 20),
    ("priya", "/overdue", SEEN, 16),
    ("priya", "/patients/{}", SEEN, 36),
    ("priya", "/patients/{}/results", SEEN, 30),
    ("priya", "/patients/{}/dates", SEEN, 30),
    ("ida", "/my/{}", OWN, 30),
    ("ida", "/my/{}/results", OWN, 30),
)
"""Who opens which page about whom, and how often it may ask at most."""
HOOK = 24


@pytest.fixture
def grown(undone, key):
    """A function that makes the clinic larger and this person's history longer."""
    from longwatch.store.models import Contact, HeldItem, ProtocolInForce, Result
    from longwatch.web.clock import now

    def grow(name, first=1, last=20):
        whose = key(name)
        for at in range(first, last):
            other = person(f"Q{at}", phase="watched", overdue=1, days_overdue=at)
            alert(other, "A", kind="overdue", since="2026-11-01")
            alert(other, "B", tier="emergency")
            ProtocolInForce.objects.create(
                patient=other, protocol="alemtuzumab-us", since=DAY, filed_at=now()
            )
            HeldItem.objects.create(key=f"q{at}", reason="bad-row", table="results", filed_at=now())
            Contact.objects.create(patient=other, kind="call", outcome="reached", at=now())
            Result.objects.create(
                patient_id=whose, date=DAY - timedelta(days=at + 30), test="platelets",
                value=200.0 + at, unit="10*9/L", digest=f"q{at}", filed_at=now(),
            )  # fmt: skip
            Contact.objects.create(patient_id=whose, kind="call", outcome="reached", at=now())

    return grow


def asked(look):
    """How many statements a second look takes, without those that open and close transactions."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    look()
    with CaptureQueriesContext(connection) as queries:
        assert look().status_code == 200
    words = [query["sql"].split()[0] for query in queries]
    return sum(word in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH") for word in words)


@pytest.mark.parametrize(("user", "page", "name", "most"), PAGES)
def test_a_page_asks_no_more_in_a_large_clinic_with_long_histories(
    user, page, name, most, enter, key, grown
):
    browser, address = enter(user), page.format(key(name))
    grown(name, last=2)
    few = asked(lambda: browser.get(address))
    grown(name, first=2)
    assert asked(lambda: browser.get(address)) <= few <= most


def test_a_card_asks_no_more_in_a_large_clinic_with_long_histories(clinic, key, grown):
    ehr = asking(registered("cds-hooks")[1])
    grown(SEEN, last=2)
    few = asked(lambda: called(ehr, key(SEEN)))
    grown(SEEN, first=2)
    assert asked(lambda: called(ehr, key(SEEN))) <= few <= HOOK
