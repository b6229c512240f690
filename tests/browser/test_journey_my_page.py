"""What a person reads on the own pages: what is next, where one stands, what the results mean."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import SCREENS
from tests.browser.journeys import MINE, in_store, printed, sound, words

pytestmark = pytest.mark.campaign
BOTH = pytest.mark.parametrize("size", ["desktop", "phone"])
READ = ("", "/results", "/care", "/felt", "/card", "/more", "/calendar", "/people", "/diary")


@BOTH
def test_the_next_step_has_a_window_and_stands_first(size, looks, key, keep):
    page = looks.page(size, "ida", scripts=False)
    page.goto(f"/my/{key(MINE)}")
    told = words(page)
    assert re.search(r"Any day from \w+ \d+ \w+ to \d+ \w+ \d{4}", told)
    for part in page.locator("section.next .what").all():
        box = part.bounding_box()
        assert box["y"] + box["height"] < page.viewport_size["height"], "in the first window"
    assert (
        page.locator("section.next h2").first.inner_text().strip()
        == "First: speak with your clinic"
    )
    assert re.search(r"You are in month \d+ of 48 after your newest infusion", told)
    assert "The watch goes on until" in told
    assert page.get_by_role("img", name=re.compile("monthly tests done")).count() == 1
    sideways = "one => one.scrollWidth - one.clientWidth"
    for box in page.locator(".scroll-x").all():
        assert box.evaluate(sideways) <= 0, "today is in sight without pushing the picture aside"
    keep(page, f"journey-my-page-{size}")


@BOTH
def test_each_result_says_what_it_means_and_what_happens_next(size, looks, key, keep):
    page = looks.page(size, "ida")
    page.goto(f"/my/{key(MINE)}")
    for result in page.locator("section .result").all():
        told = result.inner_text()
        assert result.locator(".pill svg").count() == 1, "a sign beside the color"
        assert result.locator(".pill").inner_text().strip(), "and a word"
        assert result.locator(".means").first.inner_text().strip(), told
        assert re.search(r"Seen by your clinic on|has not signed it off yet", told)
        assert result.locator("svg[role=img] title, svg[role=img][aria-label]").count() >= 1
    page.click("text=All my results")
    sound(page)
    page.locator("summary").first.click()
    assert page.locator("table").first.is_visible()
    sound(page)
    keep(page, f"journey-results-{size}")


def test_what_the_clinic_signs_off_is_said_beside_the_result(looks, key, keep):
    nurse = looks.page("desktop", "priya")
    nurse.goto("/inbox")
    person = looks.page("phone", "ida")
    person.goto(f"/my/{key(MINE)}")
    before = words(person).count("has not signed it off yet")
    assert before > 0
    box = nurse.locator("section.panel", has_text=MINE).first
    box.get_by_role("button", name=re.compile(r"Sign off \d+ usual")).first.click()
    assert "results signed off." in words(nurse)
    person.reload()
    told = words(person)
    assert told.count("has not signed it off yet") < before
    assert "Seen by your clinic on" in told
    keep(person, "journey-signed-off-phone")


@BOTH
def test_the_white_cells_stand_in_their_band_with_words_for_those_who_see_no_picture(
    size, looks, key
):
    page = looks.page(size, "ida")
    page.goto(f"/my/{key(MINE)}")
    box = page.locator("section", has=page.locator("#cells"))
    assert "9 in 10 people" in box.inner_text()
    drawn = box.get_by_role("img")
    assert drawn.count() == 1
    assert len(drawn.get_attribute("aria-label") or drawn.text_content()) > 20


@BOTH
def test_food_medicines_and_what_others_felt_can_be_read_without_scripts(size, looks, key, keep):
    page = looks.page(size, "ida", scripts=False)
    page.goto(f"/my/{key(MINE)}/care")
    told = words(page)
    assert "What holds now" in told
    assert "My vaccines" in told
    keep(page, f"journey-care-{size}")
    page.goto(f"/my/{key(MINE)}/felt")
    told = words(page)
    assert "of 100 people" in told
    assert "10 or more people" in told
    keep(page, f"journey-felt-{size}")


@BOTH
def test_spanish_and_larger_letters_stay_and_nothing_falls_off_the_page(size, looks, key, keep):
    page = looks.page(size, "ida")
    usual = letters(page, key)
    page.goto(f"/my/{key(MINE)}/more")
    page.get_by_text("Español").click()
    page.get_by_text("Larger letters").click()
    page.click("main button:has-text('Save')")
    try:
        assert letters(page, key) > usual * 1.1
        for rest in READ:
            page.goto(f"/my/{key(MINE)}{rest}")
            assert page.locator("html").get_attribute("lang") == "es"
            sound(page)
        page.goto(f"/my/{key(MINE)}")
        assert "Su próximo paso" in words(page)
        keep(page, f"journey-spanish-{size}")
        page.goto(f"/my/{key(MINE)}/results")
        page.locator("summary").first.click()
        assert "definitivo" in words(page)
        assert " final" not in words(page)
    finally:
        page.goto(f"/my/{key(MINE)}/more")
        page.get_by_text("English").click()
        page.locator("input[name=large]").uncheck(force=True)
        page.locator("main form .acts button").click()


def letters(page, key):
    page.goto(f"/my/{key(MINE)}")
    return float(
        page.evaluate("parseFloat(getComputedStyle(document.querySelector('p')).fontSize)")
    )


@pytest.mark.parametrize("rest", ["", "/results", "/diary", "/care", "/questions", "/card"])
def test_on_paper_stands_what_stands_on_the_page(rest, looks, key):
    page = looks.page("desktop", "ida")
    page.goto(f"/my/{key(MINE)}{rest}")
    title = page.locator("h1").inner_text()
    page.emulate_media(media="print")
    shown = page.locator("main").inner_text()
    assert len(shown) > 100
    if rest != "/card":
        assert title in shown
    assert page.locator("button:visible").count() == 0, "what is pressed is not on paper"
    name = f"print-my{rest.replace('/', '-')}"
    assert 1 <= printed(page, SCREENS / f"{name}.pdf") <= 12
    page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


def test_every_page_that_was_read_stands_in_the_audit_log(looks, key, server, django_db_blocker):
    from longwatch.store.models import AuditEntry

    def read():
        found = AuditEntry.objects.filter(actor="ida", action="read", patient=MINE)
        return list(found.order_by("number").values_list("target", flat=True))

    before = len(in_store(server, django_db_blocker, read))
    page = looks.page("phone", "ida")
    for rest in ("", "/results", "/diary"):
        page.goto(f"/my/{key(MINE)}{rest}")
    new = in_store(server, django_db_blocker, read)[before:]
    assert new == ["mine", "my-results", "my-diary"]


@pytest.mark.parametrize("seen", ["achromatopsia", "deuteranopia", "protanopia"])
def test_without_colors_the_page_says_the_same(seen, looks, key, keep):
    page = looks.page("phone", "ida")
    page.goto(f"/my/{key(MINE)}")
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setEmulatedVisionDeficiency", {"type": seen})
    for pill in page.locator(".pill").all():
        assert pill.locator("svg").count() == 1
        assert pill.inner_text().strip()
    keep(page, f"journey-{seen}-phone")


@BOTH
def test_the_front_door_lets_one_in_as_each_role_with_one_click(size, looks, keep):
    from longwatch.web.demo import DEMO_USERS

    page = looks.page(size, scripts=False)
    for one in DEMO_USERS:
        page.goto("/")
        page.goto("/enter")
        page.get_by_role("button", name=one.words).click()
        assert not page.url.endswith("/enter")
        expect(page.locator("h1")).to_have_count(1)
    page.goto("/enter")
    keep(page, f"journey-enter-{size}")
