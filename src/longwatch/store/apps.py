"""The Django app `store`."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StoreConfig(AppConfig):
    """Models, system checks, and triggers that every migration leaves in place."""

    name = "longwatch.store"
    label = "store"
    verbose_name = "the clinic's store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the system checks and the guards."""
        from longwatch.store import checks  # noqa: F401 (registers itself)

        post_migrate.connect(_guard_again, sender=self, dispatch_uid="longwatch.store.guards")


def _guard_again(using: str, **_: Any) -> None:
    """A migration that rebuilds a table on SQLite drops its triggers with it."""
    from django.db import connections

    from longwatch.store.guards import install_guards

    install_guards(connections[using])
