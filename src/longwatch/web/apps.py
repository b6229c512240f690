"""The Django application of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Label `web`; it has no tables of its own."""

    name = "longwatch.web"
    label = "web"
