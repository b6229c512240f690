"""The work of `longwatch worker`: the list of its jobs, and the loop around it."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from longwatch.cli.alerts_work import open_clinic
from longwatch.cli.failures import DONE, HELD_BACK
from longwatch.cli.output import print_json, print_line

if TYPE_CHECKING:
    from longwatch.alerts.clinic import Clinic
    from longwatch.alerts.jobs import Job

LOOK_SECONDS = 5.0
"""How often the worker looks whether a job is due."""


def jobs_of(clinic: Clinic) -> list[Job]:
    """Everything that the worker does."""
    from longwatch.alerts.jobs import alert_jobs

    return alert_jobs(clinic)


def work(database: str | None, zone: str | None, *, once: bool, json: bool) -> int:
    """Works until it is stopped, or once.

    Returns:
        The exit status: 1 when something failed in the only round.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    clinic = open_clinic(database, zone)
    from longwatch.alerts.jobs import run_due

    jobs = jobs_of(clinic)
    stop = threading.Event()
    if not once:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    failed = run_due(jobs, datetime.now(UTC), all_of_them=True)
    if once:
        _tell(json)
        return HELD_BACK if failed else DONE
    print_line("The worker works. Stop it with Ctrl-C.")
    while not stop.wait(LOOK_SECONDS):
        now = datetime.now(UTC)
        clinic.refresh(now)
        run_due(jobs, now)
    return DONE


def _tell(json: bool) -> None:
    from longwatch.store.models import JobRun

    rows = list(JobRun.objects.order_by("name").values("name", "last_success", "said", "failure"))
    if json:
        print_json(rows)
        return
    for row in rows:
        said = f"failed: {row['failure']}" if row["failure"] else row["said"]
        print_line(f"{row['name']}: {said}")
