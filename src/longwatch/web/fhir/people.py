"""Patient: who is looked after, with every number in use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from longwatch.exchange.fhir.elements import Json
from longwatch.exchange.fhir.write import resource_of
from longwatch.exchange.matching import OWN_PATIENT, UNNAMED
from longwatch.store.models import Identifier, Patient
from longwatch.web.fhir.asking import Parameter, number, token
from longwatch.web.fhir.by_patient import nothing
from longwatch.web.fhir.moments import on_days
from longwatch.web.fhir.rows import stamped, subject
from longwatch.web.fhir.source import Table


def _rows() -> QuerySet[Patient]:
    return Patient.objects.select_related("joined_into").prefetch_related("identifiers")


def _write(people: Sequence[Patient]) -> Iterable[tuple[Json, str]]:
    for person in people:
        row = {
            "patient": person.reference,
            "name": person.name,
            "birth_date": person.birth_date,
            "sex": person.sex,
            "ms_onset": person.ms_onset,
        }
        body = resource_of("patients", row) | {"id": str(person.pk), "active": True}
        body["identifier"] += [_identifier(one) for one in person.identifiers.all()]
        if person.joined_into is not None:
            other = subject(person.joined_into)
            body |= {"active": False, "link": [{"other": other, "type": "replaced-by"}]}
        yield stamped(body), person.reference


def _identifier(one: Identifier) -> Json:
    found: Json = {"value": one.value}
    if one.authority != UNNAMED:
        # A system must be an address; what a laboratory calls itself need not be one.
        plain = not any(letter.isspace() for letter in one.authority)
        found |= {"system": one.authority} if plain else {"assigner": {"display": one.authority}}
    if one.valid_to is not None:
        found |= {"use": "old", "period": {"end": one.valid_to.isoformat()}}
    return found


def _by_identifier(said: str) -> Q:
    system, value = token(said)
    own = Q(reference=value) if system in (None, OWN_PATIENT) else nothing()
    if not value:
        held = Identifier.objects.filter(authority=system)
    else:
        held = Identifier.objects.filter(value=value)
        if system is not None:
            held = held.filter(authority=system or UNNAMED)
    return own | Q(pk__in=held.values("patient_id"))


def _by_gender(said: str) -> Q:
    _, code = token(said)
    return Q(sex=code) if code != "unknown" else Q(sex="unknown") | Q(sex=None)


PARAMETERS = {
    "_id": Parameter("token", "its id", lambda said: Q(pk=number(said))),
    "identifier": Parameter("token", "a number: SYSTEM|VALUE, or VALUE", _by_identifier),
    "name": Parameter("string", "a part of the name", lambda said: Q(name__icontains=said)),
    "birthdate": Parameter("date", "date of birth", lambda said: on_days("birth_date", said)),
    "gender": Parameter("token", "female, male, other, unknown", _by_gender),
}
PATIENT = Table(_rows, _write, PARAMETERS)
