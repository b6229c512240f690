"""Why an alert is there: result, message, rule, source, values compared; who saw and did what when.

As data for programs and pages; `as_text` for the command line.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.judging import judge_in_words
from longwatch.alerts.listing import in_words, value_as_sent
from longwatch.core.errors import Problem, UsageError
from longwatch.store.models import Alert, AlertState, Contact, Result


def explain_alert(alert_id: int, clinic: Clinic, as_of: date | None = None) -> dict[str, Any]:
    """Everything that is known of one alert.

    Inputs:
        alert_id: its key.
        clinic: protocols, for the values compared.
        as_of: the day for which the watch is asked what it compared; None: when it was raised.

    Returns:
        `alert` as in the list; `found` as it was raised; `compared_with` of the watch for what was
        found ("" where it no longer finds it); `results`: each with its message; `history`: each
        step; `contacts`.

    Raises:
        UsageError: there is no such alert.
    """
    alert = Alert.objects.select_related("role", "result").filter(pk=alert_id).first()
    if alert is None:
        how = "longwatch alerts lists those that are open"
        raise UsageError(Problem("there is no such alert", f"alert {alert_id}", how=how))
    states = list(alert.states.select_related("actor", "role", "result").order_by("number"))
    results = {state.result_id: state.result for state in states if state.result is not None}
    return {
        "alert": in_words(alert),
        "found": json.loads(alert.detail),
        "compared_with": _compared(alert, clinic, as_of or clinic.today(alert.raised_at)),
        "results": [_result(result) for result in results.values()],
        "history": [_step(state) for state in states],
        "contacts": [_contact(one) for one in alert.contacts.order_by("at")],
    }


def _compared(alert: Alert, clinic: Clinic, as_of: date) -> list[str]:
    if alert.kind != Alert.Kind.FINDING or alert.patient_id is None:
        return []
    pack = clinic.pack(alert.protocol)
    rows = judge_in_words(pack, {alert.patient_id: alert.subject}, as_of)
    return [f"{row['date']}: {row['compared_with']}" for row in rows if row["rule"] == alert.rule]


def _result(result: Result) -> dict[str, Any]:
    message = result.message
    return {
        "id": result.pk,
        "date": result.date.isoformat(),
        "value": value_as_sent(result),
        "status": result.status or "final",
        "laboratory": result.laboratory,
        "limits": [result.low, result.high],
        "flag": result.flag,
        "filed_at": result.filed_at.isoformat(),
        "message": None
        if message is None
        else {
            "id": message.pk,
            "channel": message.channel,
            "sender": message.sender,
            "control_id": message.control_id,
            "received_at": message.received_at.isoformat(),
        },
    }


def _step(state: AlertState) -> dict[str, Any]:
    return {
        "number": state.number,
        "state": state.state,
        "at": state.at.isoformat(),
        "by": state.actor.get_username() if state.actor else None,
        "role": state.role.name if state.role else None,
        "tier": state.tier,
        "value": value_as_sent(state.result) if state.result else None,
        "note": state.note,
        "next_at": state.next_at.isoformat() if state.next_at else None,
    }


def _contact(one: Contact) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "kind": one.kind,
        "outcome": one.outcome,
        "by": one.actor.get_username() if one.actor else None,
        "note": one.note,
    }


def as_text(told: dict[str, Any]) -> str:
    """The same for a person, line by line."""
    alert, found = told["alert"], told["found"]
    lines = [
        f"Alert {alert['id']}: {alert['rule']} {alert['title']}",
        f"  {alert['tier']}, {alert['state']}, of {alert['subject']}"
        + (", historic" if alert["historic"] else ""),
    ]
    if alert["next_at"]:
        lines.append(f"  next: {_short(alert['next_at'])}, asked now: {alert['role']}")
    lines += [f"  {name}: {found[name]}" for name in ("what", "action") if found.get(name)]
    if found.get("suspects"):
        lines.append(f"  may be: {'; '.join(found['suspects'])}")
    if found.get("source"):
        lines.append(f"  source: {found['source']} ({alert['protocol']} {alert['version']})")
    lines += [f"  compared, {one}" for one in told["compared_with"]]
    for result in told["results"]:
        message = result["message"]
        came = "entered without a message"
        if message:
            words = " ".join(filter(None, (message["sender"], message["control_id"])))
            came = f"message {message['id']} {words}, {_short(message['received_at'])}"
        lines.append(f"  result {result['date']}: {result['value']} ({result['status']}), {came}")
    lines.append("  history:")
    for step in told["history"]:
        who = step["by"] or f"program, to {step['role']}"
        note = f": {step['note']}" if step["note"] else ""
        value = f" {step['value']}" if step["value"] else ""
        lines.append(f"    {_short(step['at'])} {step['state']}{value} ({who}){note}")
    lines += [
        f"    {_short(one['at'])} {one['kind']} {one['outcome']} ({one['by'] or 'program'})"
        for one in told["contacts"]
    ]
    return "\n".join(lines)


def _short(moment: str) -> str:
    return moment[:16].replace("T", " ") + " UTC"
