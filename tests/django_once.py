"""Django for every test of one process: the settings of the web, on a store that is made for it.

The settings of the web are those of the store and more; a process can have only one.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import django

FOLDER = Path(tempfile.mkdtemp(prefix="longwatch-store-"))
ASKED = os.environ.get("LONGWATCH_TEST_DATABASE")

os.environ["DJANGO_SETTINGS_MODULE"] = "longwatch.web.settings"
os.environ["LONGWATCH_DATABASE"] = ASKED or f"sqlite:///{FOLDER / 'template.db'}"
django.setup()
# Processes that a test starts choose their own.
del os.environ["DJANGO_SETTINGS_MODULE"], os.environ["LONGWATCH_DATABASE"]
