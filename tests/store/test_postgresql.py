"""The same tests on PostgreSQL: a server of their own is started, and they run again there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store import server

HERE = Path(__file__).parent


@pytest.mark.campaign
@pytest.mark.skipif("LONGWATCH_TEST_DATABASE" in os.environ, reason="this is that run")
def test_the_store_is_the_same_on_postgresql(tmp_path):
    reason = server.missing()
    if reason and "CI" not in os.environ:
        pytest.skip(reason)
    assert not reason

    with server.postgresql() as url:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(HERE)],
            env={**os.environ, "LONGWATCH_TEST_DATABASE": url, "TMPDIR": str(tmp_path)},
            cwd=HERE.parents[1],
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
