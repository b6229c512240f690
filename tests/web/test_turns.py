"""Pages of one process: one after the other, and none held up for long."""

from __future__ import annotations

import threading
import time

import pytest

from longwatch.web.turns import Turns, leave_to_others

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


class Server:
    """What is used of waitress: whether it would accept a call, and how it is woken."""

    def __init__(self):
        self.woken = 0

    def readable(self):
        return True

    def pull_trigger(self):
        self.woken += 1


def test_a_process_at_work_takes_no_call_that_another_could_take_at_once():
    seen = []
    server = Server()
    turns = Turns(lambda *_: seen.append(server.readable()) or [], patience=LONG)
    leave_to_others(server, turns)

    assert server.readable()
    turns({}, None)
    assert seen == [False]
    assert server.readable()
    assert server.woken == 1, "nobody told the server that it may accept again"


def test_a_process_with_a_long_page_takes_calls_again():
    seen = []
    server = Server()

    def report(*_):
        time.sleep(0.02)
        seen.append(server.readable())
        return []

    turns = Turns(report, patience=0.01)
    leave_to_others(server, turns)
    turns({}, None)
    assert seen == [True]
