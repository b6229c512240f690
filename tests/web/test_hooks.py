"""CDS Hooks: who is meant, which cards are shown, whom they are shown to, what came of them."""

from __future__ import annotations

import json
import uuid
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from tests.web.systems import asking, newest_audit, registered

WATCH, READY = "/cds-services/longwatch-watch", "/cds-services/longwatch-ready"
OWN = "http://testserver/fhir"


@pytest.fixture
def ehr(clinic):
    """A hospital's system that may call the hooks."""
    return asking(registered("cds-hooks")[1])


def called(browser, patient, service=WATCH, **more):
    hook = "patient-view" if service == WATCH else "order-sign"
    context = {"userId": "Practitioner/1", "patientId": str(patient), **more.pop("context", {})}
    body = {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": context}
    body |= {"fhirServer": OWN} | more
    body = {name: part for name, part in body.items() if part is not None}
    return browser.post(service, json.dumps(body), content_type="application/json")


def cards_of(answer):
    assert answer.status_code == 200, answer.content
    cards = answer.json()["cards"]
    for card in cards:
        assert len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"].startswith("Longwatch")
        assert uuid.UUID(card["uuid"])
        assert all(reason["code"] and reason["display"] for reason in card["overrideReasons"])
        assert all(link["type"] == "absolute" for link in card.get("links", ()))
    return cards


def drafts(*concepts, day="2026-12-14"):
    orders = [
        {
            "resource": {
                "resourceType": "MedicationRequest",
                "status": "draft",
                "medicationCodeableConcept": concept,
                "dosageInstruction": [{"timing": {"event": [day]}}],
            }
        }
        for concept in concepts
    ]
    return {"draftOrders": {"resourceType": "Bundle", "entry": orders}}


DRUG = {"text": "Lemtrada 12 mg"}


def test_what_there_is_can_be_read_by_everybody(enter):
    services = enter(None).get("/cds-services").json()["services"]
    assert [one["hook"] for one in services] == ["patient-view", "order-sign"]
    assert all(one["prefetch"]["patient"] == "Patient/{{context.patientId}}" for one in services)


def test_an_abnormal_result_is_a_card_with_its_rule_and_what_to_do(ehr, key):
    cards = cards_of(called(ehr, key("N1018")))
    first = cards[0]
    assert (first["indicator"], first["source"]["topic"]["code"]) == ("critical", "PLT-3")
    assert "platelets" in first["summary"].lower()
    assert "To do:" in first["detail"]
    assert first["links"][0]["url"].endswith(f"/patients/{key('N1018')}")


def test_the_most_urgent_card_comes_first_and_what_is_overdue_is_named(ehr, key):
    cards = cards_of(called(ehr, key("N1004")))
    assert cards[0]["indicator"] == "critical"
    order = ["critical", "warning", "info"]
    places = [order.index(card["indicator"]) for card in cards]
    assert places == sorted(places)


def test_of_somebody_who_is_on_no_list_nothing_is_said(ehr):
    assert cards_of(called(ehr, 999_999)) == []
    assert cards_of(called(ehr, "x", fhirServer="https://ehr.example/fhir")) == []


def test_another_systems_id_is_never_taken_for_our_key(ehr, key):
    assert cards_of(called(ehr, key("N1004"), fhirServer="https://ehr.example/fhir")) == []


def patient(**more):
    identifier = [{"system": "urn:longwatch:patient", "value": "N1018"}]
    return {"resourceType": "Patient", "id": "e7", "identifier": identifier, **more}


def test_a_person_is_known_by_the_number_in_the_prefetch(ehr):
    server = "https://ehr.example/fhir"
    cards = cards_of(called(ehr, "e7", fhirServer=server, prefetch={"patient": patient()}))
    assert cards[0]["source"]["topic"]["code"] == "PLT-3"


def test_numbers_that_contradict_the_birth_date_are_said_and_never_guessed(ehr):
    wrong = {"patient": patient(birthDate="1901-01-01")}
    (card,) = cards_of(called(ehr, "e7", fhirServer=None, prefetch=wrong))
    assert "cannot tell who this is" in card["summary"]
    assert card["indicator"] == "warning"


REFUSED = {
    "nothing says who": ({"fhirServer": None}, 412),
    "two people": ({"prefetch": {"patient": patient(id="other")}}, 400),
    "another hook": ({"hook": "order-select"}, 400),
    "no context": ({"context": {"patientId": ""}}, 400),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_cannot_be_answered_is_refused_in_words(case, ehr):
    more, status = REFUSED[case]
    answer = called(ehr, "e7", **more)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_no_json_no_service_and_other_methods_are_refused(ehr):
    assert ehr.post(WATCH, "{", content_type="application/json").status_code == 400
    assert ehr.post(WATCH, "{}", content_type="text/plain").status_code == 415
    assert ehr.post("/cds-services/other", "{}", content_type="application/json").status_code == 404
    assert (answer := ehr.get(WATCH)).status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_an_order_of_alemtuzumab_is_held_against_what_must_come_before(ehr, key):
    (card,) = cards_of(called(ehr, key("N1018"), READY, context=drafts(DRUG)))
    assert card["indicator"] == "critical"
    assert "Not ready for course" in card["summary"]
    assert "blocked" in card["detail"]


def test_another_drug_asks_nothing_and_a_stranger_is_never_ready(ehr, key):
    other = drafts({"text": "ibuprofen"})
    assert cards_of(called(ehr, key("N1018"), READY, context=other)) == []
    (card,) = cards_of(called(ehr, 999_999, READY, context=drafts(DRUG)))
    assert card["indicator"] == "critical"
    assert "readiness is unknown" in card["summary"]


def test_who_has_everything_is_ready(ehr, undone):
    from datetime import date

    from longwatch.store.models import Patient
    from longwatch.web.clock import now, today
    from longwatch.web.dossier import Dossier
    from longwatch.web.hooks.orders import readiness_cards

    person = Patient.objects.create(reference="READY", sex="male", filed_at=now())
    dossier = Dossier(person, today())
    dossier.pack = dossier.pack.model_copy(
        update={"before_course": (), "contraindications": (), "withhold": ()}
    )
    (card,) = readiness_cards(dossier, [date(2026, 12, 14)])
    assert (card.indicator, card.summary[:18]) == ("info", "Ready for course 1")


def test_what_came_of_a_card_is_kept_and_cannot_be_changed(ehr, key):
    from django.db import Error, transaction

    from longwatch.store.models import CardFeedback

    (card, *_) = cards_of(called(ehr, key("N1018")))
    told = {
        "card": card["uuid"],
        "outcome": "overridden",
        "overrideReason": {"reason": {"code": "in-hand"}, "userComment": "count repeated"},
        "outcomeTimestamp": "2026-11-22T08:00:00Z",
    }
    body = json.dumps({"feedback": [told]})
    answer = ehr.post(f"{WATCH}/feedback", body, content_type="application/json")
    assert answer.status_code == 200
    row = CardFeedback.objects.get(card__uuid=card["uuid"])
    assert (row.outcome, row.reason, row.comment) == ("overridden", "in-hand", "count repeated")
    assert row.card.rule == "PLT-3"
    with pytest.raises(Error, match="append only"), transaction.atomic():
        CardFeedback.objects.filter(pk=row.pk).update(outcome="accepted")
    other = asking(registered("cds-hooks")[1])
    for browser, words in ((other, body), (ehr, body.replace(card["uuid"], str(uuid.uuid4())))):
        answer = browser.post(f"{WATCH}/feedback", words, content_type="application/json")
        assert answer.status_code == 404, "only what this system was shown"


def test_every_call_is_noted_and_without_the_scope_nothing_is_told(clinic, key):
    name, token = registered("cds-hooks")
    called(asking(token), key("N1018"))
    entry = newest_audit()[0]
    assert (entry.actor, entry.patient) == (f"client:{name}", "N1018")
    assert called(asking(registered("system/*.rs")[1]), key("N1018")).status_code == 403


def test_a_browser_session_is_no_key_to_the_hooks(enter, key):
    assert called(enter("priya"), key("N1018")).status_code == 401


def test_only_configured_origins_may_call_from_a_browser(ehr, key):
    from django.test import override_settings

    asked = {"Origin": "https://ehr.example", "Access-Control-Request-Method": "POST"}
    with override_settings(CDS_ORIGINS=["https://ehr.example"]):
        first = ehr.options(WATCH, headers=asked)
        assert first.status_code == 204
        assert first.headers["Access-Control-Allow-Origin"] == "https://ehr.example"
        other = ehr.options(WATCH, headers={**asked, "Origin": "https://other.example"})
        assert "Access-Control-Allow-Origin" not in other.headers
        page = ehr.get("/worklist", headers={"Origin": "https://ehr.example"})
        assert "Access-Control-Allow-Origin" not in page.headers


@pytest.fixture(scope="module")
def key_pair():
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP384R1())


def b64(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(pair, header=None, **claims):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    from longwatch.web.clock import now

    moment = now()
    said = {
        "iss": "https://ehr.example",
        "aud": f"http://testserver{WATCH}",
        "iat": moment.timestamp(),
        "exp": (moment + timedelta(minutes=4)).timestamp(),
        "jti": str(uuid.uuid4()),
    } | claims
    head = b64(json.dumps({"alg": "ES384", "kid": "k1"} | (header or {})).encode())
    text = f"{head}.{b64(json.dumps(said).encode())}"
    r, s = decode_dss_signature(pair.sign(text.encode(), ec.ECDSA(hashes.SHA384())))
    return f"{text}.{b64(r.to_bytes(48, 'big') + s.to_bytes(48, 'big'))}"


def test_a_signed_token_counts_once_for_its_address_and_its_time(clinic, key, undone, key_pair):
    numbers = key_pair.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-384", "kid": "k1"}
    jwk |= {name: b64(getattr(numbers, name).to_bytes(48, "big")) for name in ("x", "y")}
    name, _ = registered("cds-hooks", issuer="https://ehr.example", keys=[jwk])
    token = signed(key_pair)
    assert called(asking(token), key("N1018")).status_code == 200
    assert newest_audit()[0].actor == f"client:{name}"
    head, body, signature = signed(key_pair).split(".")
    wrong = {
        "used twice": token,
        "of somebody unknown": signed(key_pair, iss="https://other.example"),
        "for another address": signed(key_pair, aud="http://testserver/cds-services"),
        "over": signed(key_pair, exp=0),
        "too long": signed(key_pair, exp=4_102_444_800),
        "without a number": signed(key_pair, jti=""),
        "with another key": signed(key_pair, header={"kid": "k2"}),
        "unsigned": f"{b64(json.dumps({'alg': 'none'}).encode())}.{body}.",
        "changed": f"{head}.{body[:-2]}AA.{signature}",
        "no token": "a.b.c",
    }
    for case, one in wrong.items():
        assert called(asking(one), key("N1018")).status_code == 401, case
