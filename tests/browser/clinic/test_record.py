"""Somebody's record: found by search, read tab by tab, and printed."""

from __future__ import annotations

import pytest
from tests.browser.clinic.steps import printed, sheets, sound

pytestmark = pytest.mark.campaign

TABS = {
    "": ("To act on", "From vaccination", "Tests and examinations", "Contacts"),
    "/results": ("Platelets", "All "),
    "/treatment": ("Courses and infusions", "Prophylaxis and advice", "Events"),
    "/diary": ("Diary",),
    "/dates": ("Dates ahead", "How the watch was kept"),
    "/arrangements": ("Where this person wants", "Book a visit"),
    "/access": ("Invite the person",),
    "/papers": ("Alerts and their life", "Messages received", "Who read or changed"),
    "/why": ("Why the watch says so",),
    "/readiness": ("Ready for the next course?",),
}


def test_somebody_is_found_and_every_tab_of_the_record_can_be_read(looks, size, keep):
    page = looks.page(size, "priya")
    page.goto("/patients")
    sound(page)
    page.get_by_label("Name, number or date of birth").fill("alder")
    page.get_by_role("button", name="Search").click()
    assert "alder" not in page.url, "whom one searches for stands in no address"
    page.get_by_role("link", name="Alder, Ada").first.click()
    record = page.url
    for tab, headings in TABS.items():
        page.goto(record + tab)
        sound(page)
        for heading in headings:
            assert heading in page.locator("main").inner_text(), tab
        keep(page, f"journey-record{tab.replace('/', '-')}-{size}")
    page.goto(record + "/results")
    page.locator("summary", has_text="All").first.click()
    assert page.locator("details[open] table tbody tr").count() > 1, "a trend has its table"
    assert page.locator("details[open] svg").count() >= 1
    sound(page)


def test_filters_are_addresses_that_can_be_kept(looks, size):
    page = looks.page(size, "priya")
    page.goto("/patients")
    page.get_by_label("Where they stand").select_option("due")
    page.get_by_role("button", name="Filter").click()
    assert "place=due" in page.url
    names = page.locator("tbody th a").all_inner_texts()
    page.goto(page.url)
    assert page.locator("tbody th a").all_inner_texts() == names != []
    page.get_by_label("Phase").select_option(index=1)
    page.get_by_role("button", name="Filter").click()
    sound(page)
    page.get_by_label("Name, number or date of birth").fill("nobody is called so")
    page.get_by_role("button", name="Search").click()
    assert "Nobody was found" in page.locator("main").inner_text()
    sound(page)


def test_a_record_on_paper(looks):
    page = looks.page("desktop", "priya")
    page.goto("/patients?place=due")
    page.locator("tbody th a").first.click()
    record = page.url
    for tab in ("", "/results", "/treatment", "/papers"):
        page.goto(record + tab)
        printed(page)
    page.goto(record)
    assert sheets(page) <= 3


def test_who_sees_to_what_before_a_course(looks, size, keep):
    page = looks.page(size, "priya")
    page.goto("/readiness?state=blocked")
    sound(page)
    page.locator("tbody th a").first.click()
    sound(page)
    check = page.locator("article.check", has=page.locator("summary")).first
    title = check.locator("h3").inner_text()
    check.locator("summary", has_text="Who sees to it").click()
    check.get_by_label("Name, if known").fill("Dr. Aster")
    check.get_by_label("Booked for").fill("2026-11-25")
    check.get_by_label("Note").fill(f"asked from a {size}")
    check.get_by_role("button", name="Record").click()
    check = page.locator("article.check", has_text=title).first
    for words in ("Dr. Aster", "25 Nov 2026", f"asked from a {size}"):
        assert words in check.inner_text()
    keep(page, f"journey-readiness-{size}")
    sound(page)
    printed(page)
