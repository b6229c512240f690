"""Code that JAX compiles for tests is kept, and shared between processes: most of their time."""

import os
from pathlib import Path

import pytest

# By the environment: nothing is imported for tests that need no JAX, and commands run by tests
# have it, too. What is kept is named by its whole content, so it is never out of date.
_KEPT = Path(__file__).parents[1] / ".pytest_cache" / "compiled"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_KEPT))
# Thousands of small operations are compiled as well: they are kept, too.
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
# XLA's older way to write loops: what runs for a second here compiles in half the time.
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_use_fusion_emitters=false"


@pytest.fixture(scope="session")
def django_db_setup():
    """No database of pytest-django's: it lives in memory, and the stores of later tests with it."""
    pytest.fail("a test takes a store of `tests/store` or the `clinic` of `tests/web`")
