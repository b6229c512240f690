"""Which command is which function; each lives in a module of its own and imports late."""

from __future__ import annotations

import typer

from longwatch.cli import alerts as alert
from longwatch.cli.audit import show as show_audit
from longwatch.cli.audit import verify
from longwatch.cli.calibrate import calibrate
from longwatch.cli.demo import demo
from longwatch.cli.endpoints import endpoints
from longwatch.cli.expected import expected
from longwatch.cli.explain import explain
from longwatch.cli.export import export
from longwatch.cli.grouped_help import LAST
from longwatch.cli.held import held
from longwatch.cli.import_files import import_files
from longwatch.cli.listen import listen
from longwatch.cli.model_of import model
from longwatch.cli.operations import backup, doctor, migrate, restore
from longwatch.cli.plan import plan
from longwatch.cli.protocol_upgrade import upgrade
from longwatch.cli.protocols import check, diff, list_packs, schema, show
from longwatch.cli.remind import remind
from longwatch.cli.simulate import simulate
from longwatch.cli.staff import staff
from longwatch.cli.trial import trial
from longwatch.cli.version import version
from longwatch.cli.watch import watch
from longwatch.cli.worker import worker

_DAY, _CLINIC, _DATA = "Every day", "The clinic's store", "Data in and out"
_KEEPING = "Keeping it running"
_PROTOCOLS = "Protocols"
_EVIDENCE, _MODEL = "The evidence", "Virtual patients"


def register(app: typer.Typer, protocol: typer.Typer, audit: typer.Typer) -> None:
    """Puts every command in its place."""
    _add(app, "demo", demo, _DAY, "longwatch demo")
    _add(app, "watch", watch, _DAY, "longwatch watch demo-clinic --as-of 2026-11-22")
    example = "longwatch explain demo-clinic N1009 CRE-2 --as-of 2026-11-22"
    _add(app, "explain", explain, _DAY, example)
    _add(app, "plan", plan, _DAY, "longwatch plan --first 2025-03-03 --ics plan.ics")
    _add(app, "held", held, _DAY, "longwatch held demo-clinic")
    _add(app, "worker", worker, _CLINIC, "longwatch worker --once")
    _add(app, "staff", staff, _CLINIC, "longwatch staff ann --role nurse")
    app.add_typer(alert.alerts, name="alerts", rich_help_panel=_CLINIC)
    _add(alert.alerts, "show", alert.show, None, "longwatch alerts show 12")
    _add(alert.alerts, "see", alert.see, None, "longwatch alerts see 12 --by ann")
    example = "longwatch alerts act 12 --by ann --note 'called; blood bank informed'"
    _add(alert.alerts, "act", alert.act, None, example)
    example = "longwatch alerts snooze 12 --by ann --until 2026-12-01 --note 'draw is booked'"
    _add(alert.alerts, "snooze", alert.snooze, None, example)
    example = "longwatch alerts close 12 --by ann --note 'repeat is normal'"
    _add(alert.alerts, "close", alert.close, None, example)
    _add(app, "remind", remind, _DAY, "longwatch remind --dry-run")
    example = "longwatch import inbox/*.hl7 --into clinic"
    _add(app, "import", import_files, _DATA, example)
    _add(app, "listen", listen, _DATA, "longwatch listen --folder inbox")
    example = "longwatch export demo-clinic clinic.json --to fhir"
    _add(app, "export", export, _DATA, example)
    app.add_typer(protocol, name="protocol", rich_help_panel=_PROTOCOLS)
    _add(app, "migrate", migrate, _KEEPING, "longwatch migrate")
    _add(app, "backup", backup, _KEEPING, "longwatch backup monday.backup")
    example = "longwatch restore monday.backup --into sqlite:///again.db"
    _add(app, "restore", restore, _KEEPING, example)
    _add(app, "doctor", doctor, _KEEPING, "longwatch doctor --backups backups")
    app.add_typer(audit, name="audit", rich_help_panel=_KEEPING)
    _add(audit, "verify", verify, None, "longwatch audit verify")
    _add(audit, "show", show_audit, None, "longwatch audit show N1009 --by nurse.ann")
    example = "longwatch endpoints demo-clinic --html report.html"
    _add(app, "endpoints", endpoints, _EVIDENCE, example)
    _add(app, "simulate", simulate, _MODEL, "longwatch simulate --patients 1000 --out virtual")
    _add(app, "trial", trial, _MODEL, "longwatch trial care-ms-2 --replicates 200 --out trials")
    _add(app, "calibrate", calibrate, _MODEL, "longwatch calibrate --check")
    _add(app, "model", model, _MODEL, "longwatch model --pictures pictures")
    example = "longwatch expected --first 2025-03-03 --second 2026-03-02 --picture expected.svg"
    _add(app, "expected", expected, _MODEL, example)
    _add(app, "version", version, LAST, "longwatch version --json")
    _add(protocol, "list", list_packs, None, "longwatch protocol list")
    _add(protocol, "show", show, None, "longwatch protocol show alemtuzumab-us PLT-1")
    _add(protocol, "check", check, None, "longwatch protocol check my-protocol")
    _add(protocol, "diff", diff, None, "longwatch protocol diff alemtuzumab-us alemtuzumab-eu")
    example = "longwatch protocol upgrade --from alemtuzumab-us --to alemtuzumab-eu"
    _add(protocol, "upgrade", upgrade, None, example)
    _add(protocol, "schema", schema, None, "longwatch protocol schema > pack.schema.json")


def _add(app: typer.Typer, name: str, function: object, panel: str | None, example: str) -> None:
    register_one = app.command(name, rich_help_panel=panel, epilog=f"Example: {example}")
    register_one(function)  # type: ignore[type-var]
