"""A result told by telephone: entered by keyboard alone, on the worklist at once, taken back."""

from __future__ import annotations

import pytest
from tests.browser.clinic.steps import press_until, told

pytestmark = pytest.mark.campaign
_MOST = 300


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_a_low_count_told_by_telephone(looks, size, keep, scripts):
    looks.refusals.add(422)
    page = looks.page(size, "priya", scripts=scripts)

    def focused(what):
        press_until(page, lambda: page.locator(f"{what}:focus").count(), most=_MOST)

    page.goto("/patients?place=fine")
    page.locator("main a[href*='/patients/']").filter(has_text=",").first.click()
    page.wait_for_url("**/patients/*")
    name = page.locator("h1").inner_text()
    page.get_by_role("navigation", name="Record").get_by_text("Enter by hand").click()
    page.wait_for_url("**/enter")
    where = page.url
    focused("#day")
    page.keyboard.type("11222026")
    focused("#by")
    page.keyboard.type("Elm street laboratory")
    focused("input[name=value-platelets]")
    page.keyboard.type("43")
    focused("button[value=values]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#refused")
    assert "Platelets came without a unit" in page.locator("#refused").inner_text()
    assert page.locator("input[name=value-platelets]").input_value() == "43"
    focused("input[name=unit-platelets]")
    page.keyboard.type("10*9/L")
    focused("button[value=values]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    told(page, "On file")
    assert "43" in page.locator("main").inner_text()
    keep(page, f"by-hand-{size}")
    page.goto("/worklist")
    assert "43" in page.locator("#act article", has_text=name).first.inner_text()
    page.goto(where)
    page.get_by_text("Take back").first.click()
    page.get_by_label("Why").fill("It was of somebody else")
    with page.expect_navigation():
        page.get_by_role("button", name="Take back").click()
    told(page, "Taken back")
    assert "Nothing yet." in page.locator("main").inner_text()
