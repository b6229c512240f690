"""Search parameters that several types share."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from longwatch.store.models import Patient
from longwatch.web.fhir.asking import Parameter, key_of, number, token
from longwatch.web.fhir.moments import on_moments


def of_patient(column: str = "patient_id") -> dict[str, Parameter]:
    """`patient` and `subject`: everything that is read under one person."""

    def condition(said: str) -> Q:
        key = key_of(said)
        joined = Patient.objects.filter(joined_into=key).values_list("pk", flat=True)
        return Q(**{f"{column}__in": [key, *joined]})

    found = Parameter("reference", "whose it is: Patient/KEY", condition)
    return {"patient": found, "subject": found}


def of_every_row(moment: str) -> dict[str, Parameter]:
    """`_id`, and `_lastUpdated` by a column of moments."""
    return {
        "_id": Parameter("token", "its id", lambda said: Q(pk=number(said))),
        "_lastUpdated": Parameter(
            "date", "when it was filed here", lambda said: on_moments(moment, said)
        ),
    }


def nothing() -> Q:
    """A condition that no row meets."""
    return Q(pk__in=())


def code_is(said: str, system: str, codes: Iterable[str]) -> bool:
    """Whether a token asks for one of these codes of a system."""
    asked, code = token(said)
    return asked in (None, system) and (code in codes or (asked is not None and not code))
