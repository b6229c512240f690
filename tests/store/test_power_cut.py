"""G2: after a power cut at any moment, everything acknowledged is there, and nothing by half.

The same harness is given `synchronous=NORMAL`, which says "stored" too early: it must find out.
"""

import os

import pytest
from tests.store.powercut import cut_often, record

pytestmark = pytest.mark.skipif(
    "LONGWATCH_TEST_DATABASE" in os.environ, reason="files as SQLite writes them"
)
CUTS = int(os.environ.get("LONGWATCH_CUTS", "5000"))


def test_nothing_acknowledged_is_lost_in_a_power_cut(template, tmp_path):
    tally = cut_often(record(tmp_path, template, 40), tmp_path, 60)

    assert (tally.cuts, tally.lost, tally.broken) == (60, 0, 0)
    assert tally.said == 40


def test_a_store_that_does_not_wait_for_the_disk_is_found_out(template, tmp_path):
    tally = cut_often(record(tmp_path, template, 40, "NORMAL"), tmp_path, 60)

    assert tally.lost > 0


@pytest.mark.campaign
def test_five_thousand_power_cuts(template, tmp_path):
    # Long enough for the log to be written back into the file several times.
    tally = cut_often(record(tmp_path, template, 500), tmp_path, CUTS, seed=2)

    print(tally)
    assert (tally.lost, tally.broken) == (0, 0)
