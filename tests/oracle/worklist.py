"""The morning worklist, from findings and status rows (semantics, section 5)."""

from datetime import date
from typing import Any

from tests.oracle.facts import Patient, Row
from tests.oracle.months import days_later

from longwatch.protocols.model import Pack

MOST_URGENT_FIRST = ["emergency", "same-day", "48-hours", "week", "routine"]
FINDING, OVERDUE, DUE, UNKNOWN, COURSE = range(5)


def candidates_of(
    pack: Pack, findings: list[Row], statuses: list[Row], contradicts: bool, as_of: date
) -> list[dict[str, Any]]:
    quiet = {rule.id for rule in (*pack.rules, *pack.red_flags) if rule.marks_only}
    found = [
        {
            "tier": row["tier"],
            "days": (as_of - row["date"]).days,
            "kind": FINDING,
            "id": row["rule"],
            "since": row["date"],
        }
        for row in findings
        if row["active"] and row["rule"] not in quiet
    ]
    opens_before_due = {activity.id: activity.early for activity in pack.recurring}
    for row in statuses:
        if row["status"] == "overdue":
            days, since = row["days_overdue"], row["overdue_since"]
            tier = overdue_tier(pack, days)
            kind = OVERDUE
        elif row["status"] == "due":
            since = date.fromordinal(row["due"].toordinal() - opens_before_due[row["activity"]])
            days, tier, kind = 0, "routine", DUE
        elif row["status"] == "unknown":
            days, since, tier, kind = 0, None, "routine", UNKNOWN
        else:
            continue
        found.append(
            {"tier": tier, "days": days, "kind": kind, "id": row["activity"], "since": since}
        )
    return found


def blocked_courses(pack: Pack, patient: Patient, readiness: list[Row]) -> list[dict[str, Any]]:
    """Planned courses without any infusion yet that are blocked, from the earliest step on."""
    if pack.course_ahead is None:
        return []
    begun = {infusion.course for infusion in patient.infusions if not infusion.planned}
    looked_at = max(step.days_before for step in pack.course_ahead.steps)
    found = []
    for row in readiness:
        if row["activity"] != "course" or row["state"] != "blocked" or row["course"] in begun:
            continue
        left = (row["date"] - patient.as_of).days
        reached = [step for step in pack.course_ahead.steps if left <= step.days_before]
        if reached:
            found.append(
                {
                    "tier": min(reached, key=lambda step: step.days_before).tier,
                    "days": looked_at - left,
                    "kind": COURSE,
                    "id": row["course"],
                    "since": days_later(row["date"], -looked_at),
                }
            )
    return found


def overdue_tier(pack: Pack, days_overdue: int) -> str:
    reached = [step for step in pack.escalation.steps if step.days_overdue <= days_overdue]
    if not reached:
        return "routine"
    return max(reached, key=lambda step: step.days_overdue).tier


def worklist_row(patient: str, candidates: list[dict[str, Any]]) -> Row | None:
    """The row of one patient without its rank; None when there is nothing to act on."""
    if not candidates:
        return None

    def urgency(candidate: dict[str, Any]) -> tuple[Any, ...]:
        tier = MOST_URGENT_FIRST.index(candidate["tier"])
        return tier, -candidate["days"], candidate["kind"], candidate["id"]

    shown = min(candidates, key=urgency)
    kinds = [candidate["kind"] for candidate in candidates]
    return {
        "patient": patient,
        "tier": shown["tier"],
        "since": shown["since"],
        "days": shown["days"],
        "findings": kinds.count(FINDING),
        "overdue": kinds.count(OVERDUE),
        "due": kinds.count(DUE),
        "blocked": kinds.count(COURSE),
    }


def ranked(rows: list[Row]) -> list[Row]:
    """Tier, then the longest wait, then the patient."""
    order = sorted(
        rows,
        key=lambda row: (MOST_URGENT_FIRST.index(row["tier"]), -row["days"], row["patient"]),
    )
    return [{"rank": rank, **row} for rank, row in enumerate(order, start=1)]
