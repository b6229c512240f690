"""What `longwatch doctor` looks at in the store: each finding with its id, level and remedy.

| id | looks at |
|---|---|
| doctor.database, doctor.migrations | whether it answers, and is of this version |
| store.* | Django's system checks (`store.checks`): durability, guards |
| doctor.clock | this machine's clock against the server's and against what is stored |
| doctor.audit | the chain of the audit log |
| doctor.feed | when each channel was last heard |
| doctor.held | what waits for a person, and how long |
| doctor.worker | when each job of the worker last succeeded |
| doctor.disk, doctor.backup | room, and the age of the newest backup |
| doctor.protocol | whether every protocol in force can be read |
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.core.checks import run_checks
from django.db import connection

from longwatch.core.errors import LongwatchError
from longwatch.store.audit import verify_audit
from longwatch.store.clinic_facts import LABORATORIES, clinic_facts
from longwatch.store.overlays import load_by_name
from longwatch.store.plainly import fetched

_CLOCK = timedelta(seconds=30)
_FUTURE = timedelta(minutes=10)
_SILENT = timedelta(days=3)
_WAITING = timedelta(days=7)
_BACKUP = timedelta(hours=25)
_LATE = 3
"""A job is late when so many of its rounds are missing."""
_ROOM, _LITTLE_ROOM = 2**30, 2**27


class Level(StrEnum):
    """How bad a finding is: only an error means that the watch cannot be relied on."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Holds no patient data."""

    id: str
    level: Level
    what: str
    hint: str = ""


def examine_store(now: datetime, backups: Path | None = None) -> Iterator[Finding]:
    """Looks at everything, one after the other; a look that fails is a finding, too.

    Inputs:
        now: this machine's moment, with a time zone.
        backups: the folder in which backups lie; None: nobody says where.
    """
    yield from _settings()
    yield from _clock(now)
    yield from _audit()
    yield from _feed(now)
    yield from _held(now)
    yield from _worker(now)
    yield from _room()
    yield from _backup(now, backups)
    yield from _protocols()


def _settings() -> Iterator[Finding]:
    found = run_checks(databases=["default"])
    for one in found:
        level = Level.ERROR if one.is_serious() else Level.WARNING
        yield Finding(one.id or "django", level, str(one.msg), str(one.hint or ""))
    if not found:
        yield Finding("store", Level.OK, "commits are durable, and what is written once is guarded")


def _clock(now: datetime) -> Iterator[Finding]:
    hint = "set this machine's clock (NTP): with a wrong one nothing is ever late"
    wrong = []
    if connection.vendor == "postgresql":
        ((there,),) = fetched("SELECT now()")
        if abs(there - now) > _CLOCK:
            wrong.append(f"the server's clock shows {_shown(there)}, this one {_shown(now)}")
    newest = fetched('SELECT max("received_at") FROM "store_message"')[0][0]
    if newest is not None and _moment(newest) > now + _FUTURE:
        wrong.append(f"a message was received at {_shown(_moment(newest))}, after now")
    last = fetched('SELECT "at" FROM "store_auditentry" ORDER BY "number" DESC LIMIT 1')
    if last and datetime.fromisoformat(last[0][0]) > now + _FUTURE:
        wrong.append(f"the audit log goes to {last[0][0]}, after now")
    for path in _files():
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if changed > now + _FUTURE:
            wrong.append(f"{path.name} was changed at {_shown(changed)}, after now")
    for what in wrong:
        yield Finding("doctor.clock", Level.ERROR, what, hint)
    if not wrong:
        yield Finding("doctor.clock", Level.OK, "nothing in the store is later than now")


def _audit() -> Iterator[Finding]:
    report = verify_audit()
    if report.problem is None:
        what = f"{report.entries} entries, each as it was written; the last is {report.anchor.hash}"
        yield Finding("doctor.audit", Level.OK, what)
    else:
        yield Finding("doctor.audit", Level.ERROR, report.problem.what, report.problem.how)


def _feed(now: datetime) -> Iterator[Finding]:
    if clinic_facts().get(LABORATORIES):
        # They are waited for by limits of their own: `alerts.feeds.examine_feeds`.
        return
    query = 'SELECT "channel", max("received_at") FROM "store_message" GROUP BY 1 ORDER BY 1'
    heard = [(channel, _moment(last)) for channel, last in fetched(query)]
    for channel, last in heard:
        silent = now - last > _SILENT
        yield Finding(
            "doctor.feed",
            Level.WARNING if silent else Level.OK,
            f"{channel} was last heard {_ago(now - last)} ago",
            "ask the laboratory, then look at the connection" if silent else "",
        )
    if not heard:
        hint = "start longwatch listen, and ask the laboratories to send"
        yield Finding("doctor.feed", Level.WARNING, "nothing has ever been received", hint)


def _held(now: datetime) -> Iterator[Finding]:
    query = 'SELECT count(*), min("filed_at") FROM "store_helditem" WHERE "resolved_at" IS NULL'
    ((count, oldest),) = fetched(query)
    if not count:
        yield Finding("doctor.held", Level.OK, "nothing waits to be filed by a person")
        return
    age = now - _moment(oldest)
    late = age > _WAITING
    what = f"{count} held items wait for a person, the oldest for {_ago(age)}"
    hint = "file or reject them: among them may be the result that matters"
    yield Finding("doctor.held", Level.WARNING if late else Level.OK, what, hint if late else "")


def _worker(now: datetime) -> Iterator[Finding]:
    if "store_jobrun" not in connection.introspection.table_names():
        return
    query = 'SELECT "name", "every_seconds", "last_success", "failure" FROM "store_jobrun"'
    jobs = fetched(f'{query} ORDER BY "name"')
    hint = "start longwatch worker, and look at what it says"
    for name, every, success, failure in jobs:
        if success is None:
            yield Finding("doctor.worker", Level.ERROR, f"{name} has never succeeded", hint)
            continue
        age = now - _moment(success)
        late = age > _LATE * timedelta(seconds=every)
        level = Level.ERROR if late else Level.WARNING if failure else Level.OK
        again = ", and failed since" if failure else ""
        what = f"{name} last succeeded {_ago(age)} ago{again}"
        yield Finding("doctor.worker", level, what, "" if level is Level.OK else hint)
    if not jobs:
        yield Finding("doctor.worker", Level.ERROR, "the worker has never run", hint)


def _room() -> Iterator[Finding]:
    files = _files()
    if not files:
        return
    free = shutil.disk_usage(files[0].parent).free
    level = Level.ERROR if free < _LITTLE_ROOM else Level.WARNING if free < _ROOM else Level.OK
    hint = "" if level is Level.OK else "make room: a full disk refuses what laboratories send"
    yield Finding("doctor.disk", level, f"{free / 2**30:.1f} GiB are free beside the store", hint)


def _backup(now: datetime, backups: Path | None) -> Iterator[Finding]:
    if backups is None:
        hint = "give --backups FOLDER"
        yield Finding("doctor.backup", Level.WARNING, "nobody says where backups lie", hint)
        return
    hint = "run longwatch backup every night, and keep copies elsewhere"
    files = [path for path in backups.glob("*") if path.is_file() and path.name[0] != "."]
    if not files:
        yield Finding("doctor.backup", Level.ERROR, f"there is no backup in {backups}", hint)
        return
    newest = max(datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in files)
    old = now - newest > _BACKUP
    what = f"the newest backup was made {_ago(now - newest)} ago"
    yield Finding("doctor.backup", Level.ERROR if old else Level.OK, what, hint if old else "")


def _protocols() -> Iterator[Finding]:
    query = 'SELECT DISTINCT "protocol" FROM "store_protocolinforce" ORDER BY 1'
    for (name,) in fetched(query):
        try:
            pack = load_by_name(name)
        except LongwatchError as error:
            hint = f"longwatch protocol check {name}"
            what = f"protocol {name} cannot be read: {error.problems[0].what}"
            yield Finding("doctor.protocol", Level.ERROR, what, hint)
        else:
            yield Finding("doctor.protocol", Level.OK, f"{pack.id} {pack.version} can be read")


def _files() -> list[Path]:
    if connection.vendor != "sqlite":
        return []
    name = str(connection.settings_dict["NAME"])
    return [path for path in (Path(name), Path(f"{name}-wal")) if path.exists()]


def _moment(cell: datetime | str) -> datetime:
    moment = datetime.fromisoformat(cell) if isinstance(cell, str) else cell
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _ago(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    days, hours = minutes // 1440, minutes // 60
    return f"{days} days" if days > 1 else f"{hours} h" if hours > 1 else f"{minutes} min"
