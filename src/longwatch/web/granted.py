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
    """

    roles: frozenset[str] = frozenset()
    own: bool = False
    anybody: bool = False
    signed_in: bool = False


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
    "emergency": Page(anybody=True),
    "from-people": Page(CARE),
    "patient-diary": Page(CARE),
    "patient-diary-step": Page(CARE),
}
"""By name of the URL; `patient` in its path is the key of the person it is about."""
