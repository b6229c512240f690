"""Whose a held item may be: patients with the same number, name or date of birth."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from longwatch.exchange.intake import IdentityFact, Person, ResultFact
from longwatch.exchange.payload import Fact, unpack_fact
from longwatch.store.models import HeldItem, Patient

_SHOWN = 20


def fact_in(item: HeldItem) -> Fact | None:
    """What it tells; None where it holds no fact of its own."""
    return unpack_fact(item.payload, item.raw or "") if item.payload else None


def candidates(item: HeldItem, asked: str = "") -> list[Patient]:
    """The people it may mean; a search by a person comes instead of what was sent.

    Inputs:
        asked: part of a name, a reference, or a number; empty: nobody asked.
    """
    found = Patient.objects.filter(joined_into=None)
    if asked:
        named = Q(name__icontains=asked) | Q(reference__icontains=asked)
        found = found.filter(named | Q(identifiers__value__iexact=asked))
    else:
        found = found.filter(_alike(_people(fact_in(item)), item.patient))
    return list(found.distinct().order_by("name", "reference")[:_SHOWN])


def laboratory_and_code(item: HeldItem) -> tuple[str, str, str]:
    """Laboratory, its code and its unit as sent; empty where the item is no result."""
    fact = fact_in(item)
    if not isinstance(fact, ResultFact):
        return "", "", ""
    code = next((one.code for one in fact.codes if one.code), "")
    return fact.source.split("|")[0], code, fact.unit or ""


def _people(fact: Fact | None) -> list[Person]:
    if fact is None:
        return []
    return [fact.who, fact.before] if isinstance(fact, IdentityFact) else [fact.who]


def _alike(people: Iterable[Person], reference: str | None) -> Q:
    alike = Q(reference=reference) if reference else Q(pk=None)
    for one in people:
        for _, value in one.identifiers:
            alike |= Q(identifiers__value=value) | Q(reference=value)
        if one.birth_date is not None:
            alike |= Q(birth_date=one.birth_date)
        if one.name:
            alike |= Q(name__iexact=one.name)
    return alike
