"""Making Django ready in a process that has none: one call before anything of the store is used."""

from __future__ import annotations

from longwatch.core.errors import Problem, UsageError
from longwatch.store.database import database_settings, without_password


def configure(database: str | None = None) -> None:
    """Makes the models usable on the database named; a second call with the same one does nothing.

    Inputs:
        database: one line as in `longwatch.store.database`; None takes `LONGWATCH_DATABASE`, or
            `longwatch.db` in the current folder.

    Raises:
        UsageError: the line cannot be read, or this process works on another database already.
    """
    import django
    from django.apps import apps
    from django.conf import settings

    if settings.configured and apps.ready:
        _refuse_another(database)
        return
    from longwatch.store import settings as ours

    values = {name: getattr(ours, name) for name in dir(ours) if name.isupper()}
    names = ("INSTALLED_APPS", "DATABASES", "DEFAULT_AUTO_FIELD", "USE_TZ", "TIME_ZONE", "USE_I18N")
    values = {name: values[name] for name in names}
    if database is not None:
        values["DATABASES"] = {"default": database_settings(database)}
    settings.configure(**values)
    django.setup()


def migrate() -> None:
    """Brings the tables of the database up to this version; does nothing when they are."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def pending() -> list[str]:
    """Names of the migrations that the database has not had yet; creates no database.

    Raises:
        UsageError: there is no such database, or it does not answer.
    """
    from pathlib import Path

    from django.db import Error, connection
    from django.db.migrations.executor import MigrationExecutor

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not Path(name).is_file():
        raise UsageError(Problem("there is no store", name, how="longwatch migrate makes one"))
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        how = "start the server; look at the name, the user and the password"
        raise UsageError(
            Problem(f"the database does not answer ({type(error).__name__})", name, how=how)
        ) from None
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _refuse_another(database: str | None) -> None:
    if database is None:
        return
    from django.conf import settings

    wanted, present = database_settings(database), settings.DATABASES["default"]
    if any(wanted[name] != present.get(name) for name in ("ENGINE", "NAME")):
        raise UsageError(
            Problem(
                f"this process works on another database than {without_password(database)!r}",
                how="use one database in one process",
            )
        )
