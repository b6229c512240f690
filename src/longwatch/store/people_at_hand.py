"""The people whom a message can mean, and nobody else: matching must not read the whole clinic.

`exchange.matching.People` looks people up by number only. So everybody who has one of the numbers
spoken of, as an identifier or as the store's own reference, answers as the whole clinic would.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import F, Q

from longwatch.exchange.intake import Person
from longwatch.exchange.matching import People
from longwatch.exchange.shelf import Row
from longwatch.store.models import Identifier, Patient


def people_at_hand(persons: Iterable[Person]) -> tuple[People, dict[str, int]]:
    """Everybody with a number of these persons, and all the numbers they have.

    Returns:
        The people, and the store's key of each by reference.

    On PostgreSQL their rows are locked until the transaction ends, so that two messages about one
    person wait for each other (on SQLite all writers do).
    """
    pairs = {pair for who in persons for pair in who.identifiers}
    values = {value for _, value in pairs}
    # `People` calls somebody new by number, or by number and authority where that is taken.
    wanted = values | {f"{value}@{authority}" for authority, value in pairs}
    by_number = Identifier.objects.filter(value__in=values).values("patient_id")
    found = Patient.objects.filter(Q(reference__in=wanted) | Q(id__in=by_number)).order_by("id")
    if connection.vendor == "postgresql":
        # What another transaction told of them while this one waited is seen only by a new query.
        list(found.select_for_update(of=("self",)).values_list("id"))
    known = found.values(
        *("id", "name", "birth_date", "sex", "ms_onset"),
        patient=F("reference"),
        into=F("joined_into__reference"),
    )
    rows: list[Row] = [dict(row) for row in known]
    joined = {row["patient"]: into for row in rows if (into := row.pop("into"))}
    keys = {row["patient"]: row.pop("id") for row in rows}
    for reference in [reference for reference in keys if "@" in reference]:
        again = Patient.objects.filter(reference__startswith=f"{reference}~")
        rows += [{"patient": name} for name in again.values_list("reference", flat=True)]
    if not keys:
        return People(), keys
    numbers = Identifier.objects.filter(patient_id__in=list(keys.values())).order_by("id")
    references = {key: reference for reference, key in keys.items()}
    identifiers = [
        {"authority": authority, "value": value, "patient": references[key]}
        for authority, value, key in numbers.values_list("authority", "value", "patient_id")
    ]
    people = People.of(rows, identifiers)
    people.joined.update(joined)
    return people, keys
