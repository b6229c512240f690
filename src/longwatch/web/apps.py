"""The Django application of the pages."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps


class WebConfig(AppConfig):
    """Label `web`; it has no tables of its own."""

    name = "longwatch.web"
    label = "web"

    def ready(self) -> None:
        """The cache counts sign-ins for all processes: its table comes with the others."""
        from django.db.models.signals import post_migrate

        # The signal comes only from applications with tables.
        post_migrate.connect(_make_cache_table, sender=apps.get_app_config("store"))


def _make_cache_table(**_: Any) -> None:
    from django.core.management import call_command

    call_command("createcachetable", verbosity=0)
