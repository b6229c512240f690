"""H40: another protocol is looked at before it is in force, and what was judged keeps its own."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from longwatch.cli.main import main
from longwatch.core.errors import UsageError
from longwatch.core.record import Record
from longwatch.protocols.load import load_protocol, pack_digest
from longwatch.store.audit import verify_audit
from longwatch.store.models import AuditEntry, ProtocolInForce
from longwatch.store.protocol_change import apply, propose
from longwatch.store.record_in import write_record
from longwatch.store.record_out import read_record
from longwatch.watch import watch

OLD = "alemtuzumab-us"


@pytest.fixture
def clinic(store, now):
    treated = {"patient": ["p1", "p2"], "protocol": [OLD, "campath-bcll"], "sex": ["female"] * 2}
    record = Record.from_tables(
        patients=treated,
        infusions={
            "patient": ["p1", "p2"],
            "date": ["2026-03-02"] * 2,
            "course": [1, 1],
            "day": [1, 1],
        },
        results={
            "patient": ["p1", "p2"],
            "date": ["2026-11-02"] * 2,
            "test": ["platelets"] * 2,
            "value": [60.0, 60.0],
            "unit": ["10*9/L"] * 2,
        },
    )
    write_record(record, source="registry", at=now)
    get_user_model().objects.create(username="ann")


def test_a_dry_run_names_everybody_concerned_and_changes_nothing(clinic, now):
    rows = ProtocolInForce.objects.count()

    proposal = propose(OLD, "alemtuzumab-eu", now.date())

    assert proposal.patients == ("p1",)
    assert proposal.changes
    assert {one.patient for one in proposal.changes} == {"p1"}
    assert ProtocolInForce.objects.count() == rows
    assert AuditEntry.objects.filter(action="protocol changed").count() == 0


def test_the_same_protocol_changes_nothing_and_is_not_applied(clinic, now):
    proposal = propose(OLD, OLD, now.date())

    assert proposal.changes == ()
    with pytest.raises(UsageError, match="same protocol"):
        apply(proposal, by="ann", reason="why not", since=now.date(), at=now)


@pytest.mark.parametrize(
    ("by", "reason", "words"),
    [("nobody", "new label", "nobody here is called"), ("ann", " ", "needs a reason")],
)
def test_nobody_changes_a_protocol_without_a_name_and_a_reason(clinic, now, by, reason, words):
    proposal = propose(OLD, "alemtuzumab-eu", now.date())

    with pytest.raises(UsageError, match=words):
        apply(proposal, by=by, reason=reason, since=now.date(), at=now)
    assert ProtocolInForce.objects.count() == 2


def test_what_was_judged_before_is_judged_the_same_after_the_change(clinic, now):
    later = now + timedelta(days=1)
    pack = load_protocol(OLD)
    before = watch(pack, read_record(now), now.date())

    proposal = propose(OLD, "alemtuzumab-eu", later.date())
    assert apply(proposal, by="ann", reason="new label", since=later.date(), at=later) == 1

    then = read_record(now)
    assert then.patients["protocol"].to_pylist() == [OLD, "campath-bcll"]
    again = watch(load_protocol(OLD), then, now.date())
    assert again.findings.equals(before.findings)
    assert again.status.equals(before.status)
    assert read_record().patients["protocol"].to_pylist() == ["alemtuzumab-eu", "campath-bcll"]
    newest = ProtocolInForce.objects.latest("id")
    assert newest.digest == pack_digest(load_protocol("alemtuzumab-eu"))
    (entry,) = AuditEntry.objects.filter(action="protocol changed")
    assert (entry.patient, entry.actor) == ("p1", "ann")
    assert json.loads(entry.detail)["reason"] == "new label"
    assert verify_audit().problem is None


def test_the_command_shows_the_changes_as_a_table_and_as_json(clinic, capsys):
    words = ["protocol", "upgrade", "--from", OLD, "--to", "alemtuzumab-eu"]
    words += ["--as-of", "2026-11-22"]

    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "1 people are concerned, 1 of them would see a change" in shown
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["applied"] == 0
    assert {one["patient"] for one in told["changes"]} == {"p1"}
