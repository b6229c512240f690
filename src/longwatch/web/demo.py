"""The demo: the sample clinic in a store of its own, with a user for each role."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model

from longwatch.alerts.roles import role
from longwatch.store.clinic_facts import EMERGENCY, NAME, OUT_OF_HOURS, TELEPHONE
from longwatch.store.models import Membership, OwnRecord, Patient, Setting
from longwatch.web.granted import ADMINISTRATOR, DESK


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody one can be in the demo; without a role: the person treated, or a carer."""

    name: str
    words: str
    what: str
    roles: tuple[str, ...] = ()
    carer: bool = False


DEMO_USERS = (
    DemoUser("priya", "Priya Nair, MS nurse", "The morning worklist of the clinic", ("nurse",)),
    DemoUser("olsen", "Dr. Olsen, neurologist", "Records and readiness", ("neurologist", "lead")),
    DemoUser("inga", "Inga Holm, infusion nurse", "Infusion days", ("infusion-nurse",)),
    DemoUser("marek", "Marek Dvořák, laboratory desk", "What could not be filed", (DESK,)),
    DemoUser("quist", "Prof. Quist, lead", "The clinic as a whole, and its settings", ("lead",)),
    DemoUser("adele", "Adele Brandt, administrator", "Who works here; accounts", (ADMINISTRATOR,)),
    DemoUser("ida", "Boris Bramble, person treated", "My page: next step, results, when to call"),
    DemoUser(
        "karl", "Karl Bramble, who cares for Boris", "His page, as far as he agreed", carer=True
    ),
)

CONSENT = "Boris agreed on paper at his visit of 2 March 2026."
OWN_PAGE = "N1009"
"""The person of the sample clinic whose own page can be seen."""


def add_demo_users(now: datetime, patient: str) -> None:
    """Makes the users that are missing.

    Inputs:
        patient: reference of the person whose own page one of them sees.
    """
    users = get_user_model()
    for one in DEMO_USERS:
        first, _, last = one.words.partition(",")[0].rpartition(" ")
        user, new = users.objects.get_or_create(
            username=one.name,
            defaults={"first_name": first or last, "last_name": last if first else ""},
        )
        if not new:
            continue
        user.set_unusable_password()
        user.save()
        for name in one.roles:
            Membership.objects.create(user=user, role=role(name), since=now)
        if not one.roles:
            person = Patient.objects.get(reference=patient)
            kind, consent = ("carer", CONSENT) if one.carer else ("self", None)
            OwnRecord.objects.create(
                user=user, patient=person, kind=kind, consent=consent, since=now
            )
    told = {
        NAME: "Northside clinic",
        TELEPHONE: "555 0134",
        OUT_OF_HOURS: "555 0199",
        EMERGENCY: "911",
    }
    for key, words in told.items():
        Setting.objects.get_or_create(key=key, defaults={"value": json.dumps(words)})
