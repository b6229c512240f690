"""Real pages in a real browser: the sample clinic, served by the real command, for each role.

Needs Debian's `chromium` (or Chrome); without one every test here is skipped and says so.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.web.conftest import at_work_on, filled  # noqa: F401 (a fixture)

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "build" / "screens"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
SIZES = {"desktop": (1320, 900), "tablet": (820, 1180), "phone": (390, 844)}
STARTS_WITHIN = 180


def pytest_collection_modifyitems(items):
    """No browser: every test of this folder is skipped, with the reason."""
    reason = "no chromium here. Mend: apt-get install chromium"
    for item in items:
        if CHROMIUM is None and item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.skip(reason=reason))


@dataclass
class Server:
    """The pages at an address, on a copy of the filled store."""

    address: str
    store: Path

    @property
    def by_name(self) -> str:
        """The same by name: passkeys belong to a name, never to a number."""
        return self.address.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def server(filled, tmp_path_factory):  # noqa: F811
    """`longwatch serve --demo` as a process of its own, on a few people."""
    store = tmp_path_factory.mktemp("served") / "clinic.db"
    shutil.copy(filled, store)
    with serving(store) as served:
        yield served


@contextmanager
def serving(store):
    """The pages of the demo on that store; where there is none, the command fills it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "longwatch", "serve", "--demo", "--into", str(store)]
    log = (store.parent / "log.txt").open("wb")
    process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log)
    served = Server(f"http://127.0.0.1:{port}", store)
    try:
        _wait_for(served, process, store.parent / "log.txt")
        yield served
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _wait_for(served, process, log):
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{served.address}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no server:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def chromium():
    """One browser for a file of tests.

    Not for the session: its event loop runs in this thread, and no other test could run one.
    """
    from playwright.sync_api import sync_playwright

    # Django would refuse to read its store beside an event loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Looks:
    """Opens windows signed in as demo users, and gathers what the console says."""

    browser: object
    server: Server
    said: list[str] = field(default_factory=list)
    asked_elsewhere: list[str] = field(default_factory=list)
    states: dict[str, object] = field(default_factory=dict)
    opened: list[object] = field(default_factory=list)
    refusals: set[int] = field(default_factory=set)
    """Statuses that the test asks for: the browser itself writes a line for each such answer."""

    def page(self, size="desktop", user=None, *, scripts=True):
        """A fresh window of that size; `user=None`: a stranger."""
        width, height = SIZES[size]
        context = self.browser.new_context(
            base_url=self.server.address,
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            storage_state=self._state(user),
            locale="en-US",
            has_touch=size != "desktop",
            reduced_motion="reduce",
        )
        self.opened.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", self._told)
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", self._asked)
        return page

    def _state(self, user):
        if user is None:
            return None
        if user not in self.states:
            context = self.browser.new_context(base_url=self.server.address)
            page = context.new_page()
            page.goto("/enter")
            page.click(f'button[value="{user}"]')
            page.wait_for_url(lambda url: not url.endswith("/enter"), timeout=15_000)
            self.states[user] = context.storage_state()
            context.close()
        return self.states[user]

    def _told(self, message):
        # Chrome's own advice to developers comes as "verbose".
        asked_for = any(f"status of {status}" in message.text for status in self.refusals)
        if message.type not in ("verbose", "debug") and not asked_for:
            self.said.append(f"{message.type}: {message.text}")

    def _asked(self, request):
        ours = (self.server.address, self.server.by_name, "data:", "about:", "blob:")
        if not request.url.startswith(ours):
            self.asked_elsewhere.append(request.url)


@pytest.fixture(scope="module")
def all_looks(chromium, server):
    """Sessions are kept: entering happens once for each user."""
    return Looks(chromium, server)


@pytest.fixture
def looks(all_looks):
    """The windows of one test. Afterwards the console must have stayed empty."""
    all_looks.said.clear()
    all_looks.asked_elsewhere.clear()
    all_looks.refusals.clear()
    yield all_looks
    for context in all_looks.opened:
        context.close()
    all_looks.opened.clear()
    assert all_looks.said == [], "the console stays empty"
    assert all_looks.asked_elsewhere == [], "nobody else is asked for anything"


@pytest.fixture
def desktop(looks):
    """A wide window signed in as a demo user: `desktop("priya")`; nobody: a stranger."""
    return lambda user=None, **more: looks.page("desktop", user, **more)


@pytest.fixture
def phone(looks):
    """A narrow window with touch signed in as a demo user: `phone("ida")`."""
    return lambda user=None, **more: looks.page("phone", user, **more)


@pytest.fixture
def keep():
    """Keeps a picture of a page as build output: `keep(page, "worklist-desktop")`."""

    def picture(page, name):
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENS / f"{name}.png", full_page=True, animations="disabled")

    return picture


@pytest.fixture
def key(server, django_db_blocker):
    """The key of a patient in the served store, by reference."""
    from longwatch.store.models import Patient

    with django_db_blocker.unblock(), at_work_on(str(server.store)):
        return dict(Patient.objects.values_list("reference", "pk")).__getitem__
