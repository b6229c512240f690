"""What several journeys do: open a page and look at it, invite somebody, make an account."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.axe import complaints
from tests.web.conftest import at_work_on

MINE = "N1009"
"""Whose own pages the demo has."""
PASSWORD = "four blue words walking"
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALL = """() => [...document.querySelectorAll('main button, main .button, main .tap')].filter(
    one => {
        const box = one.getBoundingClientRect();
        return box.height > 0 && (box.height < 44 || box.width < 44);
    }).map(one => one.textContent.trim())"""


def words(page) -> str:
    """What can be read on the page, in one line."""
    return re.sub(r"\s+", " ", page.locator("main").inner_text())


def sound(page) -> None:
    """Nothing that axe minds, no wider than the window, nothing too small for a shaking hand."""
    assert complaints(page) == []
    assert page.evaluate(_SIDEWAYS) == 0
    if page.viewport_size["width"] < 600:
        assert page.evaluate(_SMALL) == []


def printed(page, path: Path) -> int:
    """The page as PDF; returns how many pages it has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.pdf(path=path, format="A4", print_background=False)
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def in_store(server, blocker, read):
    """What a function reads in, or does to, the served store."""
    with blocker.unblock(), at_work_on(str(server.store)):
        return read()


def code_of(page) -> str:
    """The code of the invitation that was just made."""
    return page.locator(".letter .code").inner_text()


def join(page, code: str, user: str, born: str = "") -> None:
    """Makes an account with a code."""
    page.goto("/join")
    page.fill("#code", code.lower())
    if born:
        page.fill("#born", born)
    page.fill("#user", user)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("text=Make the account")


def sign_in(page, user: str) -> None:
    """By user name and password."""
    page.goto("/account/login/")
    page.fill("#id_login", user)
    page.fill("#id_password", PASSWORD)
    page.click("form.fields button:has-text('Sign in')")
