"""Journeys go through the whole sample clinic, filled and served by the real command."""

from __future__ import annotations

import pytest
from tests.browser.conftest import serving
from tests.web.conftest import at_work_on


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Everybody of the sample clinic, as who starts the demo for the first time has it."""
    with serving(tmp_path_factory.mktemp("demo") / "clinic.db") as served:
        yield served


@pytest.fixture
def in_store(server, django_db_blocker):
    """Looks into the served store, or puts something there: `in_store(lambda: ...)`."""

    def work(what):
        with django_db_blocker.unblock(), at_work_on(str(server.store)):
            return what()

    return work


@pytest.fixture(params=["desktop", "phone"])
def size(request):
    """Each journey on a wide and on a narrow window."""
    return request.param
