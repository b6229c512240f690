"""The work of `longwatch remind`: settings and addresses in, plans and counts out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longwatch.cli.failures import DONE, HELD_BACK, say
from longwatch.cli.output import command, hint, print_grid, print_json, print_line
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.reminders.making import Plan
    from longwatch.reminders.rounds import Round

_ACTOR = "longwatch remind"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked on the command line; see `longwatch remind --help`."""

    dry_run: bool = False
    day: date | None = None
    people: Path | None = None
    bounces: Path | None = None
    settings: tuple[str, ...] = ()
    json: bool = False
    quiet: bool = False


def run(wanted: Wanted, database: str | None, now: datetime | None = None) -> int:
    """Does what was asked.

    Inputs:
        database: the clinic's store, as in `store.database`.
        now: the moment; that of the clock when None.

    Returns:
        The exit status: 1 when something waits for a person to mend it.

    Raises:
        UsageError: options or settings that make no sense.
    """
    from longwatch.store.setup import configure, migrate

    if wanted.day is not None and not wanted.dry_run:
        raise UsageError(
            Problem("reminders are sent today or not at all", how="give --date with --dry-run")
        )
    configure(database)
    migrate()
    at = datetime.now(UTC) if now is None else now
    problems = _before(wanted, at)
    done = _look(wanted.day, at) if wanted.dry_run else _send(at)
    done.problems = problems + done.problems
    if wanted.json:
        print_json(_plain(done))
    else:
        _show(done, wanted)
    return HELD_BACK if done.problems else DONE


def _before(wanted: Wanted, at: datetime) -> list[str]:
    """Settings, addresses and returned mails, before anything is decided."""
    from longwatch.reminders.bounces import read_folder
    from longwatch.reminders.clinic import set_clinic
    from longwatch.reminders.people_file import read_people

    if wanted.dry_run and (wanted.settings or wanted.people or wanted.bounces):
        raise UsageError(
            Problem("--dry-run changes nothing", how="leave out --set, --people and --bounces")
        )
    if wanted.settings:
        set_clinic(dict(map(_setting, wanted.settings)), actor=_ACTOR, at=at)
    problems: list[str] = []
    if wanted.people is not None:
        count, wrong = read_people(wanted.people, actor=_ACTOR, at=at)
        hint(f"{count} people: it is known now how to reach them.", wanted.quiet)
        problems += [str(problem) for problem in wrong]
    if wanted.bounces is not None:
        count = read_folder(wanted.bounces, at)
        hint(f"{count} mails had come back.", wanted.quiet)
    return problems


def _setting(text: str) -> tuple[str, Any]:
    key, sign, value = text.partition("=")
    if not sign:
        raise UsageError(Problem(f"{text!r} is no setting", how="write clinic.telephone=555-0100"))
    if not key.startswith("reminders."):
        return key, value
    try:
        return key, json.loads(value)
    except ValueError:
        raise UsageError(Problem(f"the value of {key} is no JSON", how='{"days": 3}')) from None


def _look(day: date | None, now: datetime) -> Round:
    from longwatch.reminders.clinic import read_clinic
    from longwatch.reminders.rounds import Round, plan_round

    clinic = read_clinic()
    day = day or now.astimezone(clinic.zone).date()
    plans, unknown = plan_round(day, clinic)
    return Round(day, plans, unknown, problems=[str(problem) for problem in clinic.problems])


def _send(now: datetime) -> Round:
    from longwatch.reminders.rounds import send_due

    return send_due(now, again=True)


def _plain(done: Round) -> dict[str, Any]:
    return {
        "day": done.day,
        "people": [asdict(plan) for plan in done.made],
        "unknown": done.unknown,
        "delivery": dict(done.delivery.counts),
        "waiting_for_staff": _waiting(),
        "problems": done.problems,
    }


def _waiting() -> list[dict[str, Any]]:
    from longwatch.reminders.digest import open_tasks

    return [
        {"patient": task.patient.reference, "kind": task.kind, "since": task.since, "why": task.why}
        for task in open_tasks()
    ]


def _show(done: Round, wanted: Wanted) -> None:
    rows = [row for plan in done.made for row in _rows(plan)]
    if rows:
        print_grid(["patient", "by", "for", "why"], rows)
    sends = "would be asked" if wanted.dry_run else "asked"
    print_line(f"{done.day}: {len(done.made)} people {sends}.")
    if not wanted.dry_run:
        counts = [f"{count} {what}" for what, count in sorted(done.delivery.counts.items())]
        print_line(f"Sending: {', '.join(counts) or 'nothing to send'}.")
    tasks = _waiting()
    if tasks:
        print_line(f"{len(tasks)} people wait for somebody of the clinic:")
        print_grid(["patient", "task", "since", "why"], [list(task.values()) for task in tasks])
    for problem in done.problems:
        say(f"Problem: {problem}")
    if wanted.dry_run:
        hint(f"Nothing was sent. To send: {command('remind')}", wanted.quiet)


def _rows(plan: Plan) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = []
    if plan.told:
        rows.append([plan.patient, plan.channel, _items(plan.told), _steps(plan.told)])
    if plan.tasks:
        rows.append([plan.patient, "a person", _items(plan.tasks), plan.why])
    if plan.unheard:
        rows.append([plan.patient, "nobody", _items(plan.unheard), plan.why_unheard])
    if plan.held_until:
        rows.append([plan.patient, "later", "", f"a text went out just now: {plan.held_until}"])
    return rows


def _items(told: Sequence[tuple[Any, Any]]) -> str:
    return ", ".join(dict.fromkeys(f"{ask.activity} due {ask.due}" for ask, _ in told))


def _steps(told: Sequence[tuple[Any, Any]]) -> str:
    return ", ".join(dict.fromkeys(step.name for _, step in told))
