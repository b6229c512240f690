"""The sample clinic in a store of its own, looked at by each of the demo's users."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import UTC, datetime

import pyarrow as pa
import pytest
import tests.django_once  # noqa: F401 (before anything of the store)

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
PEOPLE = ("N1004", "N1009", "N1018", "N1157")
"""Of the sample clinic: two emergencies, a fall of platelets, a symptom."""


@pytest.fixture(scope="session")
def filled(django_db_blocker, tmp_path_factory):
    """The file of a store with a few people, their alerts and the demo's users."""
    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.sweep import sweep
    from longwatch.cli.demo_work import sample_record
    from longwatch.cli.together import of_patients
    from longwatch.store.record_in import write_record
    from longwatch.store.setup import migrate
    from longwatch.web.demo import OWN_PAGE, add_demo_users

    folder = tmp_path_factory.mktemp("clinic")
    record = of_patients(sample_record(folder / "record"), pa.array(PEOPLE))
    with django_db_blocker.unblock(), at_work_on(str(folder / "clinic.db")) as name:
        migrate()
        write_record(record, source="sample clinic", at=NOW)
        sweep(NOW, read_clinic(UTC), why="first look", engine="python")
        add_demo_users(NOW, OWN_PAGE)
    return name


@pytest.fixture(scope="module")
def copied(filled, tmp_path_factory):
    """A copy for each file of tests: what one writes, another does not meet."""
    return shutil.copy(filled, tmp_path_factory.mktemp("copied") / "clinic.db")


@pytest.fixture
def clinic(copied, django_db_blocker):
    """The pages at work on that store."""
    from django.test import override_settings

    shown = override_settings(DEMO=True, ALLOWED_HOSTS=["testserver"])
    with django_db_blocker.unblock(), at_work_on(str(copied)), shown:
        yield


@contextmanager
def at_work_on(name):
    """Another file of SQLite for a while: the process has one connection for all tests."""
    from django.db import connection

    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        yield name
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@pytest.fixture
def enter(clinic):
    """A browser in which one of the demo's users has entered; `None`: a stranger."""
    from django.test import Client

    def as_user(name=None):
        browser = Client()
        if name is not None:
            assert browser.post("/enter", {"as": name}).status_code == 302
        return browser

    return as_user


@pytest.fixture
def key(clinic):
    """The key of a patient in the store, by reference."""
    from longwatch.store.models import Patient

    return dict(Patient.objects.values_list("reference", "pk")).__getitem__


@pytest.fixture
def undone(clinic):
    """What a test files is taken back: the store serves all of them."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)
