"""The people whom a message can mean, and nobody else: matching must not read the whole clinic.

`exchange.matching.People` looks people up by number only. So everybody who has one of the numbers
spoken of, as an identifier or as the store's own reference, answers as the whole clinic would.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Q

from longwatch.exchange.intake import Person
from longwatch.exchange.matching import People
from longwatch.store.models import Identifier, Patient


def people_at_hand(persons: Iterable[Person]) -> People:
    """Everybody with a number of these persons, and all the numbers they have.

    On PostgreSQL their rows are locked until the transaction ends, so that two messages about one
    person wait for each other (on SQLite all writers do).
    """
    pairs = {pair for who in persons for pair in who.identifiers}
    values = {value for _, value in pairs}
    # `People` calls somebody new by number, or by number and authority where that is taken.
    wanted = values | {f"{value}@{authority}" for authority, value in pairs}
    by_number = Identifier.objects.filter(value__in=values).values("patient_id")
    found = Patient.objects.filter(Q(reference__in=wanted) | Q(id__in=by_number))
    if connection.vendor == "postgresql":
        list(found.order_by("id").select_for_update(of=("self",)).values_list("id"))
    rows = [
        {
            "patient": patient.reference,
            "name": patient.name,
            "birth_date": patient.birth_date,
            "sex": patient.sex,
            "ms_onset": patient.ms_onset,
        }
        for patient in found
    ]
    for reference in {row["patient"] for row in rows if "@" in str(row["patient"])}:
        again = Patient.objects.filter(reference__startswith=f"{reference}~")
        rows += [{"patient": name} for name in again.values_list("reference", flat=True)]
    numbers = Identifier.objects.filter(patient__in=found).order_by("id")
    identifiers = numbers.values("authority", "value", "patient__reference")
    return People.of(rows, ({**row, "patient": row["patient__reference"]} for row in identifiers))
