"""The alerts that are there, and which steps they still need: asked for many people at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, timedelta
from itertools import groupby
from operator import itemgetter

from django.db import connection

from longwatch.alerts.asking import ASKED_SINGLY, ask, places
from longwatch.alerts.clinic import Clinic
from longwatch.alerts.judging import Judged
from longwatch.alerts.life import lived
from longwatch.alerts.reconcile import Known, Wanted, reconcile
from longwatch.protocols.model import Pack
from longwatch.store.models import Alert
from longwatch.store.plainly import padded

# In the order of the model: `from_db` tells columns by it.
_OF_AN_ALERT = (
    *("id", "patient_id", "kind", "rule", "episode", "protocol", "detail"),
    *("historic", "tier", "step", "state", "next_at", "role_id"),
)
_KNOWN = (
    f"SELECT {', '.join(f'a.{name}' for name in _OF_AN_ALERT)}, s.state, s.detail "  # noqa: S608
    "FROM store_alert a JOIN store_alertstate s ON s.alert_id = a.id "
    "WHERE a.kind IN ('finding', 'overdue') {few} ORDER BY a.id, s.number"
)


def known_alerts(patients: Sequence[int]) -> dict[int, list[Known]]:
    """Findings and overdue items that were ever raised for these people, by key of the person."""
    asked = padded(patients) if len(patients) <= ASKED_SINGLY else []
    few = f"AND a.patient_id IN ({places(asked)})" if len(patients) <= ASKED_SINGLY else ""
    rows = ask(_KNOWN.format(few=few), asked)
    known: dict[int, list[Known]] = {}
    size = len(_OF_AN_ALERT)
    for _, some in groupby(rows, key=itemgetter(0)):
        first, *rest = some
        cells = dict(zip(_OF_AN_ALERT, first[:size], strict=True))
        cells["historic"] = bool(cells["historic"])
        due = cells["next_at"]
        if due is not None and due.tzinfo is None:
            # SQLite keeps no zone: it is UTC.
            cells["next_at"] = due.replace(tzinfo=UTC)
        alert = Alert.from_db(connection.alias, list(cells), list(cells.values()))
        states = [first, *rest]
        details = [alert.detail, *(row[size + 1] for row in states if row[size + 1])]
        # An overdue item has none: most alerts of most people.
        told = [json.loads(text) for text in details if '"keys"' in text]
        keys = frozenset(key for one in told for key in one.get("keys", ()))
        standing = Known(alert, lived(row[size] for row in states), keys)
        known.setdefault(alert.patient_id or 0, []).append(standing)
    return known


def missing_steps(
    clinic: Clinic, pack: Pack, judged: Judged, known: Sequence[Known], today: date
) -> list[Wanted]:
    """The steps that the alerts of one person still need."""
    days = clinic.response(pack.id).historic_after.value
    return reconcile(judged, known, today - timedelta(days=days))
