"""Cards: what a person opening a chart elsewhere must know, short, with its rule and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from longwatch.core.status import TIERS, Status, Tier
from longwatch.store.models import Alert, State
from longwatch.watch.outcome import CONTRADICTIONS
from longwatch.watch.words import finding_words
from longwatch.web.dossier import Dossier

RULES, REASONS = "urn:longwatch:rule", "urn:longwatch:override-reason"
_LONGEST = 139
_INDICATOR = {
    Tier.EMERGENCY.value: "critical",
    Tier.SAME_DAY.value: "critical",
    Tier.HOURS_48.value: "warning",
    Tier.WEEK.value: "warning",
    Tier.ROUTINE.value: "info",
}
_RANK = {tier.value: place for place, tier in enumerate(TIERS)}
_OVERRIDES = {
    "in-hand": "Somebody is taking care of it",
    "known-and-explained": "Known, with another explanation",
    "wrong-person": "This is not about my patient",
    "not-now": "Not part of this visit",
}
"""Reasons for which a card may be set aside."""
_IN_HAND = {
    State.SEEN.value: "seen in the clinic",
    State.ACTED.value: "acted on in the clinic",
    State.SNOOZED.value: "put off in the clinic, with a reason",
    State.CLOSABLE.value: "normal since, to be closed in the clinic",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One card.

    Inputs:
        rule: id of the rule, activity or check it tells of.
        indicator: info, warning, critical.
        summary: at most 139 signs; a longer one is cut.
        detail: Markdown.
        label: protocol, version and source.
    """

    rule: str
    indicator: str
    summary: str
    detail: str
    label: str

    def as_json(self, link: str) -> dict[str, Any]:
        """The card as CDS Hooks has it, under an id of its own; `link` '' for none."""
        body = {
            "uuid": str(uuid4()),
            "summary": _short(self.summary),
            "indicator": self.indicator,
            "detail": self.detail,
            "source": {
                "label": self.label,
                "topic": {"system": RULES, "code": self.rule, "display": self.rule},
            },
            "overrideReasons": [
                {"code": code, "system": REASONS, "display": words}
                for code, words in _OVERRIDES.items()
            ],
        }
        if link:
            words = "Open the record in Longwatch"
            body["links"] = [{"label": words, "url": link, "type": "absolute"}]
        return body


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def label_of(dossier: Dossier, source: str = "") -> str:
    """Where a card comes from: protocol, version, and the source of its rule."""
    return f"Longwatch, {dossier.pack.id} {dossier.pack.version}" + (
        f": {source}" if source else ""
    )


def nobody(doubt: str, what: str) -> Card:
    """That it cannot be told who is meant: silence would look like all is well."""
    summary = f"{what}: Longwatch cannot tell who this is"
    return Card("identity", "warning", summary, f"Please compare: {doubt}.", "Longwatch")


def of_patient(dossier: Dossier) -> list[Card]:
    """What is abnormal, what is overdue and what nobody can tell, most urgent first."""
    cards = [*_findings(dossier), *_overdue(dossier), *_unknown(dossier)]
    order = ("critical", "warning", "info")
    return sorted(cards, key=lambda card: order.index(card.indicator))


def _findings(dossier: Dossier) -> Iterable[Card]:
    """One card for each test (or rule without a test): its most urgent finding, the others below.

    Of one rule the newest finding speaks.
    """
    newest = {row["rule"]: row for row in sorted(dossier.findings, key=lambda row: row["date"])}
    about: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(newest.values(), key=lambda row: _RANK[row["tier"]]):
        about.setdefault(row["test"] or row["rule"], []).append(row)
    rules = {rule.id: rule for rule in (*dossier.pack.rules, *dossier.pack.red_flags)}
    states = _states(dossier)
    for rows in about.values():
        first, *others = (finding_words(row, rules[row["rule"]].title) for row in rows)
        row = rows[0]
        lines = [f"**{first}**", f"To do: {row['action']}"]
        if row["suspects"]:
            lines.append(f"To think of: {row['suspects']}.")
        if known := _IN_HAND.get(states.get(row["rule"], "")):
            lines.append(f"It is {known}.")
        lines += [f"Also: {words}" for words in others]
        yield Card(
            row["rule"],
            _INDICATOR[row["tier"]],
            first.partition(" ")[2],
            "\n\n".join(lines),
            label_of(dossier, row["source"]),
        )


def _states(dossier: Dossier) -> Mapping[str, str]:
    rows = Alert.objects.filter(patient=dossier.person, kind=Alert.Kind.FINDING)
    return dict(rows.exclude(state=State.CLOSED).values_list("rule", "state"))


def _overdue(dossier: Dossier) -> Iterable[Card]:
    late = [row for row in dossier.status if row["status"] == Status.OVERDUE.value]
    if not late:
        return
    late.sort(key=lambda row: -row["days_overdue"])
    titles = {part.id: part.title for part in dossier.pack.recurring}
    named = [f"{titles.get(row['activity'], row['activity'])}" for row in late]
    lines = [
        f"- {title}: overdue since {row['overdue_since']}, {row['days_overdue']} days"
        + (f"; missing: {row['missing']}" if row["missing"] else "")
        for title, row in zip(named, late, strict=True)
    ]
    summary = f"Safety watch overdue, {late[0]['days_overdue']} days: {', '.join(named)}"
    yield Card(late[0]["activity"], "warning", summary, "\n".join(lines), label_of(dossier))


def _unknown(dossier: Dossier) -> Iterable[Card]:
    unsaid = [row for row in dossier.status if row["status"] == Status.UNKNOWN.value]
    if not unsaid:
        return
    why = _reasons(unsaid)
    summary = "Safety watch unknown: nobody can tell what is due"
    yield Card("unknown", "warning", summary, f"Why: {why}.", label_of(dossier))


def _reasons(rows: Sequence[Mapping[str, Any]]) -> str:
    said = dict.fromkeys(str(row["missing"]) for row in rows if row["missing"])
    return "; ".join(said) or next(iter(CONTRADICTIONS.values()))
