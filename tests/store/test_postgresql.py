"""The tests of store, alerts, reminders and feed again, on a PostgreSQL server of their own.

Never skipped: where no server is installed, one comes with what the tests need. What depends
most on a server runs every day; all of it behind the campaign, for time.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store import server

HERE = Path(__file__).parent

EVERY_DAY = [
    *("test_arrivals.py", "test_audit.py", "test_together.py"),
    "../alerts/test_acting.py",
]
"""What depends most on the server: locks, claims, transactions."""
WHOLE = [HERE, HERE.parent / "alerts", HERE.parent / "reminders", HERE.parent / "feed"]

NESTED = pytest.mark.skipif("LONGWATCH_TEST_DATABASE" in os.environ, reason="this is that run")


@NESTED
@pytest.mark.parametrize(
    ("packaged", "whole"),
    [
        pytest.param(False, False, id="the server at hand"),
        pytest.param(False, True, id="every test", marks=pytest.mark.campaign),
        pytest.param(True, True, id="the packaged server", marks=pytest.mark.campaign),
    ],
)
def test_the_store_is_the_same_on_postgresql(tmp_path, packaged, whole):
    asked = WHOLE if whole else [(HERE / name).resolve() for name in EVERY_DAY]
    words = ["-m", "not campaign", *map(str, asked)]

    with server.postgresql(packaged) as there:
        done = _run(there, words, tmp_path, LONGWATCH_TEST_FEWER="" if whole else "1")

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@NESTED
@pytest.mark.campaign
def test_two_hundred_kills_on_postgresql(tmp_path):
    kills = os.environ.get("LONGWATCH_KILLS", "200")

    with server.postgresql() as there:
        words = ["-m", "campaign", str(HERE / "test_killed.py"), str(WHOLE[1] / "test_killed.py")]
        done = _run(there, words, tmp_path, LONGWATCH_KILLS=kills)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


# Threads that end with a test leave theirs; what a process does with its own is not asked here.
LEFT_OPEN = "ignore:<psycopg.Connection object:ResourceWarning"


def _run(there, words, folder, **environment):
    url, programs = there
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", LEFT_OPEN),
            *words,
        ],
        env={
            **os.environ,
            "LONGWATCH_TEST_DATABASE": url,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "TMPDIR": str(folder),
            **environment,
        },
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)
    return done
