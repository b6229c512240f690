"""Where each person stands, read off what the kernel said, and kept for lists of everybody.

Written wherever alerts judge: with every message, and by the nightly sweep. A page of ten thousand
people then needs no watch to be run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from longwatch.alerts.asking import ASKED_SINGLY, places
from longwatch.core.daynumbers import months_later
from longwatch.core.status import TIERS
from longwatch.protocols.model import Pack
from longwatch.store.models import Standing
from longwatch.store.plainly import batched, padded, put
from longwatch.watch.columns import as_arrays
from longwatch.watch.compiling import Compiled
from longwatch.watch.facts import (
    BY_FINDING,
    BY_OVERDUE,
    DUE,
    GIVEN,
    NONE,
    OVERDUE,
    PLANNED,
    UNKNOWN,
    Answers,
    Facts,
)
from longwatch.watch.readiness import BLOCKED, COURSE, readiness
from longwatch.watch.view import View, date_of

_EPOCH = date(1970, 1, 1)
Phase = Standing.Phase


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one person stands; the words are those of `longwatch.store.models.Standing`."""

    phase: str
    tier: str | None
    findings: int
    overdue: int
    days_overdue: int
    due: int
    unknown: int
    next_due: date | None
    first: date | None
    last: date | None
    ends: date | None
    course: int | None = None
    course_on: date | None = None
    ready: str | None = None
    checks: str | None = None


def stands(compiled: Compiled, facts: Facts, answers: Answers) -> list[Stand]:
    """Where everybody of a batch stands, in its order; the facts may be arrays or lists."""
    view: View | None = None
    found = []
    for place in range(len(answers.contradiction)):
        ahead = _has_course_ahead(facts, place)
        if ahead and view is None:
            view = View(compiled, as_arrays(facts))
        course = _course(view, place) if ahead and view is not None else {}
        found.append(_stand(compiled, facts, answers, place, ahead, course))
    return found


def _stand(
    compiled: Compiled,
    facts: Facts,
    answers: Answers,
    place: int,
    ahead: bool,
    course: Mapping[str, object],
) -> Stand:
    infusions, statuses, lines = facts.infusions, answers.statuses, answers.lines
    given = [
        int(infusions.day[at])
        for at in range(infusions.begin[place], infusions.end[place])
        if infusions.status[at] == GIVEN and infusions.day[at] <= facts.as_of
    ]
    first, last = min(given, default=NONE), max(given, default=NONE)
    ends = months_later(last, compiled.program.months) if last != NONE else NONE
    if answers.contradiction[place] or not (given or ahead):
        phase = Phase.UNKNOWN
    elif not given:
        phase = Phase.BEFORE
    else:
        phase = Phase.WATCHED if facts.as_of <= ends else Phase.OVER
    status = statuses.status[place]
    coming = statuses.next_due[place]
    open_now = statuses.due[place][(status == DUE) | (status == OVERDUE)]
    days = [int(day) for day in (*coming, *open_now) if day != NONE]
    urgent = int(lines.tier[place])
    says = lines.kind[place] in (BY_FINDING, BY_OVERDUE) and urgent >= 0
    return Stand(
        phase=phase.value,
        tier=TIERS[urgent].value if says else None,
        findings=int(lines.counts[place, 0]),
        overdue=int((status == OVERDUE).sum()),
        days_overdue=int(statuses.days_overdue[place].max(initial=0)),
        due=int((status == DUE).sum()),
        unknown=int((status == UNKNOWN).sum()),
        next_due=date_of(min(days)) if days else None,
        first=date_of(first),
        last=date_of(last),
        ends=date_of(ends),
        **course,  # type: ignore[arg-type]
    )


def _has_course_ahead(facts: Facts, place: int) -> bool:
    infusions = facts.infusions
    return any(
        infusions.status[at] == PLANNED and infusions.day[at] >= facts.as_of
        for at in range(infusions.begin[place], infusions.end[place])
    )


def _course(view: View, place: int) -> dict[str, object]:
    """Whether the next planned course may begin, and every line of why."""
    view.open(place)
    lines = [line for line in readiness(view) if line.day >= view.as_of]
    if not lines:
        return {}
    number = min(lines, key=lambda line: line.day).course
    lines = [line for line in lines if line.course == number]
    summed = next(line for line in lines if line.activity == COURSE)
    checks = [
        {"activity": line.activity, "state": line.state, "detail": line.detail}
        for line in lines
        if line is not summed
    ]
    return {
        "course": number,
        "course_on": date_of(summed.day),
        "ready": BLOCKED if summed.state == BLOCKED else summed.state,
        "checks": json.dumps(checks, ensure_ascii=False),
    }


_COLUMNS = (
    "phase", "tier", "findings", "overdue", "days_overdue", "due", "unknown", "next_due", "first",
    "last", "ends", "course", "course_on", "ready", "checks",
)  # fmt: skip
_ALL = ("patient_id", "as_of", "judged_at", "protocol", "version", *_COLUMNS)
_QUOTED = tuple(f'"{name}"' for name in _ALL)
_ADD = f"INSERT INTO store_standing ({', '.join(_QUOTED)}) VALUES"
_LINE = f"({places(_ALL)})"
_ELSE = (
    "ON CONFLICT (patient_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _QUOTED[1:])
    # What a message wrote while a sweep was reading is newer than what the sweep saw.
    + " WHERE store_standing.judged_at <= excluded.judged_at"
    " OR store_standing.as_of > excluded.as_of"
)


def keep_standings(
    pack: Pack, judged: Mapping[int, Stand | None], today: date, now: datetime
) -> None:
    """Writes where these people stand, in the caller's transaction.

    Inputs:
        pack: by which they were judged.
        judged: by key; None: read under another person, of whom nothing is said.
        today: the day judged.
        now: when, with a time zone; of two who write, the later counts.
    """
    moment = connection.ops.adapt_datetimefield_value(now)
    rows = [
        (key, today.isoformat(), str(moment), pack.id, pack.version, *_cells(stand))
        for key, stand in judged.items()
        if stand is not None
    ]
    put(_ADD, _LINE, rows, _ELSE)


def _cells(stand: Stand) -> list[str | int | None]:
    cells = (getattr(stand, name) for name in _COLUMNS)
    return [cell.isoformat() if isinstance(cell, date) else cell for cell in cells]


_ENTER = """
    INSERT INTO store_inboxitem (result_id, patient_id, arrived_at)
    SELECT r.id, r.patient_id, r.filed_at FROM store_result r
    WHERE {whose} AND r.filed_at >= %s AND NOT r.gone
    AND (r.message_id IS NOT NULL OR r.date >= %s)
    AND NOT EXISTS (SELECT 1 FROM store_signoff s WHERE s.result_id = r.id)
    AND NOT EXISTS (SELECT 1 FROM store_inboxitem i WHERE i.result_id = r.id)
    AND NOT EXISTS (SELECT 1 FROM store_result n WHERE n.supersedes_id = r.id)
"""


def put_into_inbox(
    patients: Iterable[int],
    now: datetime,
    days: int,
    fresh: int,
    messages: Sequence[int] | None = None,
) -> None:
    """Everything that arrived of these people and that nobody has signed off waits for somebody.

    What was entered from a registry with its history counts as arrived when it is fresh.

    Inputs:
        patients: keys.
        now: with a time zone.
        days: how far back arrivals are looked for.
        fresh: how old a specimen without a message may be.
        messages: the messages that brought whatever is new; None: not known.
    """
    moment = connection.ops.adapt_datetimefield_value(now - timedelta(days=days))
    drawn = (now - timedelta(days=fresh)).date().isoformat()
    column, keys = ("patient_id", patients) if messages is None else ("message_id", messages)
    for some in batched(keys, ASKED_SINGLY):
        asked = padded(some)
        query = _ENTER.format(whose=f"r.{column} IN ({places(asked)})")
        with connection.cursor() as cursor:
            cursor.execute(query, [*asked, moment, drawn])
