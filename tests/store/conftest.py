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
_TEMPLATES: list[str] = []

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def template(django_db_blocker) -> str:
    """A migrated database to be copied: its path, or its name on the server."""
    from django.db import connection

    with django_db_blocker.unblock():
        if ASKED:
            # Each folder of tests that takes this fixture over asks for it once.
            if not _TEMPLATES:
                _TEMPLATES.append(RUN)
                _server(f"CREATE DATABASE longwatch_template_{RUN}")
            _go_to(f"longwatch_template_{RUN}")
        else:
            _go_to(str(FOLDER / "template.db"))
        migrate()
        connection.close()
    return f"longwatch_template_{RUN}" if ASKED else str(FOLDER / "template.db")


@pytest.fixture
def new_store(template, tmp_path, request, django_db_blocker) -> Iterator[Callable[[], str]]:
    """Makes an empty store with each call, and says the name of its database."""
    from django.db import connection

    sole = request.node.get_closest_marker("campaign") is not None
    shared = ASKED is not None and not sole

    def make() -> str:
        nonlocal shared
        made = next(_MADE)
        name = f"longwatch_test_{RUN}_{made}" if ASKED else str(tmp_path / f"store{made}.db")
        if shared:
            # The first store of a test is the one that all tests empty; making one takes 0.3 s.
            name, shared = reusable(template), False
        elif ASKED:
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


_SHARED: list[str] = []


def reusable(template: str) -> str:
    """A store on the server, empty and as it was made; a new one where the last is no longer so."""
    from django.db import Error, connection

    if _SHARED:
        _go_to(_SHARED[-1])
        try:
            if emptied():
                connection.close()
                return _SHARED[-1]
        except Error:
            pass
    connection.close()
    _SHARED.append(f"longwatch_shared_{RUN}_{next(_MADE)}")
    _server(f"CREATE DATABASE {_SHARED[-1]} TEMPLATE {template}")
    _go_to(_SHARED[-1])
    emptied()
    connection.close()
    return _SHARED[-1]


_KEPT = ("django_migrations", "django_content_type", "auth_permission")
_MADE_OF = """
    SELECT (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'),
    (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
    (SELECT count(*) FROM pg_constraint)
"""
_AS_MADE: list[tuple[int, ...]] = []


def emptied() -> bool:
    """Takes every row out of a store of PostgreSQL, past its guards; False: it was altered, too."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_MADE_OF)
        found = cursor.fetchone()
        if _AS_MADE and found != _AS_MADE[0]:
            return False
        _AS_MADE[:] = [found]
        cursor.execute("SET lock_timeout = '2s'; SET session_replication_role = replica")
        tables = [name for name in connection.introspection.table_names() if name not in _KEPT]
        asked = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in tables)
        cursor.execute(" UNION ALL ".join(asked))
        if full := ", ".join(f'"{name}"' for (name,) in cursor.fetchall()):
            cursor.execute(f"TRUNCATE {full} RESTART IDENTITY CASCADE")
    return True


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
