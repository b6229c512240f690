"""Pages of one process: one after the other, and none held up for long."""

from __future__ import annotations

import threading
import time

import pytest

from longwatch.web.turns import Turns

LONG = 5.0
"""Longer than any test waits."""


def at_once(application, pages):
    threads = [threading.Thread(target=application, args=({"page": page}, None)) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()


def test_two_pages_asked_for_together_are_made_one_after_the_other():
    steps = []

    def page(environ, _):
        steps.append(("begun", environ["page"]))
        time.sleep(0.02)
        steps.append(("done", environ["page"]))
        return []

    at_once(Turns(page, patience=LONG), range(4))
    assert [word for word, _ in steps] == ["begun", "done"] * 4


def test_a_report_that_takes_long_holds_nobody_up():
    done = threading.Event()

    def page(environ, _):
        if environ["page"] == "report":
            assert done.wait(LONG), "the page behind the report never came"
        done.set()
        return []

    at_once(Turns(page, patience=0.01), ["report", "page"])


def test_a_page_that_fails_passes_its_turn_on():
    def page(environ, _):
        if environ["page"] == "broken":
            raise RuntimeError
        return []

    turns = Turns(page, patience=LONG)
    with pytest.raises(RuntimeError):
        turns({"page": "broken"}, None)
    at_once(turns, ["page"])
