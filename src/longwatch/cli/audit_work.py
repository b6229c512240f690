"""The work of `longwatch audit`."""

from __future__ import annotations

from datetime import UTC, datetime

from longwatch.cli.clinic_store import open_store
from longwatch.cli.failures import DONE, HELD_BACK, show_problems
from longwatch.cli.output import print_grid, print_json, print_line
from longwatch.core.errors import Problem, UsageError


def prove_log(anchor: str | None, database: str | None, json: bool) -> int:
    """Follows the chain.

    Raises:
        UsageError: the anchor cannot be read.
    """
    open_store(database)
    from longwatch.store.audit import Anchor, verify_audit

    known = None
    if anchor is not None:
        number, colon, digest = anchor.partition(":")
        if not colon or not number.isdigit():
            how = "write NUMBER:HASH, as longwatch backup printed them"
            raise UsageError(Problem(f"{anchor!r} is no end of an audit log", how=how))
        known = Anchor(int(number), digest)
    report = verify_audit(known)
    if json:
        end = {"number": report.anchor.number, "hash": report.anchor.hash}
        problem = None if report.problem is None else str(report.problem)
        print_json({"entries": report.entries, "end": end, "problem": problem})
    elif report.problem is None:
        print_line(f"{report.entries:,} entries, each as it was written.")
        print_line(f"It ends with {report.anchor.number}:{report.anchor.hash}")
    else:
        show_problems([report.problem])
    return DONE if report.problem is None else HELD_BACK


def show_log(patient: str, actor: str, database: str | None, json: bool) -> None:
    """Prints what the log tells of one person; that somebody looked is an entry of its own."""
    open_store(database)
    from longwatch.store.audit import record_audit
    from longwatch.store.models import AuditEntry

    entries = AuditEntry.objects.filter(patient=patient).order_by("-number")
    names = ("number", "at", "actor", "action", "kind", "target", "detail")
    rows = list(entries.values(*names))
    record_audit("read", actor=actor, at=datetime.now(UTC), kind="audit", patient=patient)
    if json:
        print_json(rows)
        return
    if not rows:
        print_line(f"The audit log tells nothing of {patient}.")
        return
    print_grid(names, [list(row.values()) for row in rows])
