"""Who may open which page: the one table.

A page that is missing here is refused to everybody: a new URL without a row fails the tests, and
shows nobody anything until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NURSE, NEUROLOGIST, INFUSION = "nurse", "neurologist", "infusion-nurse"
DESK, LEAD, ADMINISTRATOR = "laboratory-desk", "lead", "administrator"
ROLES = (NURSE, NEUROLOGIST, INFUSION, DESK, LEAD, ADMINISTRATOR)

CARE = frozenset({NURSE, NEUROLOGIST, INFUSION, LEAD})
"""Those who look after people, and see their records."""
STAFF = frozenset(ROLES)


@dataclass(frozen=True, slots=True)
class Page:
    """What is needed to open a page.

    Inputs:
        roles: roles of the clinic that may; empty: none.
        own: the person treated may, of the own record, and a carer by consent.
        anybody: without signing in.
        signed_in: everybody who has signed in.
        systems: other systems may, by their token with this scope (`fhir`: one for each resource
            type; `staff`: none, since a person must answer for it); the roles above may too.
            Refusals are JSON and nobody is sent to a sign-in page.
    """

    roles: frozenset[str] = frozenset()
    own: bool = False
    anybody: bool = False
    signed_in: bool = False
    systems: str = ""


PAGES: Mapping[str, Page] = {
    "health": Page(anybody=True),
    "home": Page(signed_in=True),
    "enter": Page(anybody=True),
    "worklist": Page(CARE),
    "alert-step": Page(CARE),
    "patients": Page(CARE),
    "patient": Page(CARE),
    "mine": Page(own=True),
    "my-results": Page(own=True),
    "my-card": Page(own=True),
    "fhir-metadata": Page(anybody=True),
    "fhir-search": Page(CARE, systems="fhir"),
    "fhir-search-form": Page(CARE, systems="fhir"),
    "fhir-read": Page(CARE, systems="fhir"),
    "fhir-elsewhere": Page(anybody=True),
    "api-document": Page(anybody=True),
    "api-elsewhere": Page(anybody=True),
    "api-worklist": Page(CARE, systems="api"),
    "api-patients": Page(CARE, systems="api"),
    "api-status": Page(CARE, systems="api"),
    "api-findings": Page(CARE, systems="api"),
    "api-plan": Page(CARE, systems="api"),
    "api-results": Page(CARE, systems="api"),
    "api-alerts": Page(CARE, systems="api"),
    "api-alert": Page(CARE, systems="api"),
    "api-alert-step": Page(CARE, systems="staff"),
    "cds-services": Page(anybody=True),
    "cds-service": Page(systems="cds-hooks"),
    "cds-feedback": Page(systems="cds-hooks"),
}
"""By name of the URL; `patient` in its path is the key of the person it is about."""
