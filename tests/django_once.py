"""Django for every test of one process: the settings of the web, on a store that is made for it.

The settings of the web are those of the store and more; a process can have only one.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django

FOLDER = Path(tempfile.mkdtemp(prefix="longwatch-store-"))
ASKED = os.environ.get("LONGWATCH_TEST_DATABASE")


def _remove(maker: int) -> None:
    # Not with a fixture: a worker that ran out of tests ends its session's fixtures, and then takes
    # over another worker's. Nor by a process that a test has forked.
    if os.getpid() == maker:
        shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(_remove, os.getpid())

os.environ["DJANGO_SETTINGS_MODULE"] = "longwatch.web.settings"
os.environ["LONGWATCH_DATABASE"] = ASKED or f"sqlite:///{FOLDER / 'template.db'}"
django.setup()
# Processes that a test starts choose their own.
del os.environ["DJANGO_SETTINGS_MODULE"], os.environ["LONGWATCH_DATABASE"]
