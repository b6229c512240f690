"""Every page that the application has, as a browser shows it: also those that are added later.

A page comes here by its row in `granted.PAGES`. The long form, every role and every size, runs in
the campaign.
"""

from __future__ import annotations

import gzip
import re
import urllib.parse

import pytest
from tests.browser.axe import complaints
from tests.browser.keys import KEYS
from tests.browser.walk import stops
from tests.web.conftest import at_work_on

STOPS = stops()
EVERY_RUN = {
    *("worklist", "alert", "inbox", "patient", "infusion"),
    *("mine", "my-diary", "my-card", "emergency-card", "account_login"),
}
MOST_COMPRESSED = 150_000
"""Bytes of a page with its style and scripts, compressed, without pictures and fonts."""
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_WIDE = """() => [...document.querySelectorAll('body *')].filter(one =>
    one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll-x, .unseen, .skip')
    ).slice(0, 3).map(one => one.tagName + '.' + one.getAttribute('class'))"""
_HIDDEN_FOCUS = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return 'nothing';
    const look = getComputedStyle(one), box = one.getBoundingClientRect();
    const seen = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2;
    const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0;
    const name = one.tagName + ' ' + (one.id || one.textContent.trim().slice(0, 30));
    return seen && inside ? '' : name;
}"""


@pytest.fixture(scope="session")
def keys(server, django_db_blocker):
    with django_db_blocker.unblock(), at_work_on(str(server.store)):
        return {name: find() for name, find in KEYS.items()}


@pytest.fixture(scope="session")
def names_of_people(server, django_db_blocker):
    """Words that must stand in no title and no address."""
    from longwatch.store.models import Identifier, Patient

    with django_db_blocker.unblock(), at_work_on(str(server.store)):
        people = Patient.objects.values_list("reference", "name")
        words = {
            word for row in people for text in row if text for word in re.split(r"[ ,]+", text)
        }
        return words | set(Identifier.objects.values_list("value", flat=True))


def test_every_part_of_an_address_can_be_filled():
    wanted = {name for stop in STOPS for name in stop.key_names(KEYS)}
    assert wanted <= KEYS.keys(), "add it to keys.KEYS"


def look_at(stop, user, window, keys, names):
    """Everything that can be seen without a person. Returns False where no page is shown."""
    answers = []
    window.on("response", lambda one: answers.append(one))
    if None in (keys[name] for name in stop.key_names(keys)):
        pytest.skip("the sample clinic has nothing of this kind")
    address = stop.address(keys)
    asked = window.context.request.get(address)
    if asked.status == 405 or "text/html" not in asked.headers.get("content-type", ""):
        assert asked.status in (200, 405), "a file to download, or it only takes forms"
        return False
    answer = window.goto(address)
    assert answer.status == 200, f"{stop.name} as {user}: {answer.status}"
    asked_to_sign_in = "/account/login/" in window.url
    assert asked_to_sign_in == (stop.name == "account_login"), "the page itself, no other"
    told = urllib.parse.unquote(window.title() + " " + window.url)
    assert [name for name in names if len(name) > 2 and name in told] == []
    assert window.locator("h1").count() == 1, "one heading of the first order"
    assert complaints(window) == []
    assert weight(answers) <= MOST_COMPRESSED
    assert window.evaluate(_SIDEWAYS) == 0, window.evaluate(_WIDE)
    return True


def weight(answers):
    """Bytes that a page, its style and its scripts take on their way."""
    kinds = ("document", "stylesheet", "script")
    return sum(
        len(gzip.compress(one.body()))
        for one in answers
        if one.request.resource_type in kinds and one.status == 200
    )


def often(stop):
    """The pages that people live with are looked at in every run, the others in the campaign."""
    marks = () if stop.name in EVERY_RUN else (pytest.mark.campaign,)
    return pytest.param(stop, id=stop.name, marks=marks)


@pytest.mark.parametrize("stop", [often(stop) for stop in STOPS])
def test_a_page_is_sound_on_desktop_and_phone(stop, looks, keys, names_of_people, keep):
    user = stop.users[0]
    window = looks.page("desktop", user)
    if not look_at(stop, user, window, keys, names_of_people):
        return
    keep(window, f"{stop.name}-desktop")
    window.set_viewport_size({"width": 390, "height": 844})
    assert window.evaluate(_SIDEWAYS) == 0, window.evaluate(_WIDE)
    keep(window, f"{stop.name}-phone")
    window.set_viewport_size({"width": 1320, "height": 900})
    for _ in range(6):
        window.keyboard.press("Tab")
        assert window.evaluate(_HIDDEN_FOCUS) in ("", "nothing"), "what has the focus is seen"


@pytest.mark.campaign
@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)
def test_a_page_is_sound_for_every_role_that_may_see_it(stop, size, looks, keys, names_of_people):
    for user in stop.users:
        window = looks.page(size, user)
        if not look_at(stop, user, window, keys, names_of_people):
            return
        ends = window.locator("a[href], button, input, select, textarea, summary").count()
        for _ in range(min(ends, 80)):
            window.keyboard.press("Tab")
            assert window.evaluate(_HIDDEN_FOCUS) in ("", "nothing"), "what has the focus is seen"
