"""The filing decisions of `exchange`, on the store: patient by patient, in one transaction.

1. Everybody whom the items can mean is loaded (and locked), nobody else.
2. `exchange.filing` decides the fate of each item, as it does for a Record's folder.
3. Every difference is written down: persons, facts, what waits.

`decide` and `Decision.write` belong into one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import IntegrityError, connection

from longwatch.core.tables import RECORD
from longwatch.exchange.desk import Desk
from longwatch.exchange.filing import finish, take
from longwatch.exchange.filing_dated import EVENT_EXTRAS, INFUSION_EXTRAS
from longwatch.exchange.filing_results import RESULT_EXTRAS
from longwatch.exchange.intake import IdentityFact, PatientFact, Person
from longwatch.exchange.matching import People
from longwatch.exchange.payload import Fact
from longwatch.exchange.report import FileReport
from longwatch.exchange.rowfact import Incoming, RowFact
from longwatch.exchange.shelf import Row
from longwatch.store.asked_once import AskedOnce, ask_once
from longwatch.store.clinic_settings import trusted_authorities
from longwatch.store.columns import STORED
from longwatch.store.identity import Registry, write_steps
from longwatch.store.merging import surviving
from longwatch.store.people_at_hand import TogetherError, people_at_hand, people_of_each
from longwatch.store.people_in import write_people
from longwatch.store.plainly import AT_ONCE, batched, fetched_among, padded
from longwatch.store.shelves import StoredShelf, write_shelves
from longwatch.store.waiting import StoredHeldbook
from longwatch.store.writing import insert

_KNOWN = 'SELECT "id" FROM "store_patient" WHERE "reference" IN'


@dataclass(frozen=True, slots=True)
class Manner:
    """How a message is filed.

    Inputs:
        local_codes: catalogue id by `LABORATORY|CODE` or `CODE`, besides what was learned.
        create_patients: whether an unknown person in a message becomes a patient.
        retry: whether everything that waits is tried again with it; else only when somebody
            became known by it.
    """

    local_codes: Mapping[str, str] | None = None
    create_patients: bool = False
    retry: bool = False


@dataclass(slots=True)
class Decision:
    """What is to become of the items of one message: decided, and not yet written.

    Inputs:
        account: the fate of every entry.
        retried: the same for what waited and was tried again.
    """

    account: FileReport
    retried: FileReport
    _desk: Desk
    _held: StoredHeldbook
    _shelves: tuple[StoredShelf, ...]
    _keys: dict[str, int]
    _people_before: dict[str, Row]
    _numbers_before: list[dict[str, str]]
    _registry: Registry | None = None

    @property
    def somebody_became_known(self) -> bool:
        """Whether something that waits could be filed now."""
        return self._desk.patients_changed

    @property
    def still_held(self) -> str:
        """Why what was decided is held (again); '' when nothing is."""
        return "; ".join(str(row["detail"]) for row in self._held.newly_held())

    @property
    def holds_again(self) -> bool:
        """Whether anything is held by this decision."""
        return bool(self._held.newly_held())

    def write(self, at: datetime, message: int | None, source: str, reason: str = "") -> set[str]:
        """Writes all of it.

        Inputs:
            at: now, with a time zone.
            message: key of the message that brought it.
            source: how new numbers and persons became known: the channel, or the user.
            reason: why, where a person does it.

        Returns:
            References of the patients of whom anything changed, as they are read.

        Raises:
            IntegrityError: somebody else wrote of the same people at this moment; decide again.
        """
        (touched,) = write_together([(self, at, message, source)], reason)
        return touched

    def _write_people(self, at: datetime, source: str) -> set[str]:
        people = self._desk.people
        rows = [row for name, row in people.rows.items() if row != self._people_before.get(name)]
        if rows:
            self._begin_again_unless_new([row["patient"] for row in rows])
            self._keys |= write_people(_people_table(rows), source, at).keys
        new = [row for row in people.identifier_rows() if row not in self._numbers_before]
        if new:
            cells: dict[str, list[Any]] = {
                "patient_id": [self._keys[row["patient"]] for row in new],
                "authority": [row["authority"] for row in new],
                "value": [row["value"] for row in new],
                "learned": [source] * len(new),
                "filed_at": [connection.ops.adapt_datetimefield_value(at)] * len(new),
            }
            insert(STORED["identifiers"].sql_name, cells, ("authority", "value", "patient_id"))
        return {str(row["patient"]) for row in [*rows, *new]}

    def _begin_again_unless_new(self, references: Iterable[str]) -> None:
        """Whoever was nobody when this was decided, and is somebody now, is not locked."""
        new = (name for name in references if name not in self._keys)
        if any(fetched_among(_KNOWN, padded(some)) for some in batched(new, AT_ONCE)):
            raise IntegrityError("somebody became known meanwhile")


def write_together(
    made: Sequence[tuple[Decision, datetime, int | None, str]], reason: str = ""
) -> list[set[str]]:
    """Writes what was decided of several messages; see `Decision.write`.

    Inputs:
        made: each decision with its moment, message and source.
    """
    touched = [decision._write_people(at, source) for decision, at, _, source in made]
    for table in range(len(made[0][0]._shelves) if made else 0):
        shelves = [(decision._shelves[table], at, message) for decision, at, message, _ in made]
        for names, more in zip(touched, write_shelves(shelves), strict=True):
            names |= more
    answers = []
    for names, (decision, at, message, source) in zip(touched, made, strict=True):
        decision._held.write(at, message)
        if decision._registry is not None:
            names |= write_steps(decision._registry.steps, source, reason, at, message)
            answers.append(set(surviving(names)) | names)
            continue
        joined = decision._desk.people.joined
        answers.append({joined.get(reference, reference) for reference in names})
    return answers


@dataclass(frozen=True, slots=True)
class Batch:
    """What one message or file says, to be decided.

    Inputs:
        items: what a reader of `exchange` made of it.
        name: what it is called in the account. `kind`: its format (`hl7`, `fhir`, `csv`).
        received: when it reached the clinic, in clinic time without offset.
    """

    items: Sequence[Incoming]
    name: str
    kind: str
    received: datetime


def decide_together(batches: Sequence[Batch], manner: Manner) -> list[Decision]:
    """Decides messages that have nothing to do with each other, as one by one.

    Raises:
        TogetherError: they have.
    """
    people = people_of_each([_persons(batch.items) for batch in batches])
    keys = {name: key for _, some in people for name, key in some.items()}
    items = [item for batch in batches for item in batch.items]
    asked = ask_once(items, keys, manner.local_codes or {})
    if asked.moves and len(batches) > 1:
        raise TogetherError
    return [
        _decide(StoredHeldbook(kept=asked.kept), batch, [], _desk_of(one, asked, batch, manner))
        for batch, one in zip(batches, people, strict=True)
    ]


def decide(batch: Batch, manner: Manner) -> Decision:
    """Decides the fate of everything one message or file says."""
    if not manner.retry:
        (only,) = decide_together([batch], manner)
        return only
    held = StoredHeldbook()
    return decide_with(held, batch, list(held.take_waiting()), manner)


def decide_with(
    held: StoredHeldbook,
    batch: Batch,
    waiting: Sequence[tuple[Row, Fact]],
    manner: Manner,
    by_person: bool = False,
) -> Decision:
    """`decide` for a message and for what was taken out of the held ones.

    Inputs:
        held: without what is `waiting`.
        by_person: a person said who is who: doubts hold nothing up.
    """
    everything = [*batch.items, *(fact for _, fact in waiting)]
    people = people_at_hand(_persons(everything))
    asked = ask_once(everything, people[1], manner.local_codes or {})
    return _decide(held, batch, waiting, _desk_of(people, asked, batch, manner), by_person)


def _decide(
    held: StoredHeldbook,
    batch: Batch,
    waiting: Sequence[tuple[Row, Fact]],
    made: tuple[Desk, dict[str, int], tuple[StoredShelf, ...]],
    by_person: bool = False,
) -> Decision:
    desk, keys, shelves = made
    items = batch.items
    desk.held = held
    people_before = {name: dict(row) for name, row in desk.people.rows.items()}
    numbers_before = desk.people.identifier_rows()
    account = FileReport(batch.name, batch.kind)
    retried = FileReport("held before", "held")
    decision = Decision(account, retried, desk, held, shelves, keys, people_before, numbers_before)
    _take(desk, [item for item in items if _is_patient(item)], account)
    _take(desk, [fact for _, fact in waiting if isinstance(fact, PatientFact)], retried)
    identities = [(item, account) for item in items if isinstance(item, IdentityFact)]
    identities += [(fact, retried) for _, fact in waiting if isinstance(fact, IdentityFact)]
    if identities:
        decision._registry = Registry(trusted_authorities(), [], by_person)
        for told, book in identities:
            decision._registry.take(desk, told, book)
    _take(desk, [fact for _, fact in waiting if not _is_person(fact)], retried)
    for row, _ in waiting:
        held.restore(row)
    _take(desk, [item for item in items if not _is_person(item)], account)
    finish(desk)
    return decision


def _desk_of(
    at_hand: tuple[People, dict[str, int]], asked: AskedOnce, batch: Batch, manner: Manner
) -> tuple[Desk, dict[str, int], tuple[StoredShelf, ...]]:
    people, keys = at_hand
    # Before the shelves, which keep to this very table of keys.
    keys |= asked.keys
    results = StoredShelf("results", RESULT_EXTRAS, keys, asked.results)
    infusions = StoredShelf("infusions", INFUSION_EXTRAS, keys)
    events = StoredShelf("events", EVENT_EXTRAS, keys)
    desk = Desk(
        people=people,
        results=results,
        infusions=infusions,
        events=events,
        held=StoredHeldbook(),
        codebook=asked.codebook,
        received=batch.received,
        create_patients=manner.create_patients,
        moved=asked.moves,
    )
    return desk, keys, (results, infusions, events)


def _take(desk: Desk, items: Iterable[Incoming], account: FileReport) -> None:
    for item in items:
        take(desk, item, account)


def _persons(items: Iterable[Incoming]) -> list[Person]:
    items = list(items)
    before = [item.before for item in items if isinstance(item, IdentityFact)]
    return [item.who for item in items if hasattr(item, "who")] + before


def _is_patient(item: Incoming) -> bool:
    if isinstance(item, RowFact):
        return item.table in ("patients", "identifiers")
    return isinstance(item, PatientFact)


def _is_person(item: Incoming) -> bool:
    return _is_patient(item) or isinstance(item, IdentityFact)


def _people_table(rows: list[Row]) -> pa.Table:
    schema = RECORD["patients"].append(pa.field("name", pa.string()))
    extra = dict.fromkeys(name for row in rows for name in row if name not in schema.names)
    for name in extra:
        schema = schema.append(pa.field(name, pa.string()))
    texts = [
        {name: str(v) if name in extra and v is not None else v for name, v in row.items()}
        for row in rows
    ]
    return pa.Table.from_pylist(texts, schema)
