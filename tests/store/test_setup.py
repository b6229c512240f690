"""Which database is meant, what makes it durable, and what a wrong set-up is told."""

import subprocess
import sys
from importlib import import_module

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection

from longwatch.core.errors import UsageError
from longwatch.store.at_once import AtOnce
from longwatch.store.database import database_settings, without_password
from longwatch.store.setup import configure


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("clinic.db", "clinic.db"),
        ("/srv/clinic.db", "/srv/clinic.db"),
        ("sqlite:///clinic.db", "clinic.db"),
        ("sqlite:////srv/a%20b.db", "/srv/a b.db"),
    ],
)
def test_a_file_is_meant(url, name):
    settings = database_settings(url)

    assert settings["NAME"].endswith(name)
    assert settings["NAME"].startswith("/")
    assert "PRAGMA synchronous=FULL" in settings["OPTIONS"]["init_command"]


def test_a_server_is_meant():
    settings = database_settings("postgresql://ann:p%40ss@db.example:5433/clinic?sslmode=require")

    assert settings["USER"] == "ann"
    assert settings["PASSWORD"] == "p@ss"
    assert (settings["HOST"], settings["PORT"]) == ("db.example", "5433")
    assert settings["NAME"] == "clinic"
    assert settings["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize(
    "url", ["", "sqlite:///", ":memory:", "mysql://x/y", "postgresql://host", "postgresql://h:x/d"]
)
def test_what_names_no_database_is_refused_with_a_remedy(url):
    with pytest.raises(UsageError, match="Mend"):
        database_settings(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:secret@db.example/clinic",
        "postgresql://ann:sec@secret/ret@db.example/clinic",
        "postgresql://db.example/clinic?user=ann&password=secret",
        "postgres://:secret@/clinic",
    ],
)
def test_a_password_is_never_shown(url):
    assert "secret" not in without_password(url)
    assert "clinic" in without_password(url)


def test_a_password_is_not_in_the_words_of_a_refusal():
    with pytest.raises(UsageError) as caught:
        database_settings("postgresql://ann:secret@db.example:port/clinic")

    assert "secret" not in str(caught.value)


def test_another_database_in_the_same_process_is_refused():
    with pytest.raises(UsageError, match="one database in one process"):
        configure("/elsewhere/other.db")


def test_a_fresh_store_has_no_complaint(store):
    assert run_checks(databases=["default"]) == []


def test_every_change_of_the_models_has_its_migration(store):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_new_store_has_every_column_index_and_constraint_of_the_models(store):
    with connection.cursor() as cursor:
        for model in apps.get_app_config("store").get_models():
            meta = model._meta
            inspect = connection.introspection
            columns = {one.name for one in inspect.get_table_description(cursor, meta.db_table)}
            named = set(inspect.get_constraints(cursor, meta.db_table))

            assert columns == {one.column for one in meta.local_fields}
            assert {one.name for one in (*meta.indexes, *meta.constraints)} <= named


def test_the_first_migration_makes_all_tables_at_once():
    # Step by step it took six times as long; tools/make_first_migration writes it so.
    first = import_module("longwatch.store.migrations.0001_initial")

    assert issubclass(first.Migration, AtOnce)


WRONG = {
    "store.E001": "PRAGMA synchronous=NORMAL",
    "store.E002": "DROP TRIGGER store_result_refuse_update",
}


@pytest.mark.parametrize("identity", WRONG)
def test_a_wrong_set_up_is_named_with_a_remedy(store, identity):
    if connection.vendor != "sqlite":
        pytest.skip("statements of SQLite")
    with connection.cursor() as cursor:
        cursor.execute(WRONG[identity])

    (found,) = run_checks(databases=["default"])

    assert found.id == identity
    assert found.hint


def test_the_settings_are_found_in_the_environment(tmp_path):
    code = (
        "from longwatch.store.setup import configure, migrate; configure(); migrate()\n"
        "from longwatch.store.models import Patient; print(Patient.objects.count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"LONGWATCH_DATABASE": str(tmp_path / "named.db")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "0\n", done.stderr
    assert (tmp_path / "named.db").exists()
