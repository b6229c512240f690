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
    "join": Page(anybody=True),
    "my-account": Page(signed_in=True),
    "draft": Page(signed_in=True),
    "my-people": Page(own=True),
    "people": Page(frozenset({LEAD, ADMINISTRATOR})),
    "patient-access": Page(CARE),
    "emergency": Page(STAFF),
}
"""By name of the URL; `patient` in its path is the key of the person it is about."""


PLAN, RESULTS, EVERYTHING = "plan", "results", "everything"
CARER_MAY: Mapping[str, str] = {"mine": RESULTS, "my-results": RESULTS, "my-card": PLAN}
"""How much a person must have granted for a carer to see an own page; not named: everything."""

NOT_FOR_CARERS = frozenset({"my-people"})
"""Own pages of the person alone."""

WORK = frozenset({"enter", "home", "join", "my-account", "draft"})
"""Pages that staff can open before they have a second factor."""
