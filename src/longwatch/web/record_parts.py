"""The parts of a patient's record that are put together for its pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from longwatch.store.merging import with_those_under
from longwatch.store.models import Alert, AuditEntry, Patient, State
from longwatch.watch.plan import PlanItem
from longwatch.web.charts.timeline import Lane, Mark, Span, timeline
from longwatch.web.dossier import Dossier
from longwatch.web.event_words import kind_word, what_happened
from longwatch.web.morning import Open, with_newest_steps
from longwatch.web.words_of_codes import audit_word, page_word

_DONE = ("done", "done-late")
_LATE = {"done": "own", "done-late": "late", "missed": "miss"}


def alerts_of(person: Patient) -> list[Open]:
    """Every alert of a person with its newest step: open ones first, then the newest closed."""
    mine = Alert.objects.filter(patient__in=with_those_under([person.pk]).values("pk"))
    shown = with_newest_steps(mine.select_related("result").order_by("-raised_at", "-id"))
    return sorted(shown.values(), key=lambda one: one.alert.state == State.CLOSED)


class Audited(NamedTuple):
    """One line of the audit log in words; `which` is empty for everything at once."""

    at: datetime
    actor: str
    what: str
    which: str


def audit_of(person: Patient, most: int) -> list[Audited]:
    """Who read or changed the record, newest first."""
    rows = AuditEntry.objects.filter(patient=person.reference).order_by("-number")[:most]
    return [
        Audited(
            datetime.fromisoformat(row.at),
            row.actor,
            audit_word(row.action),
            page_word(row.target) if row.kind == "page" else f"{row.kind} {row.target}".strip(),
        )
        for row in rows
    ]


class Visit(NamedTuple):
    """What is due on one day and can be done on the same days."""

    due: date
    opens: date | None
    closes: date | None
    state: str
    titles: list[str]


def together(items: Iterable[PlanItem]) -> list[Visit]:
    """Planned items put together by their days, in the order given."""
    found: dict[tuple[date, date | None, date | None, str], list[str]] = {}
    for item in items:
        key = (item.date, item.opens, item.closes, item.state)
        found.setdefault(key, []).append(item.title)
    return [Visit(*key, titles) for key, titles in found.items()]


def timeline_of(dossier: Dossier) -> str:
    """From vaccination to the end of the watch; empty while nothing is dated."""
    events = dossier.events
    given = _courses(dossier)
    planned = _courses(dossier, planned=True)
    if not (events or given or planned):
        return ""
    lanes = [
        Lane(_("Vaccines"), marks=_marks(dossier, ("vaccination",), "own", "diamond")),
        Lane(_("Courses"), [Span(*days, _("course %s") % number) for number, days in given.items()],
             [Mark(days[0], _("course %s planned") % number, "muted", "circle")
              for number, days in planned.items()]),
        Lane(_("Prophylaxis"), _prophylaxis(dossier)),
        Lane(_("Monthly blood"), marks=_monthly(dossier)),
        Lane(_("Found by rules"),
             marks=[Mark(day, "", "miss", "diamond") for day in _found(dossier)]),
        Lane(_("Relapses"), marks=_marks(dossier, ("relapse",), "late", "diamond")),
        Lane(_("Diary, diagnoses"),
             marks=_marks(dossier, ("symptom", "diagnosis"), "ink", "square")),
    ]  # fmt: skip
    done = sum(item.state in _DONE for item in dossier.monthly)
    words = _(
        "%(courses)s courses given, %(done)s monthly blood tests done, %(found)s days with a "
        "finding; the watch ends on %(end)s."
    ) % {
        "courses": len(given),
        "done": done,
        "found": len(_found(dossier)),
        "end": dossier.watch_end or _("an unknown day"),
    }
    return timeline(
        "timeline", lanes, dossier.as_of, dossier.watch_end, _("The whole way on one line"), words
    )


def _courses(dossier: Dossier, *, planned: bool = False) -> dict[int, tuple[date, date]]:
    found: dict[int, list[date]] = {}
    for row in dossier.all_infusions:
        status = row["status"] or "given"
        ahead = status == "planned" and row["date"] >= dossier.as_of
        here = ahead if planned else status == "given" and row["date"] <= dossier.as_of
        if here and row["course"] is not None:
            found.setdefault(row["course"], []).append(row["date"])
    return {number: (min(days), max(days)) for number, days in sorted(found.items())}


def _prophylaxis(dossier: Dossier) -> list[Span]:
    kinds = {period.id: period for period in dossier.pack.periods}
    return [
        Span(row["start"], row["end"], kinds[row["period"]].title)
        for row in dossier.prophylaxis
        if row["start"] is not None and kinds[row["period"]].kind == "medication"
    ]


def _monthly(dossier: Dossier) -> list[Mark]:
    return [
        Mark(item.answered or item.date, item.state, _LATE.get(item.state, "muted"),
             "square" if item.state in _DONE else "diamond" if item.state == "missed" else "circle")
        for item in dossier.monthly
        if item.kind == "test"
    ]  # fmt: skip


def _found(dossier: Dossier) -> list[date]:
    return sorted({row["date"] for row in dossier.found})


def _marks(dossier: Dossier, kinds: Sequence[str], role: str, shape: str) -> list[Mark]:
    return [
        Mark(row["date"], what_happened(row, dossier.pack) or kind_word(row["kind"]), role, shape)
        for row in dossier.events
        if row["kind"] in kinds
    ]
