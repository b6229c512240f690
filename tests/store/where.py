"""The URL of a test's store."""

import os

from django.db import connection


def url_of(store: str) -> str:
    """What a command would be given for this database."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{store}"
    return os.environ["LONGWATCH_TEST_DATABASE"].replace("/postgres?", f"/{store}?")
