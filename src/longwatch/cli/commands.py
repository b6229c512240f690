"""Which command is which function; each lives in a module of its own and imports late."""

from __future__ import annotations

import typer

from longwatch.cli import alerts as alert
from longwatch.cli import clients, senders
from longwatch.cli import clinic as of_clinic
from longwatch.cli import desk as at_desk
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
from longwatch.cli.serve import serve
from longwatch.cli.simulate import simulate
from longwatch.cli.staff import staff
from longwatch.cli.trial import trial
from longwatch.cli.version import version
from longwatch.cli.watch import watch
from longwatch.cli.worker import worker

_DAY, _CLINIC, _DATA = "Every day", "The clinic's store", "Data in and out"
_KEEPING, _PROTOCOLS = "Keeping it running", "Protocols"
_EVIDENCE, _MODEL = "The evidence", "Virtual patients"


def register(app: typer.Typer, protocol: typer.Typer, audit: typer.Typer) -> None:
    """Puts every command in its place."""
    _add(app, "demo", demo, _DAY, "longwatch demo")
    _add(app, "serve", serve, _DAY, "longwatch serve --demo")
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
    _clinic_desk(app)
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


def _clinic_desk(app: typer.Typer) -> None:
    app.add_typer(at_desk.desk, name="desk", rich_help_panel=_DAY)
    by = "--by ann --reason"
    for name, function, words in (
        ("list", at_desk.list_waiting, "--reason unknown-unit"),
        ("show", at_desk.show, "3f9c --by ann"),
        ("file", at_desk.file, f"3f9c --unit 10*9/L {by} 'asked the laboratory'"),
        ("reject", at_desk.reject, f"3f9c {by} 'a sample of the laboratory'"),
        ("retry", at_desk.retry, "--by ann"),
        ("teach-code", at_desk.teach_code, f"LIS/LAB PLT9 platelets {by} 'their list'"),
        ("teach-unit", at_desk.teach_unit, f"LIS/LAB platelets Tausend 10*9/L {by} 'their list'"),
        ("taught", at_desk.taught, "--json"),
        ("confirm", at_desk.confirm, "7 --by bea"),
        ("withdraw", at_desk.withdraw, f"7 {by} 'they changed it'"),
        ("merge", at_desk.merge, f"N1009 N1010 {by} 'letter of the hospital'"),
        ("unmerge", at_desk.unmerge, f"N1009 {by} 'they are twins'"),
        ("trust", at_desk.trust, "https://clinic.example/mrn --by lea"),
    ):
        _add(at_desk.desk, name, function, None, f"longwatch desk {name} {words}")
    app.add_typer(of_clinic.clinic, name="clinic", rich_help_panel=_KEEPING)
    for name, setting, words in (
        ("show", of_clinic.show, "--json"),
        ("set", of_clinic.set_some, f"clinic.zone=Europe/Berlin {by} 'we are here'"),
    ):
        _add(of_clinic.clinic, name, setting, None, f"longwatch clinic {name} {words}")
    app.add_typer(senders.sender, name="sender", rich_help_panel=_DATA)
    for name, work, words in (
        ("list", senders.list_senders, "--json"),
        ("add", senders.add, "north-lab --network 10.1.2.0/24 --by lea"),
        ("withdraw", senders.withdraw, f"north-lab {by} 'contract ended'"),
    ):
        _add(senders.sender, name, work, None, f"longwatch sender {name} {words}")
    app.add_typer(clients.client, name="client", rich_help_panel=_DATA)
    for name, reading, words in (
        ("list", clients.list_clients, "--json"),
        ("add", clients.add, "hospital-ehr --scope system/Observation.rs --by lea"),
        ("revoke", clients.revoke, f"hospital-ehr {by} 'contract ended'"),
    ):
        _add(clients.client, name, reading, None, f"longwatch client {name} {words}")


def _add(app: typer.Typer, name: str, function: object, panel: str | None, example: str) -> None:
    register_one = app.command(name, rich_help_panel=panel, epilog=f"Example: {example}")
    register_one(function)  # type: ignore[type-var]
