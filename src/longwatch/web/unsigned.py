"""Results that wait to be signed off, as lines: what is usual, and what a person must look at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, Max, Min, OuterRef, Q, Value, When
from django.utils.translation import gettext as _

from longwatch.core.catalogue import catalogue
from longwatch.core.status import ResultStatus, Sex
from longwatch.store.models import (
    AlertState,
    InboxItem,
    Message,
    Patient,
    Result,
    SignOff,
    State,
)
from longwatch.watch.words import rounded, value_words
from longwatch.web.expected_low import expected_low
from longwatch.web.trends import Trend, trends_of

_LESS = ("<", "<=")
_QUIET_FLAGS = (None, "", "N")
_LOW_FLAG = "L"
_RAISED = (State.RAISED, State.RAISED_AGAIN)
_LOOKS = ("act", "late", "unknown", "ok")
"""From what must be looked at first to what is usual."""


@dataclass(slots=True)
class Unsigned:
    """One result that waits.

    Inputs:
        usual: may be signed together with others.
        why: why not; empty for a usual one.
        look: `act` for what a rule of the protocol found, `late` for what is out of the usual
            range or otherwise not as it should be, `unknown` where nothing can be compared.
        expected: out of the usual range, but as expected after this person's infusions: in words.
        late: waits for longer than the clinic has set.
        before: what a correction stands beside, and who had signed it.
    """

    item: InboxItem
    usual: bool
    why: str
    late: bool
    before: Sequence[tuple[Result, SignOff | None]] = ()
    trend: Trend | None = None
    expected: str = ""
    look: str = "late"

    @property
    def result(self) -> Result:
        """The result itself."""
        return self.item.result

    @property
    def shown(self) -> str:
        """Test, value and unit, as a laboratory prints them."""
        return result_words(self.result)


@dataclass(slots=True)
class Arrival:
    """What one message brought of one person; entered without a message: what came at once."""

    message: Message | None
    arrived_at: datetime
    lines: list[Unsigned] = field(default_factory=list)

    @property
    def day(self) -> date | None:
        """The day of the specimens, where it is one for all."""
        days = {line.result.date for line in self.lines}
        return days.pop() if len(days) == 1 else None

    @property
    def usual(self) -> list[Unsigned]:
        """Those that may be signed in one step."""
        return [line for line in self.lines if line.usual]

    @property
    def to_look_at(self) -> list[Unsigned]:
        """Those that are signed one at a time: what a rule found first."""
        found = [line for line in self.lines if not line.usual]
        return sorted(found, key=lambda line: _LOOKS.index(line.look))


@dataclass(slots=True)
class PersonsResults:
    """Everything that waits of one person, the newest arrival last."""

    patient: Patient
    arrivals: list[Arrival] = field(default_factory=list)

    @property
    def look(self) -> str:
        """The most urgent of all that must be looked at; `ok` where everything is usual."""
        looks = [line.look for arrival in self.arrivals for line in arrival.to_look_at]
        return min(looks, key=_LOOKS.index) if looks else "ok"


def result_words(result: Result) -> str:
    """Test, value and unit: as the test is reported, else in the laboratory's words."""
    test = catalogue().tests.get(result.test)
    name = result.test if test is None else test.name
    if result.status == ResultStatus.CANCELLED or (result.value is None and not result.text):
        return f"{name}: {result.text or _('taken back, or without a value')}"
    if result.value is None:
        return f"{name}: {result.text}"
    words = value_words(result.test, result.value, result.unit)
    head, found, tail = words.rpartition(rounded(result.test, result.value))
    words = f"{head}{result.comparator or ''}{found}{tail}" if found else words
    return words[:1].upper() + words[1:]


def waiting_people(begin: int, most: int, only: int | None = None) -> list[int]:
    """Keys of the people of whom results wait.

    Those of whom a rule found something come first, then who has waited longest.
    """
    rows = InboxItem.objects.filter(Q() if only is None else Q(patient=only))
    raised = Exists(AlertState.objects.filter(result=OuterRef("result"), state__in=_RAISED))
    urgent = Max(Case(When(raised, then=Value(1)), default=Value(0)))
    found = rows.values("patient").annotate(since=Min("arrived_at"), urgent=urgent)
    found = found.order_by("-urgent", "since", "patient")
    return [row["patient"] for row in found[begin : begin + most]]


def unsigned_of(people: Collection[int], now: datetime, days: int) -> list[PersonsResults]:
    """What waits of these people; who needs to be looked at first.

    Inputs:
        people: keys.
        now: with a time zone.
        days: a result that waits longer is late.
    """
    lines = _lines(InboxItem.objects.filter(patient__in=list(people)), now, days)
    found: dict[int, PersonsResults] = {}
    arrivals: dict[tuple[int, object], Arrival] = {}
    for line in lines:
        person = line.item.patient
        result = line.result
        whose = found.setdefault(person.pk, PersonsResults(person))
        key = (person.pk, result.message_id or line.item.arrived_at)
        if key not in arrivals:
            arrivals[key] = Arrival(result.message, line.item.arrived_at)
            whose.arrivals.append(arrivals[key])
        arrivals[key].lines.append(line)
    return sorted(found.values(), key=lambda one: _LOOKS.index(one.look))


def lines_of_results(results: Collection[int], now: datetime, days: int) -> list[Unsigned]:
    """The lines of those of these results that still wait."""
    return _lines(InboxItem.objects.filter(result__in=list(results)), now, days)


def _lines(items: Any, now: datetime, days: int) -> list[Unsigned]:
    some = list(
        items.select_related("patient__standing", "result__message").order_by("arrived_at", "pk")
    )
    keys = [item.result_id for item in some]
    raising = AlertState.objects.filter(result__in=keys, state__in=_RAISED)
    alarming = set(raising.values_list("result_id", flat=True))
    before = _before(some)
    late = now - timedelta(days=days)
    reasons = [
        _why(item, item.result_id in alarming, bool(before.get(item.result_id))) for item in some
    ]
    low = [item.result for item, why in zip(some, reasons, strict=True) if why.is_low]
    expected = expected_low(low) if low else {}
    lines = []
    for item, why in zip(some, reasons, strict=True):
        words = expected.get(item.result_id, "")
        line = Unsigned(
            item,
            not why.words or bool(words),
            "" if words else why.words,
            item.arrived_at < late,
            before.get(item.result_id, ()),
            expected=words,
            look=why.look,
        )
        lines.append(line)
    wanted = [(line.item.patient, line.result.test) for line in lines if not line.usual]
    known = [(person, test) for person, test in wanted if test in catalogue().tests]
    trends = trends_of(known) if known else {}
    for line in lines:
        if not line.usual:
            line.trend = trends.get((line.item.patient_id, line.result.test))
    return lines


def _before(items: Sequence[InboxItem]) -> dict[int, list[tuple[Result, SignOff | None]]]:
    """What corrected results stand beside, and who had signed that."""
    corrected = [
        item.result
        for item in items
        if item.result.status == ResultStatus.CORRECTED or item.result.supersedes_id is not None
    ]
    if not corrected:
        return {}
    rows = list(
        Result.objects.filter(
            patient__in={one.patient_id for one in corrected},
            date__in={one.date for one in corrected},
            test__in={one.test for one in corrected},
        ).select_related("sign_off__actor")
    )
    found: dict[int, list[tuple[Result, SignOff | None]]] = {}
    for one in corrected:
        same = (one.patient_id, one.date, one.test)
        for row in rows:
            if row.pk < one.pk and (row.patient_id, row.date, row.test) == same:
                found.setdefault(one.pk, []).append((row, getattr(row, "sign_off", None)))
    return found


@dataclass(frozen=True, slots=True)
class _Why:
    """Why a result must be looked at; `is_low`: for nothing else than being low."""

    words: str
    is_low: bool = False
    look: str = "late"


def _why(item: InboxItem, alarming: bool, corrects: bool) -> _Why:
    """Why a result must be looked at by itself; without words when it is usual."""
    result = item.result
    if alarming:
        return _Why(_("a rule of the protocol found it"), look="act")
    if corrects or result.status == ResultStatus.CORRECTED:
        return _Why(_("it corrects what came before"))
    if result.status == ResultStatus.CANCELLED or result.gone:
        return _Why(_("it was taken back"))
    if result.status == ResultStatus.PRELIMINARY:
        return _Why(_("it is not final"))
    if result.value is None:
        return _Why(_("it is no number"))
    low, high = _limits(result, item.patient)
    below = low is not None and (result.value < low or result.comparator in _LESS)
    if result.flag not in _QUIET_FLAGS:
        words = _("the laboratory flagged it %s") % result.flag
        return _Why(words, is_low=below and result.flag == _LOW_FLAG)
    if low is None and high is None:
        return _Why(_("no usual range is known"), look="unknown")
    if below:
        return _Why(_("below the usual range"), is_low=True)
    above = high is not None and (
        result.value > high or (result.comparator is not None and result.comparator not in _LESS)
    )
    return _Why(_("above the usual range") if above else "")


def _limits(result: Result, person: Patient) -> tuple[float | None, float | None]:
    """The laboratory's own limits, else what is usual."""
    test = catalogue().tests.get(result.test)
    usual = test.limits.get(Sex(person.sex or "unknown")) if test is not None else None
    low, high = result.low, result.high
    if low is None and usual is not None and usual.low is not None:
        low = usual.low[0]
    if high is None and usual is not None and usual.high is not None:
        high = usual.high[1]
    return low, high
