"""A copy of the filled store for tests that change who may what; and users made for one test."""

from __future__ import annotations

import shutil

import pytest
from tests.web.conftest import at_work_on


@pytest.fixture
def copied(filled, tmp_path, django_db_blocker):
    """The pages at work on a store that nobody else sees; as in a clinic, not as in the demo."""
    from django.test import override_settings

    shutil.copy(filled, tmp_path / "clinic.db")
    as_in_a_clinic = override_settings(
        ALLOWED_HOSTS=["testserver"], DEMO=False, STAFF_NEED_SECOND_FACTOR=False
    )
    with django_db_blocker.unblock(), at_work_on(str(tmp_path / "clinic.db")), as_in_a_clinic:
        yield


@pytest.fixture
def signed_in(copied):
    """A browser of a new user with these roles, or with an own record of that kind and scope."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    from longwatch.alerts.roles import role
    from longwatch.store.models import Membership, OwnRecord, Patient
    from longwatch.web.clock import now

    def make(name, *roles, own=None, kind="self", scope="everything"):
        user = get_user_model().objects.create_user(name)
        for one in roles:
            Membership.objects.create(user=user, role=role(one), since=now())
        if own:
            OwnRecord.objects.create(
                user=user,
                patient=Patient.objects.get(reference=own),
                kind=kind,
                scope=scope,
                since=now(),
                consent="on paper" if kind == "carer" else None,
            )
        browser = Client()
        browser.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
        browser.user = user
        return browser

    return make


@pytest.fixture
def newest(copied):
    """The newest entry of the audit log."""
    from longwatch.store.models import AuditEntry

    return lambda: AuditEntry.objects.order_by("-number").first()
