"""What is known of one person as plain rows, where nothing has to be read a second time.

A Record checks and words every cell: for a page that was most of its wait. Who is joined with
somebody, has an infusion that cannot be used, or a result that still has to be read (a value in its
text, an amount that stands for a grade) is read as a Record, as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from longwatch.alerts.asking import ask
from longwatch.core.catalogue import catalogue
from longwatch.store.columns import STORED
from longwatch.store.extras import all_extras
from longwatch.store.models import Patient
from longwatch.store.reading import read_rows
from longwatch.store.snapshot import snapshot
from longwatch.watch.columns import day_of
from longwatch.watch.facts import NEVER_RECEIVED, NONE
from longwatch.watch.few_people import PlainEvent, PlainInfusion, PlainPerson, PlainResults

Row = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (clinic time)
_ABOUT = """
    SELECT (SELECT protocol FROM store_protocolinforce WHERE patient_id = %s
            ORDER BY since DESC, id DESC LIMIT 1),
        EXISTS (SELECT 1 FROM store_patient WHERE joined_into_id = %s),
        EXISTS (SELECT 1 FROM store_helditem
            WHERE "table" = 'infusions' AND resolved_at IS NULL AND patient = %s)
"""


@dataclass(frozen=True, slots=True)
class KnownRows:
    """The rows that count, by date; those of one day in the order in which they were filed.

    Inputs:
        protocol: the one named for this person, if any.
    """

    protocol: str | None
    infusions: list[dict[str, Any]]
    events: list[dict[str, Any]]
    results: list[dict[str, Any]]

    def plainly(self, person: Patient) -> PlainPerson:
        """Who it is, as the kernel takes it, with everything but results."""
        return PlainPerson(
            sex=person.sex,
            birth=_day(person.birth_date),
            incomplete=False,
            infusions=[
                PlainInfusion(day_of(row["date"]), row["course"], row["status"])
                for row in self.infusions
            ],
            events=[
                PlainEvent(day_of(row["date"]), row["kind"], row["code"], _day(row["end_date"]))
                for row in self.events
            ],
        )

    def plain_results(self) -> PlainResults:
        """The results as the kernel takes them; their key is their place here."""
        rows = self.results

        def column(name: str) -> list[Any]:
            return [row.get(name) for row in rows]

        return PlainResults(
            at=[0, len(rows)],
            key=range(len(rows)),
            day=[day_of(row["date"]) for row in rows],
            test=column("test"),
            value=column("value"),
            value_high=column("value_high"),
            comparator=column("comparator"),
            unit=column("unit"),
            low=column("low"),
            high=column("high"),
            status=column("status"),
            laboratory=column("laboratory"),
            received=[_moment(row["received"]) for row in rows],
        )


def known_rows(person: Patient) -> KnownRows | None:
    """All rows of a person, of one moment; None: a Record has to read them."""
    with snapshot():
        ((protocol, others, held),) = ask(_ABOUT, [person.pk, person.pk, person.reference])
        if person.joined_into_id is not None or others or held:
            return None
        extras = all_extras()
        tables = [
            sorted(
                read_rows(STORED[name], [person.pk], extras=extras.get(name, {})),
                key=lambda row: row["date"],
            )
            for name in ("infusions", "events", "results")
        ]
    infusions, events, results = tables
    if any(row["course"] is None for row in infusions) or any(map(_is_unread, results)):
        return None
    return KnownRows(protocol, infusions, events, results)


def _is_unread(row: Row) -> bool:
    if row["value"] is None:
        return bool(row["text"])
    return (row["unit"] or "").strip() in _graded().get(row["test"], ())


@cache
def _graded() -> dict[str, frozenset[str]]:
    """The units in which an amount stands for a grade, by test."""
    tests = catalogue().tests.values()
    return {test.id: frozenset(test.grades.units) for test in tests if test.grades is not None}


def _day(day: date | None) -> int:
    return NONE if day is None else day_of(day)


def _moment(moment: datetime | None) -> int:
    """Microseconds, as Arrow counts a moment without a zone."""
    if moment is None:
        return NEVER_RECEIVED
    span = moment.replace(tzinfo=None) - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
