"""The FHIR server: what is told of whom, in FHIR's words, to whom, and what is noted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from fhir.resources.R4B import get_fhir_model_class
from tests.web.systems import asking, newest_audit, registered

TYPES = ("Patient", "Observation", "CarePlan", "Task", "MedicationAdministration", "DetectedIssue")


@pytest.fixture
def ehr(clinic):
    """A system that may read everything."""
    return asking(registered("system/*.rs")[1])


def page_of(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    return answer.json()


def test_the_statement_is_of_4_0_1_and_names_every_parameter(enter):
    body = page_of(enter(None), "/fhir/metadata")
    get_fhir_model_class("CapabilityStatement").model_validate(body)
    assert body["fhirVersion"] == "4.0.1"
    found = {part["type"]: part for part in body["rest"][0]["resource"]}
    assert tuple(found) == TYPES
    assert all({"name": "_id"}.items() <= p["searchParam"][0].items() for p in found.values())


@pytest.mark.parametrize("kind", TYPES)
def test_everything_that_is_told_is_valid_and_can_be_read_alone(kind, ehr, key):
    whose = "_id" if kind == "Patient" else "patient"
    bundle = page_of(ehr, f"/fhir/{kind}?{whose}={key('N1009')}&_count=200")
    get_fhir_model_class("Bundle").model_validate(bundle)
    assert bundle["entry"]
    for entry in bundle["entry"]:
        part = entry["resource"]
        get_fhir_model_class(kind).model_validate(part)
        assert_types(part)
        assert entry["fullUrl"].endswith(f"/fhir/{kind}/{part['id']}")
    for entry in bundle["entry"][:3]:
        alone = page_of(ehr, entry["fullUrl"].partition("testserver")[2])
        assert alone == entry["resource"]


def assert_types(part):
    """What the models let pass: numbers as text, days that do not exist."""
    text = json.dumps(part)
    assert "NaN" not in text
    quantity = part.get("valueQuantity")
    assert quantity is None or isinstance(quantity["value"], int | float)


def test_pages_follow_each_other_and_leave_nothing_out(ehr, key):
    person = key("N1009")
    all_of_them = page_of(ehr, f"/fhir/Observation?patient={person}&_total=accurate")["total"]
    for sort in ("", "&_sort=-date"):
        address, seen = f"/fhir/Observation?patient=Patient/{person}&_count=90{sort}", []
        while address:
            bundle = page_of(ehr, address)
            seen += [
                (e["resource"]["effectiveDateTime"], e["resource"]["id"]) for e in bundle["entry"]
            ]
            links = {link["relation"]: link["url"] for link in bundle["link"]}
            address = links.get("next", "").partition("testserver")[2]
        assert len(seen) == len(set(seen)) == all_of_them > 180
        if sort:
            assert [day for day, _ in seen] == sorted((day for day, _ in seen), reverse=True)


SEARCHES = {
    "a LOINC code": ("Observation", "code=http://loinc.org|777-3", "platelets"),
    "the catalogue's own id": ("Observation", "code=platelets", "platelets"),
    "two codes": ("Observation", "code=urn:longwatch:test|tsh,2160-0", ("tsh", "creatinine")),
}


@pytest.mark.parametrize("case", SEARCHES, ids=str)
def test_a_code_finds_its_tests_and_no_others(case, ehr, key):
    kind, query, tests = SEARCHES[case]
    found = page_of(ehr, f"/fhir/{kind}?patient={key('N1009')}&_count=200&{query}")["entry"]
    codes = {entry["resource"]["code"]["coding"][-1]["code"] for entry in found}
    assert codes == ({tests} if isinstance(tests, str) else set(tests))


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("date=ge2026-01-01", lambda day: day >= "2026-01-01"),
        ("date=lt2026", lambda day: day < "2026"),
        ("date=2026-10", lambda day: day.startswith("2026-10")),
        ("date=ne2026-10", lambda day: not day.startswith("2026-10")),
        ("date=ge2026-01-01&date=le2026-06-30", lambda day: "2026-01-01" <= day <= "2026-06-30"),
        ("date=gt2026-03-02T08:00:00Z", lambda day: day > "2026-03-02"),
    ],
)
def test_days_are_compared_as_fhir_says(query, holds, ehr, key):
    person = key("N1009")
    found = page_of(ehr, f"/fhir/Observation?patient={person}&_count=200&_sort=-date&{query}")[
        "entry"
    ]
    everything = page_of(ehr, f"/fhir/Observation?patient={person}&_count=200&_sort=-date")["entry"]
    days = [entry["resource"]["effectiveDateTime"] for entry in found]
    assert days
    assert all(map(holds, days))
    of_all = [entry["resource"]["effectiveDateTime"] for entry in everything]
    assert set(days) >= set(filter(holds, of_all))


def test_a_person_is_found_by_number_also_without_it_in_the_address(ehr, key):
    for query in ("identifier=Patient|N1009", "identifier=N1009"):
        (entry,) = page_of(ehr, f"/fhir/Patient?{query}")["entry"]
        assert entry["resource"]["id"] == str(key("N1009"))
    form = "application/x-www-form-urlencoded"
    asked = ehr.post("/fhir/Patient/_search", "identifier=N1009", content_type=form)
    assert asked.json()["entry"] == [entry]
    assert "entry" not in page_of(ehr, "/fhir/Patient?identifier=https://other.example|N1009")


REFUSED = {
    "an unknown type": ("/fhir/Encounter", 404),
    "an unknown id": ("/fhir/Observation/999999999", 404),
    "an id that is none": ("/fhir/Observation/x", 404),
    "another place": ("/fhir/Patient/1/_history/1", 404),
    "the root": ("/fhir/", 404),
    "an unknown parameter": ("/fhir/Observation?colour=blue", 400),
    "a date that is none": ("/fhir/Observation?date=2026-13", 400),
    "a date beyond the calendar": ("/fhir/Observation?date=9999-12-31T23:59:59-14:00", 400),
    "a reference to another type": ("/fhir/Observation?patient=Group/1", 400),
    "a count that is none": ("/fhir/Observation?_count=many", 400),
    "a place that no link gave": ("/fhir/Observation?_after=x", 400),
    "an empty value": ("/fhir/Observation?code=", 400),
    "a plan of nobody named": ("/fhir/Task", 400),
    "another sort": ("/fhir/Observation?_sort=color", 400),
    "xml": ("/fhir/Patient?_format=xml", 406),
    "no text": ("/fhir/Patient?name=%00", 400),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_every_refusal_is_an_outcome_in_words(case, ehr):
    address, status = REFUSED[case]
    answer = ehr.get(address)
    assert answer.status_code == status
    get_fhir_model_class("OperationOutcome").model_validate(answer.json())
    assert answer.json()["issue"][0]["diagnostics"]


def test_another_method_or_form_is_refused(ehr):
    answer = ehr.put("/fhir/Patient/1")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    answer = ehr.post("/fhir/Patient/_search", "{}", content_type="application/json")
    assert answer.status_code == 415
    assert ehr.get("/fhir/metadata", headers={"Accept": "application/xml"}).status_code == 406


def test_who_has_the_resource_already_is_told_so(ehr, key):
    first = ehr.get(f"/fhir/Patient/{key('N1009')}")
    again = ehr.get(f"/fhir/Patient/{key('N1009')}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    observation = page_of(ehr, f"/fhir/Observation?patient={key('N1009')}&_count=1")["entry"][0]
    assert "Last-Modified" in ehr.get(f"/fhir/Observation/{observation['resource']['id']}").headers


def test_a_stranger_and_a_wrong_or_ended_token_are_turned_away(enter, key):
    from longwatch.store.clients import revoke_client
    from longwatch.store.models import ReadingClient
    from longwatch.web.clock import now

    address = f"/fhir/Patient/{key('N1009')}"
    name, token = registered("system/*.rs", networks=("127.0.0.0/8",))
    assert asking(token).get(address).status_code == 200
    assert asking(token).get(address, REMOTE_ADDR="10.1.1.1").status_code == 401
    ReadingClient.objects.filter(name=name).update(expires_at=now() - timedelta(days=1))
    other, second = registered("system/*.rs")
    revoke_client(other, by="olsen", reason="contract ended", at=now())
    for browser in (enter(None), asking("guess"), asking(token), asking(second)):
        answer = browser.get(address)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.json()["resourceType"] == "OperationOutcome"


def test_a_scope_opens_its_type_and_no_other(clinic, key):
    name, token = registered("system/Observation.rs")
    ehr = asking(token)
    assert ehr.get(f"/fhir/Observation?patient={key('N1009')}").status_code == 200
    assert ehr.get(f"/fhir/Patient/{key('N1009')}").status_code == 403
    entry = newest_audit()[0]
    assert (entry.action, entry.actor, entry.target) == ("refused", f"client:{name}", "fhir-read")


def test_staff_who_signed_in_may_read_and_the_person_treated_may_not(enter, key):
    address = f"/fhir/Patient/{key('N1009')}"
    assert enter("priya").get(address).status_code == 200
    assert enter("ida").get(address).status_code == 403


def test_every_read_is_noted_with_the_name_of_the_system(clinic, key):
    name, token = registered("system/*.rs")
    asking(token).get(f"/fhir/Observation?patient={key('N1018')}")
    entry = newest_audit()[0]
    assert (entry.action, entry.actor) == ("read", f"client:{name}")
    assert (entry.kind, entry.target, entry.patient) == ("fhir", "Observation", "N1018")
    asking(token).get("/fhir/Patient")
    told = {entry.patient for entry in newest_audit(4)}
    assert told == {"N1004", "N1009", "N1018", "N1157"}, "everybody who was shown"


def test_what_was_corrected_or_taken_back_is_told_as_such(ehr, undone):
    from longwatch.store.models import Patient, Result
    from longwatch.web.clock import now

    person = Patient.objects.create(reference="CORRECTED", filed_at=now())
    told = {"patient": person, "date": "2026-11-01", "test": "platelets", "filed_at": now()}
    told |= {"unit": "10*9/L", "laboratory": "LAB"}
    first = Result.objects.create(**told, value=240.0, status="final", digest="c-1")
    second = Result.objects.create(**told, value=24.0, status="corrected", digest="c-2")
    gone = Result.objects.create(**told | {"test": "tsh"}, value=2.0, digest="c-3")
    Result.objects.create(**told | {"test": "tsh"}, gone=True, supersedes=gone, digest="c-4")
    empty = Result.objects.create(**told | {"test": "alt", "unit": None}, digest="c-5")
    status = {
        row.pk: page_of(ehr, f"/fhir/Observation/{row.pk}") for row in (first, second, gone, empty)
    }
    assert status[first.pk]["status"] == "entered-in-error"
    assert status[first.pk]["valueQuantity"]["value"] == 240.0
    assert status[second.pk]["status"] == "corrected"
    assert status[gone.pk]["status"] == "entered-in-error"
    assert status[empty.pk]["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    before = {"url": "urn:longwatch:status-before", "valueCode": "final"}
    assert before in status[first.pk]["extension"]


def test_nothing_known_is_never_a_plan_without_doubt(ehr, undone):
    from longwatch.store.models import Patient
    from longwatch.web.clock import now

    person = Patient.objects.create(reference="UNKNOWN", filed_at=now())
    plan = page_of(ehr, f"/fhir/CarePlan?patient={person.pk}")["entry"][0]["resource"]
    assert plan["status"] == "unknown"


def test_a_page_of_results_takes_the_same_few_queries_whatever_its_length(
    ehr, key, django_assert_max_num_queries
):
    for count in (1, 200):
        with django_assert_max_num_queries(20):
            page_of(ehr, f"/fhir/Observation?patient={key('N1009')}&_count={count}")
