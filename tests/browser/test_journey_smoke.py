"""One short journey in every run; all of them are under `clinic/`, in the campaign."""

from __future__ import annotations


def test_from_the_worklist_to_a_recorded_call_without_scripts(phone):
    page = phone("priya", scripts=False)
    page.goto("/worklist")
    page.locator("#act").get_by_role("link", name="Why").first.click()
    assert "What happened" in page.locator("main").inner_text()
    page.go_back()
    line = page.locator("#act article").first
    line.locator("summary", has_text="Record call").click()
    line.get_by_label("What was said").fill("Comes to the clinic at ten.")
    line.get_by_role("button", name="Record").first.click()
    assert "Recorded" in page.get_by_role("status").inner_text()
    assert "Comes to the clinic at ten." in page.locator("#act").inner_text()
