"""Where resources of one type come from: the tables of the store, or the plan of one person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.db.models import Model, Q, QuerySet

from longwatch.exchange.fhir.elements import Json
from longwatch.feed.fhir_words import RefusedError
from longwatch.web.fhir.asking import Asked, Parameter, number


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search.

    Inputs:
        patients: references of everybody whom the page tells of, for the audit log.
        more: where the next page begins; '' on the last.
        total: how many there are in all; None where nobody asked and it was not known anyway.
    """

    resources: Sequence[Json]
    patients: frozenset[str]
    more: str = ""
    total: int | None = None


class Source(Protocol):
    """One resource type."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What can be searched by."""

    @property
    def sorts(self) -> Sequence[str]:
        """What can be sorted by."""

    def search(self, asked: Asked) -> Found:
        """One page."""

    def read(self, key: str) -> Found:
        """The one resource with this id; none when there is none."""


@dataclass(frozen=True)
class Table:
    """Resources that are rows of the store.

    Inputs:
        rows: all of them.
        write: rows as pairs of resource and the reference of its patient.
        parameters: what can be searched by.
        day: column of days by which it can be sorted; '' when there is none.
    """

    rows: Callable[[], QuerySet[Any]]
    write: Callable[[Sequence[Any]], Iterable[tuple[Json, str]]]
    parameters: Mapping[str, Parameter]
    day: str = ""
    sorts: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sorts", ("date", "-date") if self.day else ())

    def search(self, asked: Asked) -> Found:
        """One page; the next begins behind its last row, whatever is filed in between."""
        rows = self.rows().filter(asked.condition(self.parameters))
        total = rows.count() if asked.total else None
        page = list(self._ordered(rows, asked)[: asked.count + 1])
        more = len(page) > asked.count
        page = page[: asked.count]
        if not more and not asked.after:
            total = len(page)
        return self._found(page, self._place(page[-1], asked) if more else "", total)

    def read(self, key: str) -> Found:
        """The row with this key."""
        return self._found(list(self.rows().filter(pk=number(key))[:1]))

    def _found(self, page: Sequence[Model], more: str = "", total: int | None = None) -> Found:
        written = list(self.write(page))
        patients = frozenset(reference for _, reference in written)
        return Found([resource for resource, _ in written], patients, more, total)

    def _ordered(self, rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
        if not asked.sort:
            return rows.filter(pk__gt=_key(asked.after) if asked.after else 0).order_by("pk")
        down = asked.sort.startswith("-")
        if asked.after:
            said, _, key = asked.after.partition(".")
            beyond = "lt" if down else "gt"
            try:
                day = date.fromisoformat(said)
            except ValueError:
                raise _lost() from None
            rows = rows.filter(
                Q(**{f"{self.day}__{beyond}": day})
                | Q(**{self.day: day, f"pk__{beyond}": _key(key)})
            )
        sign = "-" if down else ""
        return rows.order_by(f"{sign}{self.day}", f"{sign}pk")

    def _place(self, row: Model, asked: Asked) -> str:
        return f"{getattr(row, self.day):%Y-%m-%d}.{row.pk}" if asked.sort else f"{row.pk}"


def _key(text: str) -> int:
    key = number(text)
    if key < 0:
        raise _lost()
    return key


def _lost() -> RefusedError:
    return RefusedError(400, "value", "_after is taken from the link to the next page, unchanged")
