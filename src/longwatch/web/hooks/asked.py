"""What a system sends when a hook fires, and whom it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field

from longwatch.core.held import HeldReason
from longwatch.exchange.fhir.document import Entry, FhirOptions, person_of
from longwatch.exchange.intake import Person
from longwatch.feed.fhir_words import RefusedError
from longwatch.store.models import Patient
from longwatch.store.people_at_hand import people_at_hand


class Context(BaseModel):
    """What of the context is used; more may come."""

    model_config = ConfigDict(extra="ignore")

    patientId: str = Field(min_length=1)  # noqa: N815 (CDS Hooks' name)
    draftOrders: dict[str, Any] | None = None  # noqa: N815 (CDS Hooks' name)


class Call(BaseModel):
    """One call of a service."""

    model_config = ConfigDict(extra="ignore")

    hook: str
    hookInstance: str = Field(min_length=1)  # noqa: N815 (CDS Hooks' name)
    fhirServer: str | None = None  # noqa: N815 (CDS Hooks' name)
    context: Context
    prefetch: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """Whom a call means.

    Inputs:
        person: None when nobody here is meant, or nobody can tell.
        doubt: why nobody can tell, in words without a name; '' where that is certain.
    """

    person: Patient | None
    doubt: str = ""


def whom(call: Call, own: str) -> Met:
    """The one person meant: by a number known here, and only where nothing said contradicts it.

    Inputs:
        call: with the Patient of the other system in `prefetch`, or its server's address.
        own: address of our own FHIR server, whose ids are our keys.

    Raises:
        RefusedError: nothing says by which numbers the person is known (412), or two people are
            named (400).
    """
    server = (call.fhirServer or "").rstrip("/")
    described = (call.prefetch or {}).get("patient")
    if isinstance(described, dict) and described.get("resourceType") == "Patient":
        if described.get("id") not in (None, call.context.patientId):
            raise RefusedError(400, "invalid", "prefetch.patient is not the patient of the context")
        options = FhirOptions(server=server)
        return _known(person_of(Entry(described, "prefetch", ""), options), call, own)
    if not server:
        words = "prefetch.patient is missing, and there is no fhirServer to know the id by"
        raise RefusedError(412, "required", words)
    return _known(Person(identifiers=()), call, own)


def _known(who: Person, call: Call, own: str) -> Met:
    server = (call.fhirServer or "").rstrip("/")
    key = call.context.patientId.rpartition("/")[2]
    if server == own:
        plain = key.isascii() and key.isdigit() and len(key) < 19
        found = Patient.objects.filter(pk=int(key)).first() if plain else None
        return Met(found and (found.joined_into or found))
    numbers = who.identifiers
    if server:
        numbers = tuple(dict.fromkeys((*numbers, (f"{server}/Patient", key))))
    if any("\x00" in part for pair in numbers for part in pair):
        raise RefusedError(400, "value", "a number holds a character that no text has")
    meant = Person(numbers, who.name, who.birth_date, who.sex)
    with transaction.atomic():
        people, keys = people_at_hand([meant])
    match = people.match(meant)
    if match.patient is not None:
        return Met(Patient.objects.get(pk=keys[match.patient]))
    if match.reason is HeldReason.IDENTITY_CONFLICT:
        return Met(None, "the numbers lead to somebody whose birth date, sex or name is different")
    return Met(None)
