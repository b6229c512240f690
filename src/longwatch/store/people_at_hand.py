"""The people whom a message can mean, and nobody else: matching must not read the whole clinic.

`exchange.matching.People` looks people up by number only. So everybody who has one of the numbers
spoken of, as an identifier or as the store's own reference, answers as the whole clinic would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from longwatch.exchange.intake import Person
from longwatch.exchange.matching import People
from longwatch.exchange.shelf import Row
from longwatch.store.models import Patient
from longwatch.store.plainly import fetched, fetched_among, padded, places

# Each part by its index: with OR the server would go through everybody.
_FOUND = """
    SELECT p."id", p."reference", p."name", p."birth_date", p."sex", p."ms_onset", j."reference"
    FROM "store_patient" p LEFT JOIN "store_patient" j ON j."id" = p."joined_into_id"
    WHERE p."id" IN (
        SELECT "id" FROM "store_patient" WHERE "reference" IN ({references})
        UNION SELECT "patient_id" FROM "store_identifier" WHERE "value" IN ({numbers})
    )
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
    (only,) = people_of_each([list(persons)])
    return only


def people_of_each(spoken_of: Sequence[Sequence[Person]]) -> list[tuple[People, dict[str, int]]]:
    """`people_at_hand` for several messages at once, each with the people whom it can mean.

    Raises:
        TogetherError: two of the messages may mean the same person.
    """
    asked = [_Asked.of(persons) for persons in spoken_of]
    values = sorted({value for one in asked for value in one.numbers})
    wanted = sorted({name for one in asked for name in one.references})
    if not wanted:
        return [(People(), {}) for _ in asked]
    found = _fetched(padded(wanted), padded(values))
    keys = {reference: key for key, reference, *_ in found}
    references = {key: reference for reference, key in keys.items()}
    of_whom: dict[str, list[tuple[str, str]]] = {reference: [] for reference in keys}
    if keys:
        for _, authority, value, key in sorted(fetched_among(_NUMBERS, padded(list(references)))):
            of_whom[references[key]].append((authority, value))
    into = {reference: other for _, reference, *_, other in found if other is not None}
    taken: set[str] = set()
    people = []
    for one in asked:
        mine = [row for row in found if len(asked) == 1 or one.means(row[1], of_whom[row[1]])]
        names = {row[1] for row in mine}
        # Whoever is read under another is judged with that other.
        names |= {into[name] for name in names if name in into}
        if names & taken:
            raise TogetherError
        taken |= names
        people.append(_people(mine, of_whom))
    return people


class TogetherError(Exception):
    """Messages were to be filed together, and one of them may touch what another one touches."""


class _Asked(NamedTuple):
    """The numbers one message speaks of, and the references that its people may have here."""

    numbers: frozenset[str]
    references: frozenset[str]

    @classmethod
    def of(cls, persons: Iterable[Person]) -> _Asked:
        pairs = {pair for who in persons for pair in who.identifiers}
        values = {value for _, value in pairs}
        # `People` calls somebody new by number, or by number and authority where that is taken.
        return cls(
            frozenset(values),
            frozenset({*values, *(f"{value}@{authority}" for authority, value in pairs)}),
        )

    def means(self, reference: str, numbers: Iterable[tuple[str, str]]) -> bool:
        return reference in self.references or any(value in self.numbers for _, value in numbers)


def _fetched(wanted: Sequence[str], values: Sequence[str]) -> list[tuple[Any, ...]]:
    query = _FOUND.format(references=places(len(wanted)), numbers=places(len(values)))
    if connection.vendor == "postgresql":
        # What another transaction told of them while this one waited is seen only by a new query.
        # No key: foreign keys are checked at the commit, when the transaction has the audit's lock;
        # it would wait there for whoever has these rows and waits for that lock.
        fetched(f"{query} FOR NO KEY UPDATE OF p", [*wanted, *values])
    return fetched(query, [*wanted, *values])


def _people(
    found: Iterable[tuple[Any, ...]], of_whom: Mapping[str, Sequence[tuple[str, str]]]
) -> tuple[People, dict[str, int]]:
    rows: list[Row] = []
    keys: dict[str, int] = {}
    joined: dict[str, str] = {}
    for key, reference, name, born, sex, onset, into in found:
        keys[reference] = key
        told = {"name": name, "birth_date": _day(born), "sex": sex, "ms_onset": _day(onset)}
        rows.append({"patient": reference, **told})
        if into is not None:
            joined[reference] = into
    for reference in [reference for reference in keys if "@" in reference]:
        again = Patient.objects.filter(reference__startswith=f"{reference}~")
        rows += [{"patient": name} for name in again.values_list("reference", flat=True)]
    identifiers = [
        {"authority": authority, "value": value, "patient": reference}
        for reference in keys
        for authority, value in of_whom[reference]
    ]
    people = People.of(rows, identifiers)
    people.joined.update(joined)
    return people, keys


def _day(cell: Any) -> date | None:
    """SQLite gives what it was given: text, or a day made by the converter of the column."""
    return date.fromisoformat(cell) if isinstance(cell, str) else cell
