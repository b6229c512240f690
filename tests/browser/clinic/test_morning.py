"""A nurse's morning: the worklist, whoever is overdue, the results to sign off."""

from __future__ import annotations

import pytest
from tests.browser.clinic.steps import (
    focus,
    numbers,
    press_until,
    printed,
    sheets,
    sound,
    told,
)

pytestmark = pytest.mark.campaign


def whoever_is_first(page, section):
    """The first person of a part of the worklist: name and element."""
    line = page.locator(f"#{section} article, #{section} tbody tr").first
    return line.get_by_role("link").first.inner_text(), line


def everything_of_this_person(page):
    """Ticks that it concerns all that is open, where more than one thing is."""
    if (tick := page.get_by_label("For all that is open here")).count():
        tick.check()


def test_the_counters_add_up_and_each_leads_to_as_many(looks, size):
    page = looks.page(size, "priya")
    page.goto("/worklist")
    sound(page)
    found, everybody = numbers(page)
    assert sum(found) == everybody > 100
    for place in ("act", "overdue", "soon", "in-hand", "due", "fine", "unknown", "before"):
        page.goto(f"/patients?place={place}")
        counted = int(page.locator("h1 + p").inner_text().split()[0])
        order = ("act", "overdue", "soon", "in-hand", "due", "fine", "unknown", "before")
        assert counted == found[order.index(place)], place


def test_a_call_takes_somebody_off_the_list_of_today_and_back(looks, size, keep):
    page = looks.page(size, "priya")
    page.goto("/worklist")
    before, everybody = numbers(page)
    name, line = whoever_is_first(page, "act")
    line.locator("summary", has_text="Record call").click()
    form = line.locator("form[action$=contact]")
    form.get_by_label("What was said").fill("Goes to the emergency department now.")
    form.get_by_label("This is what was done").check()
    keep(page, f"journey-call-{size}")
    sound(page)
    form.get_by_role("button", name="Record").click()
    told(page, "Recorded")
    after, still = numbers(page)
    assert still == everybody == sum(after), "nobody vanishes"
    assert (after[0], after[3]) == (before[0] - 1, before[3] + 1)
    hand = page.locator("#in-hand tr", has_text=name)
    assert "Goes to the emergency department now." in hand.inner_text()
    sound(page)
    hand.get_by_role("button", name="Take back").click()
    assert name in page.locator("#act").inner_text()
    assert sum(numbers(page)[0]) == everybody


def test_putting_off_needs_a_reason_and_a_day_and_comes_back(looks, size, keep):
    looks.refusals.add(422)
    page = looks.page(size, "priya")
    page.goto("/worklist")
    before, everybody = numbers(page)
    name, line = whoever_is_first(page, "soon")
    line.get_by_role("link", name="Record action").click()
    sound(page)
    page.get_by_text("Put off or close").click()
    page.get_by_label("What was done, or the reason").fill("New sample was taken yesterday")
    page.get_by_role("button", name="Put off").click()
    assert "the day is missing" in page.get_by_role("alert").inner_text()
    reason = page.get_by_label("What was done, or the reason")
    assert reason.input_value() == "New sample was taken yesterday", "typed words stay"
    sound(page)
    keep(page, f"journey-put-off-refused-{size}")
    everything_of_this_person(page)
    page.get_by_label("Put off until").fill("2026-11-24")
    page.get_by_role("button", name="Put off").click()
    assert page.url.endswith("/worklist")
    told(page, "Recorded")
    hand = page.locator("#in-hand tr", has_text=name)
    assert "New sample was taken yesterday" in hand.inner_text()
    assert "24 Nov" in hand.inner_text()
    found, still = numbers(page)
    assert sum(found) == still == everybody
    hand.get_by_role("button", name="Take back").click()
    assert numbers(page)[0] == before


def test_closing_needs_a_reason_and_stays_to_be_seen(looks, size, keep):
    looks.refusals.add(422)
    page = looks.page(size, "priya")
    page.goto("/worklist")
    name, line = whoever_is_first(page, "soon")
    line.get_by_role("link", name="Record action").click()
    page.get_by_text("Put off or close").click()
    page.get_by_role("button", name="Close").click()
    assert page.get_by_role("alert").is_visible(), "no closing without a reason"
    sound(page)
    page.get_by_label("What was done, or the reason").fill("Endocrinology has taken over")
    everything_of_this_person(page)
    page.get_by_role("button", name="Close").click()
    closed = page.locator("section", has_text="Closed today").last
    assert name in closed.inner_text()
    assert "Endocrinology has taken over" in closed.inner_text()
    keep(page, f"journey-closed-{size}")
    sound(page)
    found, everybody = numbers(page)
    assert sum(found) == everybody
    closed.get_by_role("button", name="Take back").first.click()
    assert page.locator("#soon", has_text=name).count() == 1


def test_who_is_overdue_is_called_and_the_history_grows(looks, size, keep):
    page = looks.page(size, "priya")
    page.goto("/overdue")
    sound(page)
    row = page.locator("tbody tr").first
    name = row.get_by_role("link").first.inner_text()
    for words in ("Nobody answered.", "Will come on Tuesday."):
        row = page.locator("tbody tr", has_text=name).first
        row.locator("summary", has_text="Record call").click()
        row.get_by_label("What was said").fill(words)
        row.get_by_role("button", name="Record").last.click()
        told(page, "Recorded")
        assert page.url.endswith("/overdue"), "back where the nurse was"
    row = page.locator("tbody tr", has_text=name).first
    assert "Will come on Tuesday." in row.inner_text(), "the newest first; still overdue"
    row.locator("summary", has_text="contacts").click()
    assert "Nobody answered." in row.inner_text()
    keep(page, f"journey-overdue-{size}")
    sound(page)
    assert name in printed(page)


def test_results_are_signed_off(looks, size, keep):
    looks.refusals.add(422)
    page = looks.page(size, "priya")
    page.goto("/inbox")
    sound(page)
    first = page.locator("main article").first
    first.get_by_role("button", name="Sign off").click()
    assert page.get_by_role("alert").is_visible(), "not without what was done"
    first = page.locator("main article").first
    words = f"Repeated, read from {size}"
    first.get_by_label("What was done").fill(words)
    first.get_by_role("button", name="Sign off").click()
    told(page, "1 result signed off")
    page.get_by_role("button", name="usual or expected result").last.click()
    told(page, "signed off")
    assert words in page.locator("section", has_text="Signed off today").last.inner_text()
    keep(page, f"journey-signed-{size}")
    sound(page)


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_from_the_worklist_to_a_recorded_call_by_keyboard_alone(looks, scripts):
    """Nothing is clicked: Tab, Enter and Space, as far as the call is recorded."""
    page = looks.page("desktop", "priya", scripts=scripts)
    page.goto("/worklist")
    name, _line = whoever_is_first(page, "act")
    press_until(page, lambda: focus(page).startswith("Why"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/*")
    press_until(page, lambda: focus(page).startswith(name))
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/*")
    press_until(page, lambda: focus(page).startswith("Record call"))
    page.keyboard.press("Enter")
    press_until(page, lambda: page.locator("textarea[name=note]:focus").count())
    page.keyboard.type("Called by keyboard alone.")
    press_until(page, lambda: focus(page) == "Record")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert "Called by keyboard alone." in page.locator("#contacts").inner_text()
    press_until(page, lambda: focus(page) == "Worklist")
    page.keyboard.press("Enter")
    page.wait_for_url("**/worklist")


def test_reading_and_an_action_without_scripts(looks, size):
    page = looks.page(size, "priya", scripts=False)
    page.goto("/worklist")
    before = page.locator("#act article").count()
    name, line = whoever_is_first(page, "act")
    line.locator("summary", has_text="Record action").click()
    line.get_by_label("What was done, or the reason").fill("Hematology has her")
    if line.get_by_label("For all that is open").count():
        line.get_by_label("For all that is open").check()
    line.get_by_role("button", name="I acted").click()
    assert page.locator("#act article").count() == before - 1
    hand = page.locator("#in-hand tr", has_text=name)
    assert "Hematology has her" in hand.inner_text()
    hand.get_by_role("button", name="Take back").click()
    for address in ("/overdue", "/patients", "/inbox", "/readiness", "/infusions", "/desk"):
        assert page.goto(address).status == 200
        assert len(page.locator("main").inner_text()) > 100


def test_the_worklist_on_paper(looks):
    page = looks.page("desktop", "priya")
    page.goto("/worklist")
    name, _line = whoever_is_first(page, "act")
    text = printed(page)
    assert name in text
    assert "Do now" in text
    assert sheets(page) <= 6, "a morning is no pile of paper"
