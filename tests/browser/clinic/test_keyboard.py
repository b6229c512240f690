"""What a nurse does all day, without a mouse: Tab, Enter, Space and letters."""

from __future__ import annotations

import pytest
from tests.browser.clinic.steps import numbers, press_until, told

pytestmark = pytest.mark.campaign
_MOST = 300
"""As often Tab is pressed on the longest page."""


def focused(page, what):
    """Presses Tab until this has the focus."""
    press_until(page, lambda: page.locator(f"{what}:focus").count(), most=_MOST)


def to_the_first_of_this_week(page, note):
    """From the worklist to the alert of the first person, with the reason written."""
    page.goto("/worklist")
    first = page.locator("#soon article").first
    name = first.get_by_role("link").first.inner_text()
    focused(page, "#soon article:first-of-type a.button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/*")
    focused(page, "textarea[name=note]")
    page.keyboard.type(note)
    if page.get_by_label("For all that is open here").count():
        focused(page, "input[name=all]")
        page.keyboard.press("Space")
    focused(page, "form > details > summary")
    page.keyboard.press("Enter")
    return name


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_putting_off_with_a_reason_by_keyboard_alone(looks, scripts):
    page = looks.page("desktop", "priya", scripts=scripts)
    page.goto("/worklist")
    before = numbers(page)
    name = to_the_first_of_this_week(page, "A sample was taken yesterday")
    focused(page, "input[name=until]")
    page.keyboard.type("11242026")
    focused(page, "button[value=snooze]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/worklist")
    told(page, "Recorded")
    row = page.locator("#in-hand tr", has_text=name)
    assert "A sample was taken yesterday" in row.inner_text()
    assert "24 Nov" in row.inner_text()
    focused(page, "#in-hand button[value=undo]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    told(page, "Taken back")
    assert numbers(page) == before


def test_closing_with_a_reason_by_keyboard_alone(looks):
    page = looks.page("desktop", "priya")
    name = to_the_first_of_this_week(page, "Endocrinology sees to it")
    focused(page, "button[value=close]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/worklist")
    closed = page.locator("section", has_text="Closed today").last
    assert name in closed.inner_text()
    assert "Endocrinology sees to it" in closed.inner_text()
    focused(page, "section .rows button[value=undo]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("#soon", has_text=name).count() == 1


def test_a_result_is_signed_off_by_keyboard_alone(looks):
    page = looks.page("desktop", "priya")
    page.goto("/inbox")
    focused(page, "article textarea")
    page.keyboard.type("Read from the keyboard")
    focused(page, "article button")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    told(page, "1 result signed off")
    signed = page.locator("section", has_text="Signed off today").last
    assert "Read from the keyboard" in signed.inner_text()
