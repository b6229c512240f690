"""What every journey asks of each page it comes to."""

from __future__ import annotations

import re

from tests.browser.axe import complaints

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_TINY = """() => [...document.querySelectorAll('main button, main a.button, main summary,'
    + 'main input:not([type=hidden]), main select')].filter(one => {
    const box = (one.closest('label') || one).getBoundingClientRect();
    return one.checkVisibility() && box.height > 0 && box.height < 24;
}).map(one => one.outerHTML.slice(0, 90))"""
_LEAST_OF_A_PDF = 8_000
"""Bytes: an empty sheet has about a thousand."""


def sound(page):
    """The page as it stands has no fault that a program can see."""
    found = complaints(page)
    assert not found, f"{page.url}: {found}"
    assert page.evaluate(SIDEWAYS) == 0, f"{page.url} scrolls sideways"
    assert page.evaluate(_TINY) == [], f"{page.url} has targets too small for a finger"
    assert page.locator("h1").count() == 1, page.url


def told(page, words):
    """What the program said after a step, and that the reader of a screen hears it."""
    said = page.locator("[role=status], [role=alert]").first.inner_text()
    assert words in said, said


def numbers(page):
    """The counters of the worklist: each place with its number, and everybody."""
    parts = page.locator("ul.tiles b, p.rest b").all_inner_texts()
    words = page.locator("p.rest > span").inner_text()
    return [int(one) for one in parts], int(re.search(r"\d+", words).group())


def printed(page):
    """On paper: something stands there, and nothing that can only be pressed."""
    page.emulate_media(media="print")
    for hidden in ("header nav", "main form button", ".demo-note"):
        for one in page.locator(hidden).all():
            assert not one.is_visible(), f"{hidden} is printed on {page.url}"
    text = page.locator("main").inner_text()
    assert len(text) > 100, page.url
    sheet = page.pdf(format="A4")
    assert len(sheet) > _LEAST_OF_A_PDF
    page.emulate_media(media="screen")
    return text


def sheets(page):
    """How many sheets of paper the page takes."""
    page.emulate_media(media="print")
    found = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))
    page.emulate_media(media="screen")
    return len(found)


def press_until(page, there, most=120):
    """Presses Tab until the focus is there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if there():
            return
    raise AssertionError(f"not reached with Tab on {page.url}")


def focus(page):
    """The words on what has the focus; also where the page runs no scripts."""
    one = page.locator(":focus")
    return one.first.inner_text().strip() if one.count() else ""
