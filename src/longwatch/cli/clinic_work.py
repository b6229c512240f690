"""The work of `longwatch clinic`."""

from __future__ import annotations

import json as json_text
from datetime import UTC, datetime
from typing import Any

from longwatch.cli.clinic_store import open_store
from longwatch.cli.output import print_json, print_line
from longwatch.core.errors import Problem, UsageError


def show_all(database: str | None, *, json: bool) -> None:
    """Prints what is set."""
    open_store(database)
    from longwatch.store.clinic_facts import KEYS, clinic_facts

    told = clinic_facts()
    if json:
        print_json(told)
        return
    for key in KEYS:
        value = told.get(key)
        words = value if isinstance(value, str) else json_text.dumps(value)
        print_line(f"{key}: {words if value is not None else '(not set)'}")


def set_values(
    values: list[str], by: str, reason: str, database: str | None, *, json: bool
) -> None:
    """Sets some, all of them or none.

    Raises:
        UsageError: something cannot be read, or the user may not.
    """
    open_store(database)
    from longwatch.alerts.clinic import read_hours
    from longwatch.alerts.feeds import read_laboratories
    from longwatch.store.clinic_facts import HOURS, LABORATORIES, PROTOCOL, set_clinic
    from longwatch.store.overlays import load_by_name

    told: dict[str, Any] = {}
    for text in values:
        key, sign, value = text.partition("=")
        if not sign:
            raise UsageError(
                Problem(f"{text!r} is no setting", how="write clinic.zone=Europe/Berlin")
            )
        told[key] = value
    if HOURS in told:
        read_hours(told[HOURS], UTC)
    if LABORATORIES in told:
        read_laboratories(told[LABORATORIES])
    for key in {HOURS, LABORATORIES} & told.keys():
        told[key] = json_text.loads(told[key])
    if PROTOCOL in told:
        load_by_name(told[PROTOCOL])
    changed = set_clinic(told, by=by, reason=reason, at=datetime.now(UTC))
    if json:
        print_json({"changed": changed})
    else:
        print_line(f"Set: {', '.join(changed) or 'nothing new'}.")
