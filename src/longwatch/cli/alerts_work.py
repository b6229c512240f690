"""The work of `longwatch alerts`, and how every such command opens a clinic's store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from longwatch.cli.clinic_store import zone_in_force
from longwatch.cli.options import read_day
from longwatch.cli.output import console, hint, print_json, print_line, wrapped
from longwatch.cli.zones import find_zone
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.alerts.clinic import Clinic


def open_clinic(database: str | None, zone: str | None) -> Clinic:
    """The clinic whose store this is; nothing of the store can be imported before it.

    Raises:
        UsageError: no such database, time zone, or a setting cannot be read.
    """
    from longwatch.store.setup import configure, migrate

    find_zone(zone)
    configure(database)
    migrate()
    from longwatch.alerts.clinic import read_clinic

    return read_clinic(zone_in_force(zone))


def show_list(
    database: str | None, zone: str | None, *, patient: str | None, closed: bool, json: bool
) -> None:
    """Prints the list."""
    open_clinic(database, zone)
    from longwatch.alerts.jobs import late_jobs
    from longwatch.alerts.listing import open_alerts

    rows = open_alerts(patient=patient, closed=closed)
    if json:
        print_json(rows)
        return
    screen = console()
    for row in rows:
        first = f"{row['id']:>5}  {row['tier']}, {row['state']}: {row['subject']} {row['rule']}"
        shown = ", ".join(filter(None, (row["value"], row["episode"])))
        style = "bold red" if row["tier"] == "emergency" else None
        screen.print(wrapped(f"{first} ({shown})", 7, ""), style=style)
        screen.print(wrapped(f"{row['title']}. {row['action']}", 7))
        if row["next_at"] and row["role"]:
            when = row["next_at"][:16].replace("T", " ")
            screen.print(wrapped(f"asked now: {row['role']}; next at {when} UTC", 7), style="dim")
    screen.print(f"{len(rows):,} alerts" if rows else "No alert is open.")
    for sentence in late_jobs(datetime.now(UTC)):
        hint(f"Problem: {sentence}")


def show_one(alert: int, database: str | None, zone: str | None, *, json: bool) -> None:
    """Prints why one is there."""
    clinic = open_clinic(database, zone)
    from longwatch.alerts.explaining import as_text, explain_alert

    told = explain_alert(alert, clinic)
    if json:
        print_json(told)
    else:
        for line in as_text(told).splitlines():
            print_line(line)


def do(
    what: str,
    alert: int,
    by: str,
    database: str | None,
    zone: str | None,
    *,
    note: str = "",
    day: str | None = None,
    json: bool = False,
) -> None:
    """Does something to one, and says how it stands now."""
    clinic = open_clinic(database, zone)
    from longwatch.alerts import acting
    from longwatch.alerts.listing import in_words

    user, now = _user(by), datetime.now(UTC)
    then = None if day is None else read_day(day)
    if what == "see":
        changed = acting.see(alert, user, now, clinic)
    elif what == "act":
        changed = acting.act(alert, user, now, clinic, note)
    elif what == "snooze" and then is not None:
        changed = acting.snooze(alert, user, now, clinic, note, then)
    else:
        changed = acting.close(alert, user, now, clinic, note, follow_up=then)
    row = in_words(changed)
    if json:
        print_json(row)
        return
    when = f"; next at {row['next_at'][:16].replace('T', ' ')} UTC" if row["next_at"] else ""
    print_line(f"Alert {alert} is {row['state']}{when}.")


def _user(name: str) -> Any:
    from django.contrib.auth.models import User

    found = User.objects.filter(username=name).first()
    if found is None:
        how = f"longwatch staff {name} --role nurse"
        raise UsageError(Problem(f"nobody here is called {name!r}", how=how))
    return found
