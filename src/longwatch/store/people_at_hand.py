"""The people whom a message can mean, and nobody else: matching must not read the whole clinic.

`exchange.matching.People` looks people up by number only. So everybody who has one of the numbers
spoken of, as an identifier or as the store's own reference, answers as the whole clinic would.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from longwatch.exchange.intake import Person
from longwatch.exchange.matching import People
from longwatch.exchange.shelf import Row
from longwatch.store.models import Patient
from longwatch.store.plainly import fetched, fetched_among, places

_FOUND = """
    SELECT p."id", p."reference", p."name", p."birth_date", p."sex", p."ms_onset", j."reference"
    FROM "store_patient" p LEFT JOIN "store_patient" j ON j."id" = p."joined_into_id"
    WHERE p."reference" IN ({references})
    OR p."id" IN (SELECT "patient_id" FROM "store_identifier" WHERE "value" IN ({numbers}))
    ORDER BY p."id"
"""
_NUMBERS = """
    SELECT "id", "authority", "value", "patient_id" FROM "store_identifier" WHERE "patient_id" IN
"""


def people_at_hand(persons: Iterable[Person]) -> tuple[People, dict[str, int]]:
    """Everybody with a number of these persons, and all the numbers they have.

    Returns:
        The people, and the store's key of each by reference.

    On PostgreSQL their rows are locked until the transaction ends, so that two messages about one
    person wait for each other (on SQLite all writers do).
    """
    pairs = {pair for who in persons for pair in who.identifiers}
    values = sorted({value for _, value in pairs})
    # `People` calls somebody new by number, or by number and authority where that is taken.
    wanted = sorted({*values, *(f"{value}@{authority}" for authority, value in pairs)})
    if not wanted:
        return People(), {}
    query = _FOUND.format(references=places(len(wanted)), numbers=places(len(values)))
    if connection.vendor == "postgresql":
        # What another transaction told of them while this one waited is seen only by a new query.
        fetched(f"{query} FOR UPDATE OF p", [*wanted, *values])
    rows: list[Row] = []
    keys: dict[str, int] = {}
    joined: dict[str, str] = {}
    for key, reference, name, born, sex, onset, into in fetched(query, [*wanted, *values]):
        keys[reference] = key
        told = {"name": name, "birth_date": _day(born), "sex": sex, "ms_onset": _day(onset)}
        rows.append({"patient": reference, **told})
        if into is not None:
            joined[reference] = into
    for reference in [reference for reference in keys if "@" in reference]:
        again = Patient.objects.filter(reference__startswith=f"{reference}~")
        rows += [{"patient": name} for name in again.values_list("reference", flat=True)]
    if not keys:
        return People(), keys
    references = {key: reference for reference, key in keys.items()}
    numbers = fetched_among(_NUMBERS, list(references))
    identifiers = [
        {"authority": authority, "value": value, "patient": references[key]}
        for _, authority, value, key in sorted(numbers)
    ]
    people = People.of(rows, identifiers)
    people.joined.update(joined)
    return people, keys


def _day(cell: Any) -> date | None:
    """SQLite gives what it was given: text, or a day made by the converter of the column."""
    return date.fromisoformat(cell) if isinstance(cell, str) else cell
