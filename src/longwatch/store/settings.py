"""Django settings of the command line: the store and its users, nothing of the web."""

from __future__ import annotations

import os

from longwatch.store.database import DEFAULT, VARIABLE, database_settings

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "longwatch.store",
]
DATABASES = {"default": database_settings(os.environ.get(VARIABLE) or DEFAULT)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Moments are stored in UTC; what a laboratory writes in clinic time is a `ClinicTimeField`.
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
