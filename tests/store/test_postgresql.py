"""The same tests on PostgreSQL: a server of their own is started, and they run again there.

Never skipped: where no server is installed, one comes with what the tests need. The kills, and all
examples of the random tests, are left to the campaign.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store import server

HERE = Path(__file__).parent


@pytest.mark.skipif("LONGWATCH_TEST_DATABASE" in os.environ, reason="this is that run")
@pytest.mark.parametrize(
    ("packaged", "whole"),
    [
        pytest.param(False, False, id="the server at hand"),
        pytest.param(False, True, id="every test", marks=pytest.mark.campaign),
        pytest.param(True, True, id="the packaged server", marks=pytest.mark.campaign),
    ],
)
def test_the_store_is_the_same_on_postgresql(tmp_path, packaged, whole):
    more = [] if whole else ["--ignore", str(HERE / "test_killed.py")]
    with server.postgresql(packaged) as (url, programs):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=5"),
                *("-m", "not campaign", *more, str(HERE)),
            ],
            env={
                **os.environ,
                "LONGWATCH_TEST_DATABASE": url,
                "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
                "TMPDIR": str(tmp_path),
                "LONGWATCH_TEST_FEWER": "" if whole else "1",
            },
            cwd=HERE.parents[1],
            capture_output=True,
            text=True,
            check=False,
        )

    print(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
