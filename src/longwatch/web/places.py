"""Where everybody stands at this moment: each person in exactly one place, so that counts add up.

Two sources in one query: the open alerts, and for who has none the day's standing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from longwatch.alerts.asking import ask
from longwatch.core.status import TIERS

ACT, OVERDUE, SOON, IN_HAND = "act", "overdue", "soon", "in-hand"
LEFT, UNKNOWN, BEFORE, DUE, FINE, OVER = "left", "unknown", "before", "due", "fine", "over"
WITH_ALERTS = (ACT, OVERDUE, SOON, IN_HAND)
SHOWN = (ACT, SOON, OVERDUE, IN_HAND)
"""The same, the most pressing first."""
PLACES = (*WITH_ALERTS, DUE, FINE, UNKNOWN, BEFORE, LEFT, OVER)
"""Everybody is in one of these."""

_AT_ONCE = ", ".join(f"'{tier.value}'" for tier in TIERS[:2])
_TIER = " ".join(f"WHEN '{tier.value}' THEN {rank}" for rank, tier in enumerate(TIERS))
_IN_HAND = "'acted', 'snoozed', 'closable'"

# Among those in hand what a person has just done comes first: who put somebody off sees where.
# First by the reference that an alert has, for which there is an index; hardly anybody has several.
_OPEN = f"""
    SELECT COALESCE(j.joined_into_id, o.patient_id) AS patient_id, MIN(o.place) AS place,
        MIN(o.urgency) AS urgency, MIN(o.since) AS since
    FROM (
        SELECT a.patient_id,
            MIN(CASE WHEN a.historic OR a.state IN ({_IN_HAND}) THEN 3
                WHEN a.kind = 'overdue' THEN 1
                WHEN a.tier IN ({_AT_ONCE}) THEN 0 ELSE 2 END) AS place,
            MIN(CASE WHEN a.historic OR a.state = 'closable' THEN 200
                    WHEN a.state IN ({_IN_HAND}) THEN 100 ELSE 0 END
                + CASE WHEN a.state = 'nobody-answered' THEN 0 ELSE 10 END
                + CASE a.tier {_TIER} ELSE 9 END) AS urgency,
            MIN(a.raised_at) AS since
        FROM store_alert a
        WHERE NOT (a.state = 'closed') AND a.patient_id IS NOT NULL
        GROUP BY a.patient_id
    ) o LEFT JOIN store_patient j ON j.id = o.patient_id AND j.joined_into_id IS NOT NULL
    GROUP BY 1
"""  # noqa: S608 (own words)

_GONE = """
    p.id IN (SELECT r.patient_id FROM store_reachability r WHERE r.stopped IS NOT NULL)
    OR p.id IN (SELECT f.patient_id FROM store_followup f WHERE f.state <> 'back' AND f.id =
        (SELECT MAX(g.id) FROM store_followup g WHERE g.patient_id = f.patient_id))
"""

_ALERTED = """
    SELECT o.patient_id AS id, o.place AS rank, o.urgency, o.since,
        COALESCE(s.days_overdue, 0) AS days_overdue, s.as_of
    FROM open_now o LEFT JOIN store_standing s ON s.patient_id = o.patient_id
"""
_NAMED = f"""CASE rank WHEN 0 THEN '{ACT}' WHEN 1 THEN '{OVERDUE}' WHEN 2 THEN '{SOON}'
        ELSE '{IN_HAND}' END"""
_WITH_ALERT = f"SELECT id, urgency, since, days_overdue, as_of, {_NAMED} AS place FROM alerted"  # noqa: S608 (own words)

_WITHOUT = f"""
    SELECT p.id, s.as_of,
        CASE WHEN {_GONE} THEN '{LEFT}'
        WHEN s.patient_id IS NULL OR s.phase = 'unknown' THEN '{UNKNOWN}'
        WHEN s.overdue > 0 OR s.findings > 0 THEN '{IN_HAND}'
        WHEN s.unknown > 0 THEN '{UNKNOWN}'
        WHEN s.phase = 'over' THEN '{OVER}'
        WHEN s.due > 0 THEN '{DUE}'
        WHEN s.phase = 'before' THEN '{BEFORE}' ELSE '{FINE}' END AS place
    FROM store_patient p LEFT JOIN store_standing s ON s.patient_id = p.id
    WHERE p.joined_into_id IS NULL AND p.id NOT IN (SELECT o.patient_id FROM open_now o)
"""  # noqa: S608 (own words)
# Not one LEFT JOIN: SQLite would go through all open alerts for each person.
_OPEN_ONLY = f"WITH open_now AS ({_OPEN}), alerted AS ({_ALERTED}), placed AS ({_WITH_ALERT})"
_WITH = f"""WITH open_now AS ({_OPEN}), alerted AS ({_ALERTED}), placed AS (
    SELECT id, place FROM ({_WITH_ALERT}) AS with_alert
    UNION ALL SELECT id, place FROM ({_WITHOUT}) AS without)"""  # noqa: S608 (own words)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many people are in each place, and on which days they were judged.

    Inputs:
        counts: by place; each of `PLACES` is there.
        days: people by the day on which the watch last judged them; None: never.
    """

    counts: dict[str, int]
    days: dict[date | None, int]

    @property
    def everybody(self) -> int:
        """All people of the clinic; those read under another are one with that other."""
        return sum(self.counts.values())

    def stale(self, today: date) -> int:
        """How many people were not judged today."""
        return sum(count for day, count in self.days.items() if day != today)


_COUNTED_WITH_FIRST = f"""
    WITH open_now AS ({_OPEN}), alerted AS ({_ALERTED}), ranked AS (
        SELECT id, rank, ROW_NUMBER() OVER (PARTITION BY rank
            ORDER BY urgency, days_overdue DESC, since, id) AS number
        FROM alerted)
    SELECT {_NAMED}, as_of, number, CAST(NULL AS BIGINT) AS id
        FROM (SELECT rank, as_of, COUNT(*) AS number FROM alerted GROUP BY 1, 2) AS with_alert
    UNION ALL SELECT place, as_of, COUNT(*), CAST(NULL AS BIGINT)
        FROM ({_WITHOUT}) AS without GROUP BY 1, 2
    UNION ALL SELECT {_NAMED}, CAST(NULL AS DATE), number, id FROM ranked WHERE number <= %s
"""  # noqa: S608 (own words)
# One query: going through the open alerts is most of the work of both.


def count_places() -> Counted:
    """Everybody by place, in one query."""
    counted, _ = count_with_first(0)
    return counted


def count_with_first(most: int) -> tuple[Counted, dict[str, list[int]]]:
    """Everybody by place, and the most urgent people with open alerts of each, in one query.

    Inputs:
        most: so many of each place.

    Returns:
        The numbers, and keys of people by place, most urgent first.
    """
    counts = dict.fromkeys(PLACES, 0)
    days: dict[date | None, int] = {}
    numbered: dict[str, list[tuple[int, int]]] = {place: [] for place in WITH_ALERTS}
    for place, day, number, key in ask(_COUNTED_WITH_FIRST, [most]):
        if key is not None:
            numbered[place].append((number, key))
            continue
        counts[place] += number
        judged = date.fromisoformat(day) if isinstance(day, str) else day
        days[judged] = days.get(judged, 0) + number
    first = {place: [key for _, key in sorted(some)] for place, some in numbered.items()}
    return Counted(counts, days), first


def urgent_people(only: str | None, begin: int, most: int) -> list[tuple[int, str]]:
    """People with open alerts and their place: as the worklist shows them, one place after another.

    Inputs:
        only: one of `WITH_ALERTS`; None: all of them.
        begin: so many are passed over. most: so many are wanted.
    """
    order = " ".join(f"WHEN '{place}' THEN {at}" for at, place in enumerate(SHOWN))
    rows = ask(
        f"{_OPEN_ONLY} SELECT id, place FROM placed "  # noqa: S608 (own words)
        "WHERE (%s = '' OR place = %s) "
        f"ORDER BY CASE place {order} END, urgency, days_overdue DESC, since, id "
        "LIMIT %s OFFSET %s",
        [only or "", only or "", most, begin],
    )
    return [(key, place) for key, place in rows]


def people_in(place: str) -> list[int]:
    """Keys of everybody in one place."""
    rows = ask(f"{_WITH} SELECT id FROM placed WHERE place = %s", [place])  # noqa: S608 (own words)
    return [key for (key,) in rows]


def places_of(keys: Sequence[int]) -> dict[int, str]:
    """The place of each of these people."""
    if not keys:
        return {}
    marks = ", ".join(["%s"] * len(keys))
    query = f"{_WITH} SELECT id, place FROM placed WHERE id IN ({marks})"  # noqa: S608 (own words)
    return dict(ask(query, list(keys)))


def all_places() -> dict[int, str]:
    """The place of everybody."""
    return dict(ask(f"{_WITH} SELECT id, place FROM placed", []))  # noqa: S608 (own words)
