"""What could not be filed, and who takes whose tests where."""

from __future__ import annotations

import pytest
from tests.browser.clinic.steps import printed, sound, told

pytestmark = pytest.mark.campaign


def decide(page, words):
    """Opens the first waiting item that says this."""
    page.goto("/desk")
    row = page.locator("section[aria-labelledby=waiting] tbody tr", has_text=words).first
    row.get_by_role("link", name="Decide").click()


def test_something_held_is_filed_set_aside_and_taken_up_again(looks, size, keep):
    looks.refusals.add(422)
    page = looks.page(size, "marek")
    page.goto("/desk")
    sound(page)
    decide(page, "This patient is not in")
    sound(page)
    keep(page, f"journey-held-{size}")
    page.get_by_label("Look for the patient").fill("alder")
    page.get_by_role("button", name="Search").click()
    assert "alder" not in page.url
    page.get_by_label("Alder, Ada").check()
    page.locator("#why-file").fill("The report names her")
    page.get_by_role("button", name="File it").click()
    told(page, "Filed")
    decide(page, "is not a number")
    page.locator("#why-reject").fill("The laboratory was asked for a new sample")
    page.get_by_role("button", name="Set aside").click()
    told(page, "Set aside")
    decided = page.locator("section[aria-labelledby=decided]")
    assert "The laboratory was asked for a new sample" in decided.inner_text()
    decided.get_by_role("link").first.click()
    page.get_by_label("Why").fill("It was read again, and has a value")
    page.get_by_role("button", name="Let it wait again").click()
    told(page, "It waits again")
    assert "is not a number" in page.locator("section[aria-labelledby=waiting]").inner_text()
    sound(page)


def test_a_unit_that_means_something_elsewhere_is_not_taught(looks, size, keep):
    looks.refusals.add(422)
    page = looks.page(size, "marek")
    decide(page, "The unit is not one the catalogue knows")
    teach = page.locator("section[aria-labelledby=teach]")
    teach.get_by_label("Or: its unit for this test means").fill("mmol/L")
    teach.get_by_label("How it is known").fill("Their list of units of 2026")
    teach.get_by_label("The code means this test").select_option("hemoglobin")
    teach.get_by_role("button", name="Teach").click()
    told(page, "known to mean something")
    keep(page, f"journey-taught-{size}")
    sound(page)


def test_a_visit_at_home_is_booked_and_stands_on_the_day_list(looks, size, keep):
    looks.refusals.add(422)
    page = looks.page(size, "priya")
    page.goto("/arrangements")
    sound(page)
    page.get_by_role("link", name="Arrange").first.click()
    sound(page)
    name = page.locator("h1").inner_text()
    if not page.get_by_role("button", name="Save").is_visible():
        page.locator("summary", has_text="Change").first.click()
    page.locator("input[name=place][value=home]").check()
    page.get_by_label("Which laboratory, which street").fill("Elm street, after four")
    page.get_by_role("button", name="Save").click()
    told(page, "Recorded")
    page.locator("#opens").fill("2026-11-25")
    page.locator("#closes").fill("2026-11-23")
    page.get_by_role("button", name="Book").click()
    assert page.get_by_role("alert").is_visible(), "a window does not end before it begins"
    assert page.locator("#opens").input_value() == "2026-11-25", "typed words stay"
    page.locator("#opens").fill("2026-11-22")
    page.get_by_role("button", name="Book").click()
    told(page, "Recorded")
    keep(page, f"journey-booked-{size}")
    page.goto("/arrangements?place=home")
    assert name in page.locator("section[aria-labelledby=list]").inner_text()
    sound(page)
    assert name in printed(page)
    page.get_by_role("button", name="Taken").first.click()
    told(page, "Recorded")
