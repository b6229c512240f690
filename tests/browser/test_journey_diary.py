"""The diary as a person uses it, from the tap to the clinic's list."""

from __future__ import annotations

import pytest
from tests.browser.journeys import MINE, sound, words


def in_order(text, *parts):
    """Whether the parts stand in the text, one after the other."""
    at = [text.find(part) for part in parts]
    assert -1 not in at, (parts, text)
    assert at == sorted(at), (parts, text)


def tap(page, label):
    """Taps a symptom; opens its group first, as a finger would."""
    group = page.locator("details.tap-group", has=page.get_by_text(label, exact=True))
    if group.count() and group.get_attribute("open") is None:
        group.locator("summary").click()
    page.get_by_text(label, exact=True).click()


def test_without_scripts_a_sign_of_stroke_says_call_now_before_everything_else(phone, key):
    page = phone("ida", scripts=False)
    page.goto(f"/my/{key(MINE)}/diary")
    tap(page, "One side of the face hangs down")
    page.click("text=Show me what to do, and save")
    in_order(words(page), "Call now", "Call 911", "Your entry is saved")
    assert page.get_by_role("link", name="Call 911").get_attribute("href") == "tel:911"


@pytest.mark.campaign
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_what_a_person_taps_stands_on_the_nurses_list(size, looks, key, keep):
    nurse = looks.page("desktop", "priya")
    person = looks.page(size, "ida")
    person.goto(f"/my/{key(MINE)}")
    person.click("text=Write in my diary")
    sound(person)
    keep(person, f"journey-diary-{size}")
    tap(person, "A seizure (fit)")
    tap(person, "Very much")
    person.fill("#text", f"at breakfast, {size}")
    person.click("text=Show me what to do, and save")
    in_order(words(person), "Call now", "Your entry is saved", f"at breakfast, {size}")
    # What to do comes before anything else that can be read, and in sight without scrolling.
    assert person.locator(".care.emergency").first.bounding_box()["y"] < 400
    sound(person)
    keep(person, f"journey-diary-call-now-{size}")
    nurse.goto("/worklist")
    row = nurse.locator("article", has_text=MINE).first
    assert "eizure" in row.inner_text()
    nurse.goto(f"/patients/{key(MINE)}/diary")
    entry = nurse.locator("article.entry", has_text=f"at breakfast, {size}")
    assert "Not yet read" in entry.inner_text()
    entry.locator("xpath=following-sibling::form[1]").get_by_role("button").click()
    person.goto(f"/my/{key(MINE)}/diary")
    entry = person.locator("article.entry", has_text=f"at breakfast, {size}")
    assert "Read by Priya Nair" in entry.inner_text()


@pytest.mark.campaign
def test_the_keyboard_alone_is_enough_from_entering_to_saving(looks, key):
    page = looks.page("desktop")
    page.goto("/enter")
    to(page, "Boris Bramble, person treated")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/my/{key(MINE)}")
    to(page, "My diary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/diary")
    to_checkbox(page, "bruising")
    page.keyboard.press("Space")
    to(page, "Show me what to do, and save")
    page.keyboard.press("Enter")
    page.wait_for_url("**/diary/*")
    # With what was told before on this day, bruises can be an emergency: the clinic comes second.
    in_order(words(page), "all your clinic today", "Your entry is saved")


_FOCUSED = "document.activeElement"


def to(page, start):
    """Tabs until something with these words has the focus, and its focus can be seen."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(f"{_FOCUSED}.textContent").strip().startswith(start):
            assert page.evaluate(f"getComputedStyle({_FOCUSED}).outlineStyle") != "none"
            return
    raise AssertionError(f"the keyboard does not reach {start!r}")


def to_checkbox(page, value):
    """Tabs to a symptom; groups that are closed are opened on the way."""
    for _ in range(200):
        page.keyboard.press("Tab")
        kind, told = page.evaluate(f"[{_FOCUSED}.tagName, {_FOCUSED}.value || '']")
        if kind == "SUMMARY" and not page.evaluate(f"{_FOCUSED}.parentElement.open"):
            page.keyboard.press("Enter")
        if told == value:
            return
    raise AssertionError(f"the keyboard does not reach {value!r}")


@pytest.mark.campaign
def test_a_mistake_leaves_what_was_typed_and_says_where_it_is(looks, phone, key):
    looks.refusals.add(422)
    page = phone("ida")
    page.goto(f"/my/{key(MINE)}/diary")
    page.click("text=Show me what to do, and save")
    assert "Tap what you notice" in words(page)
    sound(page)
    page.locator(".error-summary a").first.click()
    assert page.evaluate("location.hash") == "#codes"


@pytest.mark.campaign
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_look_at_the_skin_is_noted_and_a_change_leads_to_a_call(size, looks, key, keep):
    looks.refusals.add(422)
    page = looks.page(size, "ida")
    page.goto(f"/my/{key(MINE)}/skin")
    sound(page)
    page.click("text=No, I saw nothing new")
    page.click("main button:has-text('Save')")
    assert "Nothing new or changed." in words(page)
    page.goto(f"/my/{key(MINE)}/skin")
    assert "You looked last on" in words(page)
    page.click("text=Yes, or I am not sure")
    page.click("main button:has-text('Save')")
    assert "Tap where it is, or write it." in words(page)
    page.get_by_text("Back", exact=True).click()
    page.click("main button:has-text('Save')")
    assert "Call your clinic" in words(page)
    sound(page)
    keep(page, f"journey-skin-{size}")


@pytest.mark.campaign
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_relapse_questions_never_say_that_it_is_one(size, looks, key, keep):
    page = looks.page(size, "ida")
    page.goto(f"/my/{key(MINE)}/diary")
    page.get_by_role("link", name="A new or worse MS symptom").click()
    asked = words(page)
    in_order(asked, "These questions do not say what it is", "Question 1 of", "Question 2 of")
    sound(page)
    page.click("text=Show me how fast to call, and save")
    told = words(page)
    assert "Call" in told
    assert "you have a relapse" not in told.lower()
    sound(page)
    keep(page, f"journey-relapse-{size}")


@pytest.mark.campaign
def test_a_question_goes_to_the_clinic_and_the_answer_comes_back(looks, key, keep):
    page = looks.page("phone", "ida", scripts=False)
    page.goto(f"/my/{key(MINE)}/questions")
    page.fill("#text", "May I fly in spring?")
    page.click("main button:has-text('Save')")
    assert "May I fly in spring?" in words(page)
    nurse = looks.page("desktop", "priya")
    nurse.goto("/from-people")
    assert "May I fly in spring?" in words(nurse)
    nurse.goto(f"/patients/{key(MINE)}/diary")
    asked = nurse.locator("form", has=nurse.locator("textarea")).first
    asked.locator("textarea").fill("Yes. Take your card along.")
    asked.get_by_role("button").click()
    page.reload()
    in_order(words(page), "May I fly in spring?", "Answer by Priya Nair", "Take your card along.")
    page.get_by_role("button", name="Settled").first.click()
    assert "No open question." in words(page)


@pytest.mark.campaign
def test_a_test_that_was_taken_waits_for_its_result(phone, key, keep):
    page = phone("ida")
    page.goto(f"/my/{key(MINE)}")
    page.click("text=I have had this test today")
    told = words(page)
    in_order(told, "Thank you.", "Your next step", "The result is not here yet")
    assert page.get_by_role("button", name="I have had this test today").count() == 0
    keep(page, "journey-test-done-phone")
