"""The worklist as a person needs it: each patient with every reason, and counters that add up."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from longwatch.cli.together import Together
from longwatch.core.status import TIERS, Status, Tier
from longwatch.protocols.model import Pack
from longwatch.watch.words import finding_words

CONTRADICTION = "record contradicts itself"
WINDOW_OPEN = "window open"
UP_TO_DATE = "up to date"
ENDED = "watch ended"
NOT_STARTED = "not started"
UNCLEAR = "partly unknown"


@dataclass(slots=True)
class Line:
    """One patient of the worklist.

    Inputs:
        findings: active findings in words, most urgent first.
        actions: what to do about the most urgent of them, in words, each said once.
        overdue: activities by title with days overdue.
        due: activities by title with the day their window closes.
        blocked: planned courses that cannot begin as things stand, in words.
        waits: days of the entry that decides the tier; empty for contradictions.
    """

    rank: int
    patient: str
    name: str
    tier: Tier
    reason: str
    waits: int
    since: date | None
    findings: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    overdue: list[tuple[str, int]] = field(default_factory=list)
    due: list[tuple[str, date | None]] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The class it is counted in: its tier when there is something to act on."""
        if self.findings or self.overdue or self.blocked:
            return str(self.tier)
        return WINDOW_OPEN if self.due else CONTRADICTION


@dataclass(slots=True)
class Morning:
    """The worklist, and how many people stand where; the counts add up to everybody."""

    as_of: date
    lines: list[Line]
    counts: Counter[str]
    everybody: int

    def of(self, *kinds: str) -> list[Line]:
        """Lines of some classes, in order."""
        return [line for line in self.lines if line.kind in kinds]


def morning(together: Together) -> Morning:
    """Puts the worklist together with findings and statuses."""
    lines = [_line(row, together) for row in together.worklist.to_pylist()]
    by_patient = {line.patient: line for line in lines}
    _add_findings(by_patient, together)
    for outcome in together.outcomes:
        for patient, told in outcome.blocked_courses.items():
            by_patient[patient].blocked += told
    standing = _add_statuses(by_patient, together)
    counts = Counter(line.kind for line in lines)
    counts.update(
        _quiet(states) for patient, states in standing.items() if patient not in by_patient
    )
    return Morning(together.as_of, lines, counts, together.everybody)


def _line(row: dict[str, Any], together: Together) -> Line:
    return Line(
        rank=row["rank"],
        patient=row["patient"],
        name=_names(together).get(row["patient"], ""),
        tier=Tier(row["tier"]),
        reason=row["reason"],
        waits=row["days"],
        since=row["since"],
    )


def _names(together: Together) -> dict[str, str]:
    patients = together.record.patients
    if "name" not in patients.column_names:
        return {}
    cache: dict[str, str] | None = together.__dict__.get("_names")
    if cache is None:
        columns = patients.select(["patient", "name"]).to_pydict()
        pairs = zip(columns["patient"], columns["name"], strict=True)
        cache = together.__dict__["_names"] = {patient: name or "" for patient, name in pairs}
    return cache


def _add_findings(lines: dict[str, Line], together: Together) -> None:
    rules = {rule.id: rule for pack in together.packs for rule in (*pack.rules, *pack.red_flags)}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in together.table("findings").to_pylist():
        if row["active"] and row["patient"] in lines and not rules[row["rule"]].marks_only:
            found[row["patient"]].append(row)
    order = {str(tier): place for place, tier in enumerate(TIERS)}
    for patient, rows in found.items():
        rows.sort(key=lambda row: (order[row["tier"]], row["date"]))
        line = lines[patient]
        newest = {row["rule"]: row for row in sorted(rows, key=lambda row: row["date"])}
        seen: set[str] = set()
        for row in rows:
            rule = row["rule"]
            if rule not in seen:
                seen.add(rule)
                line.findings.append(finding_words(newest[rule], rules[rule].title))
        urgent = [row["action"] for row in rows if row["tier"] == rows[0]["tier"]]
        line.actions = list(dict.fromkeys(urgent))


def _add_statuses(lines: dict[str, Line], together: Together) -> dict[str, list[dict[str, Any]]]:
    titles = {part.id: part.title for pack in together.packs for part in pack.recurring}
    standing: dict[str, list[dict[str, Any]]] = {}
    wanted = ["patient", "activity", "status", "days_overdue", "closes", "last_answered", "due"]
    for row in together.table("status").select(wanted).to_pylist():
        standing.setdefault(row["patient"], []).append(row)
        line = lines.get(row["patient"])
        if line is None:
            continue
        if row["status"] == Status.OVERDUE:
            line.overdue.append((titles[row["activity"]], row["days_overdue"]))
        elif row["status"] == Status.DUE:
            line.due.append((titles[row["activity"]], row["closes"]))
    for line in lines.values():
        line.overdue.sort(key=lambda item: -item[1])
        line.due.sort(key=lambda item: item[1] or date.max)
    return standing


def _quiet(states: list[dict[str, Any]]) -> str:
    """Where somebody stands who is not on the worklist."""
    words = {row["status"] for row in states} - {Status.NOT_APPLICABLE}
    if Status.UNKNOWN in words:
        return UNCLEAR
    if words <= {Status.ENDED}:
        return ENDED
    if all(row["due"] is None for row in states):
        return NOT_STARTED
    return UP_TO_DATE


def tier_words(packs: list[Pack]) -> dict[str, str]:
    """What each tier asks for, as the first protocol says it."""
    return {meaning.tier: meaning.words for pack in packs[:1] for meaning in pack.tiers}
