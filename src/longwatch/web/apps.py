"""The Django application of the pages."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Label `web`; it has no tables of its own."""

    name = "longwatch.web"
    label = "web"

    def ready(self) -> None:
        """The cache counts sign-ins for all processes: its table comes with the others."""
        from django.db.models.signals import post_migrate

        post_migrate.connect(_make_cache_table, sender=self)


def _make_cache_table(**_: Any) -> None:
    from django.core.management import call_command

    call_command("createcachetable", verbosity=0)
