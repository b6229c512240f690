"""What messages that are filed together need to know of the store: each question asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longwatch.exchange.codebook import Codebook
from longwatch.exchange.intake import ResultFact
from longwatch.exchange.payload import Fact
from longwatch.exchange.rowfact import Incoming, RowFact
from longwatch.exchange.shelf import Row
from longwatch.store.columns import STORED
from longwatch.store.extras import known_extras
from longwatch.store.learned import learned_aliases
from longwatch.store.reading import read_rows
from longwatch.store.shelves import AtHand
from longwatch.store.visits import moved
from longwatch.store.waiting import with_withdrawals

_FEW_PEOPLE = 64
_FEW_DAYS = 64
"""A file of more people or days is filed patient by patient, each read as a whole."""


@dataclass(frozen=True, slots=True)
class AskedOnce:
    """The answers.

    Inputs:
        codebook: what codes mean, with what persons taught.
        moves: to whom the results of visits belong (`Desk.moved`); `keys` of these patients.
        results: rows of those whose results the messages bring, of the days they bring.
        kept: patients of whom no laboratory took a result back.
    """

    codebook: Codebook
    moves: Mapping[tuple[str, str], str]
    keys: Mapping[str, int]
    results: AtHand
    kept: frozenset[str]


def ask_once(
    items: Sequence[Incoming | Fact], people: Mapping[str, int], codes: Mapping[str, str]
) -> AskedOnce:
    """Asks for whatever the filing of these items needs.

    Inputs:
        items: of all messages.
        people: everybody whom they can mean, with the store's key.
        codes: local codes of this clinic, besides what was learned.
    """
    facts = [item for item in items if isinstance(item, ResultFact)]
    moves, keys = moved(fact.visit for fact in facts)
    learned, units = learned_aliases()
    few = bool(facts) and 0 < len(people) <= _FEW_PEOPLE
    names = list(people) if few else []
    kept = frozenset(names) - with_withdrawals(names)
    results = AtHand(None)
    days = sorted({fact.date.isoformat() for fact in facts})
    # What is taken back, or moved by a Record, may be of any day.
    any_day = any(isinstance(item, RowFact) for item in items) or any(
        fact.status == "withdrawn" for fact in facts
    )
    if few and len(days) <= _FEW_DAYS and not any_day:
        results = _of_days(list(people.values()), days)
    return AskedOnce(Codebook({**learned, **codes}, units=units), moves, keys, results, kept)


def _of_days(patients: Sequence[int], days: Sequence[str]) -> AtHand:
    stored = STORED["results"]
    extras = known_extras(stored)
    rows: dict[int, list[Row]] = {key: [] for key in patients}
    for row in read_rows(stored, patients, ("id",), extras, days):
        rows[row["patient"]].append(row)
    return AtHand(extras, rows)
