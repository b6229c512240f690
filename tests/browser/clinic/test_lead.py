"""What the lead sets and asks: the clinic, its protocol, its evidence, the simulator."""

from __future__ import annotations

import time

import pytest
from tests.browser.clinic.steps import sound, told

pytestmark = pytest.mark.campaign

_RUN_TAKES = 420
"""Seconds that a small run may take on a busy machine; the compiler takes most of them."""


def test_the_clinic_is_set_and_says_who_did_it(looks, size, keep):
    looks.refusals.add(422)
    page = looks.page(size, "quist")
    page.goto("/settings")
    sound(page)
    words = page.locator("section[aria-labelledby=words]")
    words.get_by_label("Telephone", exact=True).fill("555 0135")
    words.get_by_label("Why it changes").fill("New exchange")
    words.get_by_role("button", name="Save").click()
    told(page, "Recorded, with you as its author")
    hours = page.locator("section[aria-labelledby=hours]")
    hours.get_by_label("Monday: Opens").fill("16:00")
    hours.get_by_label("Monday: Closes").fill("08:00")
    hours.get_by_label("Why it changes").fill("Shorter days")
    hours.get_by_role("button", name="Save").click()
    assert "ends before it begins" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Monday: Opens").input_value() == "16:00", "typed words stay"
    sound(page)
    page.get_by_label("Monday: Opens").fill("08:00")
    page.get_by_label("Monday: Closes").fill("16:00")
    hours = page.locator("section[aria-labelledby=hours]")
    hours.get_by_label("Why it changes").fill("Shorter days")
    hours.get_by_role("button", name="Save").click()
    told(page, "Recorded")
    page.get_by_label("Deputy of nurse", exact=True).select_option("lead")
    page.get_by_role("button", name="Set nurse", exact=True).click()
    told(page, "Recorded")
    labs = page.locator("section[aria-labelledby=labs]")
    labs.locator("input[name=laboratory]").last.fill("LIS/LAB-B")
    labs.locator("input[name=hours]").last.fill("48")
    labs.get_by_label("Why it changes").fill("It sends every day")
    labs.get_by_role("button", name="Save").click()
    told(page, "Recorded")
    keep(page, f"journey-settings-{size}")
    # Always open again: other journeys put things off until days of the week.
    page.get_by_label("Monday: Opens").fill("")
    page.get_by_label("Monday: Closes").fill("")
    hours = page.locator("section[aria-labelledby=hours]")
    hours.get_by_label("Why it changes").fill("Always open again")
    hours.get_by_role("button", name="Save").click()
    told(page, "Recorded")


def test_an_overlay_is_checked_tried_and_kept(looks, size, keep):
    looks.refusals.add(422)
    page = looks.page(size, "quist")
    page.goto("/settings/protocols/overlay")
    sound(page)
    text = page.get_by_label("protocol.yaml")
    right = text.input_value().replace("our-clinic", f"our-{size}")
    text.fill(right + "speed: fast\n")
    page.get_by_role("button", name="Check it").click()
    assert "speed" in page.get_by_role("alert").inner_text()
    assert "speed: fast" in page.get_by_label("protocol.yaml").input_value()
    keep(page, f"journey-overlay-wrong-{size}")
    sound(page)
    page.get_by_label("protocol.yaml").fill(right)
    page.get_by_role("button", name="Check it").click()
    assert "It is sound" in page.locator("main").inner_text()
    page.get_by_label("Why (to save)").fill("For the clinic")
    page.get_by_role("button", name="Save as a new version").click()
    told(page, "Kept as a new version")
    new = page.get_by_label("This one")
    names = new.locator("option").all_inner_texts()
    new.select_option(next(name for name in names if f"our-{size}" in name))
    page.get_by_role("button", name="Show what would change").click()
    assert "people are concerned" in page.locator("main").inner_text()
    keep(page, f"journey-dry-run-{size}")
    sound(page)


def test_the_evidence_of_this_clinic(looks, size, keep):
    page = looks.page(size, "olsen")
    page.goto("/evidence")
    sound(page)
    assert "Published" in page.locator("main").inner_text()
    keep(page, f"journey-evidence-{size}")


def test_the_simulator_runs_from_its_page(looks, keep):
    looks.refusals.add(422)
    page = looks.page("desktop", "olsen")
    page.goto("/simulator")
    sound(page)
    if not page.get_by_label("Virtual patients").count():
        pytest.skip("the mechanism is not installed here")
    page.get_by_label("Virtual patients").fill("100000")
    page.get_by_role("button", name="Begin").click()
    assert "At most" in page.get_by_role("alert").inner_text()
    page.get_by_label("Virtual patients").fill("10")
    page.get_by_label("Months").fill("24")
    page.get_by_role("button", name="Begin").click()
    told(page, "It runs")
    keep(page, "journey-simulator-runs")
    end = time.monotonic() + _RUN_TAKES
    while "Step " in page.locator("main").inner_text() and time.monotonic() < end:
        time.sleep(3)
        page.goto("/simulator")
    assert "10 patients, 24 months" in page.locator("main").inner_text()
    assert "results;" in page.locator("main").inner_text()
    keep(page, "journey-simulator-done")
    sound(page)
