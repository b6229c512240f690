"""A fresh store for each test: on SQLite a copy of a migrated file, with real commits.

With `LONGWATCH_TEST_DATABASE` naming a PostgreSQL server the same tests run there; the test
`test_postgresql.py` starts one and does so.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from tests.django_once import FOLDER

from longwatch.store.setup import migrate

ASKED = os.environ.get("LONGWATCH_TEST_DATABASE")
RUN = secrets.token_hex(4)
"""On a server: no database has the name of another, so none has to be removed first."""
_MADE = count(1)

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def template(django_db_blocker) -> Iterator[str]:
    """A migrated database to be copied: its path, or its name on the server."""
    from django.db import connection

    with django_db_blocker.unblock():
        if ASKED:
            _server(f"CREATE DATABASE longwatch_template_{RUN}")
            _go_to(f"longwatch_template_{RUN}")
        else:
            _go_to(str(FOLDER / "template.db"))
        migrate()
        connection.close()
    yield f"longwatch_template_{RUN}" if ASKED else str(FOLDER / "template.db")
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture
def new_store(template, tmp_path, django_db_blocker) -> Iterator[Callable[[], str]]:
    """Makes an empty store with each call, and says the name of its database."""
    from django.db import connection

    def make() -> str:
        made = next(_MADE)
        name = f"longwatch_test_{RUN}_{made}" if ASKED else str(tmp_path / f"store{made}.db")
        if ASKED:
            _server(f"CREATE DATABASE {name} TEMPLATE {template}")
        else:
            shutil.copy(template, name)
        _go_to(name)
        return name

    with django_db_blocker.unblock():
        yield make
        connection.close()


@pytest.fixture
def store(new_store) -> str:
    """An empty store of the test's own; the name of its database."""
    return new_store()


def _go_to(name: str) -> None:
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name


def _server(statement: str) -> None:
    from django.db import connection

    _go_to("postgres")
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


@pytest.fixture
def now() -> datetime:
    """The morning on which the tests take place."""
    return NOW
