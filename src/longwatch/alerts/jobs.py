"""What the worker does, how often, and what came of it: told in the store, so that it is missed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from django.db import Error, connection

from longwatch.alerts.chase import chase
from longwatch.alerts.clinic import Clinic
from longwatch.alerts.escalate import escalate
from longwatch.alerts.feeds import listen_for_silence
from longwatch.alerts.sweep import sweep
from longwatch.core.errors import UsageError
from longwatch.store.models import JobRun

log = logging.getLogger("longwatch.worker")

MINUTE, DAY = 60.0, 86_400.0


class Job(NamedTuple):
    """Something to be done again and again.

    Inputs:
        name: in the store and in the log.
        every_seconds: how often.
        run: does it; the sentence says what came of it, without patient data.
        each_day_in: also when the day changes in this time zone; None: only every so often.
    """

    name: str
    every_seconds: float
    run: Callable[[datetime], str]
    each_day_in: tzinfo | None = None

    def is_due(self, last: datetime, now: datetime) -> bool:
        """Whether its time has come; also after the clock was set back behind the last try."""
        zone = self.each_day_in
        if zone is not None and last.astimezone(zone).date() != now.astimezone(zone).date():
            return True
        return now >= last + timedelta(seconds=self.every_seconds) or last > now


def alert_jobs(clinic: Clinic) -> list[Job]:
    """The jobs that keep alerts alive."""

    def everybody(now: datetime) -> str:
        swept = sweep(now, clinic)
        steps = ", ".join(f"{count} {state}" for state, count in sorted(swept.steps.items()))
        return f"{swept.people} people, {steps or 'nothing to do'}, {len(swept.missing)} missing"

    def further(now: datetime) -> str:
        return f"{len(escalate(now, clinic))} went further"

    def silent(now: datetime) -> str:
        return f"{len(listen_for_silence(now, clinic))} laboratories fell silent"

    def missing(now: datetime) -> str:
        return f"{len(chase(now, clinic))} results are chased"

    return [
        Job("sweep", DAY, everybody, clinic.hours.zone),
        Job("escalate", MINUTE, further),
        Job("silence", MINUTE, silent),
        Job("chase", 10 * MINUTE, missing),
    ]


def run_due(jobs: Sequence[Job], now: datetime, *, all_of_them: bool = False) -> list[str]:
    """Runs the jobs whose time has come, each by itself: one that fails stops no other.

    Inputs:
        jobs: all of them.
        now: with a time zone.
        all_of_them: also those whose time has not come, as at a start.

    Returns:
        Names of those that failed.
    """
    rows = {row.name: row for row in JobRun.objects.filter(name__in=[job.name for job in jobs])}
    failed = []
    for job in jobs:
        before = rows.get(job.name)
        if not (all_of_them or before is None or job.is_due(before.last_try, now)):
            continue
        if not _run(job, now):
            failed.append(job.name)
    return failed


def _run(job: Job, now: datetime) -> bool:
    values: dict[str, object] = {"every_seconds": job.every_seconds, "last_try": now}
    try:
        said = job.run(now)
        values |= {"last_success": now, "said": said, "failure": ""}
    except Exception as error:  # whatever it is, the other jobs must go on
        # Without the words of the error: they may repeat a row.
        values["failure"] = str(error) if isinstance(error, UsageError) else type(error).__name__
        log.error("job %s failed: %s", job.name, values["failure"])
        connection.close()
    try:
        JobRun.objects.update_or_create(name=job.name, defaults=values)
    except Error as error:
        log.error("job %s could not be written down: %s", job.name, type(error).__name__)
        connection.close()
        return False
    return "said" in values


def late_jobs(now: datetime, patience: float = 3.0) -> list[str]:
    """Jobs that have not succeeded for longer than they should: the worker is dead, or they fail.

    Inputs:
        now: with a time zone.
        patience: how many of its own spans a job may be late.

    Returns:
        One sentence for each; also when no worker has ever run.
    """
    rows = list(JobRun.objects.order_by("name"))
    if not rows:
        return ["no worker has ever run: start longwatch worker"]
    late = []
    for row in rows:
        limit = timedelta(seconds=patience * row.every_seconds)
        if row.last_success is None or now - row.last_success > limit:
            when = f"{row.last_success:%Y-%m-%d %H:%M} UTC" if row.last_success else "never"
            why = f"; the last try failed: {row.failure}" if row.failure else ""
            late.append(f"{row.name} last succeeded {when}{why}")
    return late
