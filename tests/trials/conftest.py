"""Programs of a cohort are compiled once, by whichever process of the tests comes first."""

import fcntl
import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def compiled_cohort():
    """The programs of five years on the US protocol, ready; other processes wait and load them."""
    from longwatch.protocols.load import load_protocol
    from longwatch.trials.cohort import CohortPlan
    from longwatch.trials.cohort_compiling import compile_ahead

    folder = Path(os.environ["JAX_COMPILATION_CACHE_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "cohort.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        compile_ahead(CohortPlan(load_protocol("alemtuzumab-us"), 1).setting)
