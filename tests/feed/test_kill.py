"""H23, G1: killed at any moment, nothing acknowledged is missing, and nothing is there twice.

The same harness is given a store that says "stored" too early: it must find that out.
"""

import os

import pytest

from .killing import Harness


@pytest.fixture
def harness(tmp_path):
    made = []

    def make(**options):
        made.append(Harness(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(("kind", "kills", "longest"), [("plain", 12, 0.25), ("clinic", 4, 2.0)])
def test_killed_at_any_moment_nothing_acknowledged_is_lost_or_doubled(
    harness, kind, kills, longest
):
    tried = harness(seed=1, kind=kind)
    for _ in range(kills):
        tried.kill_once(longest)
    tried.drain()

    assert tried.acknowledged
    tried.check()


def test_a_listener_that_acknowledges_before_it_stores_is_found_out(harness):
    tried = harness(seed=2, kind="ack-first")
    for _ in range(40):
        tried.kill_once(longest=0.25)
        if tried.lost():
            return

    pytest.fail("40 kills did not show the mistake: the harness is blind")


@pytest.mark.campaign
@pytest.mark.parametrize(("kind", "longest"), [("plain", 0.4), ("clinic", 1.0)])
def test_two_thousand_kills(harness, kind, longest):
    kills = int(os.environ.get("LONGWATCH_KILLS", "2000"))
    tried = harness(seed=3, kind=kind)
    for _ in range(kills):
        tried.kill_once(longest)
    tried.drain()

    print(f"{kills} kills, {len(tried.acknowledged)} acknowledged, {len(tried.dropped)} files")
    tried.check()
