"""The main actions of the person treated by keyboard alone, with scripts and without."""

from __future__ import annotations

import pytest
from tests.browser.journeys import MINE, code_of, join, words

pytestmark = pytest.mark.campaign
BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])


@pytest.fixture
def person(looks, key):
    """Opens an own page; afterwards nothing was clicked."""

    def opened(rest, scripts):
        page = looks.page("desktop", "ida", scripts=scripts)
        page.goto(f"/my/{key(MINE)}{rest}")
        return page

    return opened


@BOTH
def test_an_entry_of_the_diary(person, scripts):
    page = person("", scripts)
    to(page, "a", "Write in my diary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/diary")
    to(page, "summary", "Chest and breathing")
    page.keyboard.press("Enter")
    to(page, "label:has(input[value=chest-pain])", "Chest pain")
    page.keyboard.press("Space")
    to(page, "textarea", "")
    page.keyboard.type("since breakfast")
    to(page, "button", "Show me what to do, and save")
    page.keyboard.press("Enter")
    page.wait_for_url("**/diary/*")
    told = words(page)
    assert told.index("Call now") < told.index("Your entry is saved") < told.index("breakfast")
    to(page, "a", "Call 911")


@BOTH
def test_a_question(person, scripts):
    page = person("/questions", scripts)
    asked = f"May I swim? {scripts}"
    to(page, "textarea", "")
    page.keyboard.type(asked)
    to(page, "button", "Save")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    entry = page.locator("article.entry", has_text=asked).first
    assert entry.is_visible()
    to(page, "button", "Settled")
    page.keyboard.press("Enter")
    page.get_by_text("Moved to the settled questions.").wait_for()


@BOTH
def test_a_look_at_the_skin(person, scripts):
    page = person("/skin", scripts)
    to(page, "label:has(input[name=changed])", "No, I saw nothing new")
    page.keyboard.press("ArrowDown")
    to(page, "label:has(input[name=area][value=back])", "Back")
    page.keyboard.press("Space")
    to(page, "button", "Save")
    page.keyboard.press("Enter")
    page.wait_for_url("**/diary/*")
    told = words(page)
    assert told.index("Call your clinic soon") < told.index("Your entry is saved")
    assert "A mole that is new or changes: Back" in told


@BOTH
def test_a_carer_is_let_in_and_the_consent_is_ended(person, looks, scripts):
    page = person("/people", scripts)
    name = f"Tab Keys {scripts}"
    to(page, "input[name=name]", "")
    page.keyboard.type(name)
    to(page, "label:has(input[name=scope])", "")
    page.keyboard.press("ArrowDown")
    to(page, "label:has(input[name=agreed])", "I agree")
    page.keyboard.press("Space")
    to(page, "button", "Make the code")
    page.keyboard.press("Enter")
    page.locator(".letter .code").wait_for()
    carer = looks.page("phone", scripts=scripts)
    join(carer, code_of(page), f"tab-keys-{scripts}".lower())
    assert "These are the pages of" in words(carer)
    page.reload()
    to(page, f"li:has-text('{name}') button", "End this")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert page.locator("li", has_text=name).count() == 0
    looks.refusals.add(403)
    assert carer.goto(carer.url).status == 403


def to(page, what, words, most=160):
    """Tabs until the focus is on it, and can be seen; `what`: a selector of it or around it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        one = page.locator(f"{what}:focus, {what}:has(:focus)")
        if one.count() and one.first.inner_text().strip().startswith(words):
            assert page.locator(":focus-visible").count() == 1
            return
    raise AssertionError(f"the keyboard does not reach {words or what!r} on {page.url}")
