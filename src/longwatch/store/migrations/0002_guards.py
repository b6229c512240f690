"""The triggers that keep what is written once."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

from longwatch.store.guards import install_guards


def _install(apps: Any, schema_editor: Any) -> None:
    install_guards(schema_editor.connection)


class Migration(migrations.Migration):
    """After this, rows of the guarded tables can only be added."""

    dependencies: ClassVar = [("store", "0001_initial")]

    operations: ClassVar = [migrations.RunPython(_install, migrations.RunPython.noop)]
