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
KEEPERS = frozenset({LEAD, ADMINISTRATOR})
"""Those who set the clinic, as `store.clinic_facts.KEEPERS` has it."""
AT_DESK = frozenset({NURSE, DESK, LEAD, ADMINISTRATOR})
"""Those who decide what could not be filed, as `store.roles.DESK` has it."""


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
    "alert": Page(CARE),
    "alert-step": Page(CARE),
    "overdue": Page(CARE),
    "inbox": Page(CARE),
    "inbox-sign": Page(CARE),
    "readiness": Page(CARE),
    "patient-results": Page(CARE),
    "patient-treatment": Page(CARE),
    "patient-dates": Page(CARE),
    "patient-papers": Page(CARE),
    "patient-why": Page(CARE),
    "readiness-of": Page(CARE),
    "prepare": Page(CARE),
    "patient-contact": Page(CARE),
    "patient-by-hand": Page(CARE),
    "patients": Page(CARE),
    "new-person": Page(CARE),
    "patient": Page(CARE),
    "desk": Page(AT_DESK),
    "desk-step": Page(AT_DESK),
    "desk-item": Page(AT_DESK),
    "infusions": Page(CARE),
    "infusion": Page(CARE),
    "infusion-summary": Page(CARE),
    "settings": Page(KEEPERS),
    "protocols": Page(KEEPERS),
    "overlay": Page(KEEPERS),
    "arrangements": Page(CARE | {DESK}),
    "arrange": Page(CARE | {DESK}),
    "evidence": Page(CARE),
    "simulator": Page(CARE),
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
    "my-diary": Page(own=True),
    "my-entry": Page(own=True),
    "my-entry-change": Page(own=True),
    "my-skin": Page(own=True),
    "my-relapse": Page(own=True),
    "my-felt": Page(own=True),
    "my-test-done": Page(own=True),
    "my-care": Page(own=True),
    "my-questions": Page(own=True),
    "my-calendar": Page(own=True),
    "my-calendar-file": Page(own=True),
    "my-more": Page(own=True),
    "my-file": Page(own=True),
    "calendar-feed": Page(anybody=True),
    "emergency-card": Page(anybody=True),
    "from-people": Page(CARE),
    "patient-diary": Page(CARE),
    "patient-diary-step": Page(CARE),
    "join": Page(anybody=True),
    "my-account": Page(signed_in=True),
    "draft": Page(signed_in=True),
    "my-people": Page(own=True),
    "people": Page(frozenset({LEAD, ADMINISTRATOR})),
    "patient-access": Page(CARE),
    "emergency": Page(STAFF),
    "cds-services": Page(anybody=True),
    "cds-service": Page(systems="cds-hooks"),
    "cds-feedback": Page(systems="cds-hooks"),
}
"""By name of the URL; `patient` in its path is the key of the person it is about."""


PLAN, RESULTS, EVERYTHING = "plan", "results", "everything"
CARER_MAY: Mapping[str, str] = {
    "my-card": PLAN,
    "my-more": PLAN,
    "my-calendar-file": PLAN,
    "mine": RESULTS,
    "my-results": RESULTS,
    "my-care": RESULTS,
    "my-felt": RESULTS,
}
"""How much a person must have granted for a carer to see an own page; not named: everything."""

NOT_FOR_CARERS = frozenset({"my-people"})
"""Own pages of the person alone."""

WORK = frozenset({"enter", "home", "join", "my-account", "draft"})
"""Pages that staff can open before they have a second factor."""
