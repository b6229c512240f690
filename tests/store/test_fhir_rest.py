"""FHIR over HTTP: who may send, what is taken, what is answered, and only after the commit."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User

from longwatch.core.record import Record
from longwatch.feed.clinic import ClinicStore
from longwatch.feed.fhir_rest import FhirIntake
from longwatch.feed.fhir_server import FhirServer
from longwatch.feed.limits import Limits
from longwatch.store.arrivals import Reception
from longwatch.store.models import (
    HeldItem,
    Membership,
    Message,
    Patient,
    Result,
    Role,
    Sender,
    StrangerCount,
)
from longwatch.store.record_in import write_record
from longwatch.store.senders import register_sender, sender_of, withdraw_sender

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MRN = "https://clinic.example/mrn"
LAB = "https://lab.example/order"


@pytest.fixture
def clinic(store):
    """The application on a store with one patient and one registered sender."""
    lead = User.objects.create(username="lea")
    role = Role.objects.create(name="lead")
    Membership.objects.create(user=lead, role=role, since=NOW)
    record = Record.from_tables(
        patients={"patient": ["p1"], "birth_date": [date(1990, 5, 1)]},
        identifiers={"authority": [MRN], "value": ["1"], "patient": ["p1"]},
    )
    write_record(record, source="registry", at=NOW)
    alerts = []
    kept = ClinicStore(Reception(ZoneInfo("UTC")), and_then=alerts.append, tries=2)
    app = FhirIntake(
        kept, Limits(message_bytes=20_000, message_seconds=0.2, workers=1), clock=lambda: NOW
    )
    networks = ["10.0.0.0/8", "127.0.0.1"]
    app.token = register_sender("lab", by="lea", at=NOW, networks=networks)
    app.alerts, app.store = alerts, kept
    yield app
    app.close()


def call(app, path="/fhir/Observation", body=b"", method="POST", token="", chunks=None, **headers):
    """One request, as a web server would pass it on."""
    given = {"content-type": "application/fhir+json", "host": "x.example", **headers}
    if token is not None:
        given["authorization"] = f"Bearer {token or app.token}"
    sent = []
    parts = chunks or [body if isinstance(body, bytes) else json.dumps(body).encode()]
    queue = [
        {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}
        for place, part in enumerate(parts)
    ]

    async def receive():
        if not queue:
            await asyncio.sleep(3600)
        return queue.pop(0)

    async def send(event):
        sent.append(event)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "client": ("10.1.1.1", 4711),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in given.items()],
    }
    asyncio.run(app(scope, receive, send))
    head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], head, json.loads(sent[1]["body"])


def observation(value=25, order="A1", **more):
    return {
        "resourceType": "Observation",
        "identifier": [{"system": LAB, "value": order}],
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "777-3"}]},
        "subject": {"identifier": {"system": MRN, "value": "1"}},
        "effectiveDateTime": "2026-06-02",
        "issued": "2026-06-02T12:00:00Z",
        "valueQuantity": {"value": value, "unit": "10*9/L"},
        **more,
    }


def bundle(*resources, kind="transaction", **request):
    entries = [
        {
            "fullUrl": f"urn:uuid:{number}",
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"], **request},
        }
        for number, resource in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def results():
    return list(Result.objects.order_by("id").values_list("patient__reference", "value"))


def test_a_result_is_stored_with_its_alert_and_answered_with_its_place(clinic):
    status, head, body = call(clinic, body=observation())

    assert (status, head["etag"]) == (201, 'W/"1"')
    assert head["location"].startswith("http://x.example/fhir/Observation/lw-")
    assert body["issue"][0]["diagnostics"] == "stored"
    assert results() == [("p1", 25.0)]
    assert [alert.touched for alert in clinic.alerts] == [{"p1"}]


def test_the_same_again_is_known_and_has_the_same_place(clinic):
    first, second = call(clinic, body=observation()), call(clinic, body=observation())

    assert second[0] == 200
    assert second[1]["location"] == first[1]["location"]
    assert len(results()) == 1


def test_created_only_where_no_resource_has_the_identifier(clinic):
    condition = {"if_none_exist": f"identifier={LAB}|A1"}
    first = call(clinic, body=observation(25), **condition)
    again = call(clinic, body=observation(26), **condition)

    assert (first[0], again[0]) == (201, 200)
    assert again[1]["location"] == first[1]["location"]
    assert results() == [("p1", 25.0)]
    assert call(clinic, body=observation(), if_none_exist="code=777-3")[0] == 400


def test_what_waits_for_a_person_is_accepted_and_says_why_without_a_word_of_it(clinic):
    stranger = {"subject": {"identifier": {"system": MRN, "value": "SECRET99"}}}
    status, _, body = call(clinic, body=observation(**stranger))

    assert (status, body["issue"][0]["severity"]) == (201, "warning")
    assert "SECRET99" not in json.dumps(body)


def test_a_transaction_is_one_message_with_an_answer_for_each_entry(clinic):
    patient = {"resourceType": "Patient", "identifier": [{"system": MRN, "value": "1"}]}
    mine = observation(24, "A2", subject={"reference": "urn:uuid:0"})
    odd = observation(9, "A3", valueQuantity={"value": 9, "unit": "furlongs"})

    status, _, body = call(clinic, "/fhir", bundle(patient, mine, odd))

    assert status == 200
    answers = [entry["response"] for entry in body["entry"]]
    assert [answer["status"] for answer in answers] == ["201 Created"] * 3
    assert [answer["outcome"]["issue"][0]["severity"] for answer in answers] == [
        "information",
        "information",
        "warning",
    ]
    assert results() == [("p1", 24.0)]


def test_a_laboratory_makes_nobody_a_patient(clinic):
    patient = {"resourceType": "Patient", "identifier": [{"system": MRN, "value": "77"}]}
    call(clinic, "/fhir", bundle(patient))

    assert Patient.objects.count() == 1


def test_of_a_transaction_that_is_not_taken_nothing_is_stored(clinic):
    wrong = bundle(observation(), method="PUT")

    assert call(clinic, "/fhir", wrong)[0] == 422
    assert results() == []


def test_in_a_transaction_what_exists_is_left_out_and_the_rest_is_stored(clinic):
    call(clinic, body=observation(25, "A1"))
    sent = bundle(observation(26, "A1"), observation(24, "A2"))
    sent["entry"][0]["request"]["ifNoneExist"] = f"identifier={LAB}|A1"

    _, _, body = call(clinic, "/fhir", sent)

    assert [entry["response"]["status"] for entry in body["entry"]] == ["200 OK", "201 Created"]
    assert results() == [("p1", 25.0), ("p1", 24.0)]


def test_each_entry_of_a_batch_stands_alone(clinic):
    sent = bundle(observation(25, "A1"), observation(24, "A2"), kind="batch")
    sent["entry"][0]["request"]["method"] = "DELETE"

    _, _, body = call(clinic, "/fhir", sent)

    assert [entry["response"]["status"] for entry in body["entry"]] == ["422", "201 Created"]
    assert results() == [("p1", 24.0)]


REFUSED = [
    ({"path": "/fhir/Patient"}, 404),
    ({"path": "/"}, 404),
    ({"method": "GET"}, 405),
    ({"path": "/fhir/metadata"}, 405),
    ({"content_type": "application/xml"}, 415),
    ({"body": b"{"}, 400),
    ({"body": b"\xff"}, 400),
    ({"body": b"[]"}, 400),
    ({"body": b"null"}, 400),
    ({"body": observation(), "path": "/fhir/DiagnosticReport"}, 400),
    ({"body": observation(), "path": "/fhir"}, 400),
    ({"body": {"resourceType": "Bundle", "type": "collection"}, "path": "/fhir"}, 422),
    ({"body": b"x" * 30_000}, 413),
    ({"body": b"", "content_length": "999999"}, 413),
    ({"token": "guessed"}, 401),
    ({"token": None}, 401),
]


@pytest.mark.parametrize(("asked", "status"), REFUSED)
def test_what_is_not_taken_is_refused_in_words(clinic, asked, status):
    found, head, body = call(clinic, **asked)

    assert found == status
    assert head["content-type"].startswith("application/fhir+json")
    assert body["resourceType"] == "OperationOutcome"
    assert body["issue"][0]["severity"] == "error"
    assert results() == []


def test_what_is_no_resource_is_kept_for_a_person(clinic):
    call(clinic, body=b'{"resourceType": "Observ')

    assert bytes(Message.objects.get().raw) == b'{"resourceType": "Observ'


def test_a_body_that_never_ends_is_given_up(clinic):
    status, *_ = call(clinic, chunks=[b"{", b""])
    assert status == 400

    sent = []

    async def receive():
        await asyncio.sleep(3600)

    async def send(event):
        sent.append(event)

    headers = [
        (b"authorization", f"Bearer {clinic.token}".encode()),
        (b"content-type", b"application/json"),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/fhir",
        "client": ("10.1.1.1", 1),
        "headers": headers,
    }
    asyncio.run(clinic(scope, receive, send))
    assert sent[0]["status"] == 408


def test_H59_strangers_are_counted_and_a_token_counts_only_from_its_networks(clinic):
    for _ in range(3):
        call(clinic, token="guessed")
    clinic._strangers.flush(NOW)

    (row,) = StrangerCount.objects.all()
    assert (row.origin, row.times) == ("10.1.1.1", 3)
    assert sender_of(clinic.token, "10.9.9.9").name == "lab"
    assert sender_of(clinic.token, "::ffff:10.9.9.9").name == "lab"
    assert sender_of(clinic.token, "192.0.2.1") is None


def test_a_sender_that_was_withdrawn_is_a_stranger(clinic):
    withdraw_sender("lab", by="lea", reason="contract ended", at=NOW)

    assert call(clinic, body=observation())[0] == 401
    assert clinic.token not in Sender.objects.get().token_digest


def test_what_could_not_be_stored_is_never_answered_as_stored(clinic, monkeypatch):
    from django.db import OperationalError

    def full(arrived):
        raise OperationalError("disk full (DOE, JANE)")

    monkeypatch.setattr(clinic.store, "and_then", full)
    status, head, body = call(clinic, body=observation())

    assert (status, head["retry-after"]) == (503, "30")
    assert "DOE" not in json.dumps(body)
    assert results() == []


def test_what_fails_every_time_is_kept_for_a_person_and_blocks_nothing(clinic, monkeypatch):
    def broken(arrived):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(clinic.store, "and_then", broken)
        assert [call(clinic, body=observation())[0] for _ in range(4)] == [503, 422, 422, 422]
    assert "failed on it 2 times" in HeldItem.objects.get().detail
    assert call(clinic, body=observation())[0] == 201


def test_the_capabilities_say_what_is_taken(clinic):
    status, _, body = call(clinic, "/fhir/metadata", method="GET", token=None)

    assert (status, body["fhirVersion"], body["kind"]) == (200, "4.0.1", "instance")
    resources = pytest.importorskip("fhir.resources.R4B.capabilitystatement")
    resources.CapabilityStatement.model_validate(body)


def test_over_a_real_port(clinic):
    def post(port, token):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/fhir/Observation",
            json.dumps(observation()).encode(),
            {"Content-Type": "application/fhir+json", "Authorization": f"Bearer {token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    async def main():
        server = FhirServer(clinic, "127.0.0.1", 0)
        await server.start()
        found = [await asyncio.to_thread(post, server.port, t) for t in (clinic.token, "no")]
        await server.stop()
        return found

    assert asyncio.run(main()) == [201, 401]
