"""Whatever is asked, no interface fails, and none gives an answer that its document does not have.

schemathesis makes requests out of the documents, right ones and wrong ones; here a few of each
operation, in the campaign many.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.web.documents import fhir_document, hooks_document
from tests.web.systems import registered

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def kept_open(undone):
    """The store's connection outlives each request: what is filed here is taken back at the end."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def json_document():
    from longwatch.web.api.routes import api

    return api.get_openapi_schema(path_prefix="/api/")


DOCUMENTS = {"json": json_document, "fhir": fhir_document, "hooks": hooks_document}


def asked(name, examples):
    """Calls every operation of a document so many times, as the program that may ask all."""
    from django.test import override_settings

    from longwatch.web.wsgi import application

    token = registered("system/*.rs", "cds-hooks", "api")[1]
    schema = schemathesis.openapi.from_dict(DOCUMENTS[name]())
    schema.app = application
    headers = {"Authorization": f"Bearer {token}"}
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=examples < 50,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def check(case):
            case.call_and_validate(headers=headers, checks=CHECKS)

        with override_settings(ALLOWED_HOSTS=["*"]):
            check()


@pytest.mark.parametrize("name", DOCUMENTS, ids=str)
def test_no_failure_and_no_undocumented_answer(name, kept_open):
    asked(name, 4)


@pytest.mark.campaign
@pytest.mark.parametrize("name", DOCUMENTS, ids=str)
def test_no_failure_and_no_undocumented_answer_in_many_tries(name, kept_open):
    asked(name, 200)
