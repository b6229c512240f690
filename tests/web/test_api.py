"""The JSON interface says what the pages say, to the same people, and keeps what is done."""

from __future__ import annotations

import json

import pytest
from tests.web.systems import asking, newest_audit, registered


@pytest.fixture
def program(clinic):
    """A program of the clinic with its token."""
    return asking(registered("api")[1])


def test_the_worklist_adds_up_and_the_most_urgent_is_first(program):
    body = program.get("/api/worklist").json()
    assert sum(body["counts"].values()) == body["everybody"]
    assert body["lines"][0]["where"] == "act"
    assert body["lines"][0]["alerts"][0]["tier"] == "emergency"
    some = program.get("/api/worklist?where=act&limit=1").json()
    assert (len(some["lines"]), some["more"]) == (1, True)


def test_one_person_is_told_as_on_the_page(program, key):
    from longwatch.store.models import Patient
    from longwatch.web.clock import today
    from longwatch.web.dossier import Dossier

    dossier = Dossier(Patient.objects.get(pk=key("N1009")), today())
    place = f"/api/patients/{key('N1009')}"
    found = program.get(f"{place}/findings").json()
    assert "CRE-2" in {row["rule"] for row in found if row["active"]}
    assert len(program.get(f"{place}/status").json()) == len(dossier.status)
    assert len(program.get(f"{place}/results").json()) == dossier.record.results.num_rows
    plan = program.get(f"{place}/plan").json()
    assert (plan["end"], len(plan["items"])) == (f"{dossier.plan.end}", len(dossier.plan.items))


def test_every_reading_of_a_person_is_noted_as_for_pages(clinic, key):
    name, token = registered("api")
    asking(token).get(f"/api/patients/{key('N1018')}/results")
    entry = newest_audit()[0]
    assert (entry.actor, entry.target, entry.patient) == (f"client:{name}", "api-results", "N1018")


def posted(browser, alert, body, **headers):
    address = f"/api/alerts/{alert}/steps"
    return browser.post(address, json.dumps(body), content_type="application/json", headers=headers)


def test_a_step_is_kept_as_from_the_worklist_and_a_stale_one_is_told(enter, undone, key):
    from longwatch.store.models import Alert

    alert = Alert.objects.filter(patient=key("N1018"), rule="PLT-3").get()
    nurse = enter("priya")
    told = {"step": "act", "note": "called, repeated today", "shown": alert.step}
    answer = posted(nurse, alert.pk, told)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["state"], body["steps"][-1]["by"]) == ("acted", "priya")
    again = posted(nurse, alert.pk, told)
    assert (again.status_code, "priya" in again.json()["detail"]) == (409, True)


WRONG = {
    "no note": {"step": "act", "note": " "},
    "no day": {"step": "snooze", "note": "later"},
    "no such step": {"step": "dance"},
    "closed before anybody acted": {"step": "close", "note": "fine"},
}


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_a_step_that_cannot_be_is_refused_in_words(case, enter, undone, key):
    from longwatch.store.models import Alert

    alert = Alert.objects.filter(patient=key("N1004"), rule="PLT-1").get()
    answer = posted(enter("priya"), alert.pk, WRONG[case])
    assert answer.status_code == 422
    assert answer.json()["detail"]
    alert.refresh_from_db()
    assert alert.state == "raised"


def test_a_program_cannot_act_and_a_cookie_alone_changes_nothing(enter, program, key):
    from django.test import Client

    from longwatch.store.models import Alert

    alert = Alert.objects.filter(patient=key("N1004")).first()
    assert posted(program, alert.pk, {"step": "see"}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = enter("priya").cookies
    assert posted(strict, alert.pk, {"step": "see"}).status_code == 403


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/nothing", 404),
        ("/api/patients/99999999999999999999/status", 404),
        ("/api/alerts/0", 404),
        ("/api/worklist?where=moon", 422),
        ("/api/patients?after=-1", 422),
    ],
)
def test_every_refusal_is_json_in_words(address, status, program):
    answer = program.get(address)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_the_addresses_are_those_of_the_routes(clinic):
    from longwatch.web.api.addresses import ADDRESSES
    from longwatch.web.api.routes import views

    assert {name: str(one.pattern) for name, one in views().items()} == ADDRESSES


def test_pages_start_without_the_libraries_of_the_interfaces():
    import subprocess
    import sys

    words = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'longwatch.web.settings'; "
        "import django; django.setup(); import longwatch.web.urls; "
        "print([name for name in ('ninja', 'icalendar') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
