"""What the watch says against the alerts that are there: which steps are missing. Pure, idempotent.

While an alert of a person and a rule is open, everything that the rule finds belongs to it: an
episode ends when its alert is closed. So the order in which results come makes no difference to
what stands open, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from longwatch.alerts.judging import Finding, Judged, Overdue
from longwatch.alerts.life import Life, must_be_acted_on, worse
from longwatch.store.models import Alert, State


@dataclass(frozen=True, slots=True)
class Known:
    """An alert that is there.

    Inputs:
        alert: its row. `life`: where it stands.
        keys: `Finding.key` of everything it was raised for.
        settled: when it was closed, a later fact had already ended its reason.
    """

    alert: Alert
    life: Life
    keys: frozenset[str]

    @property
    def settled(self) -> bool:
        """Whether its reason had gone when it was closed: then it is new when it is back."""
        return self.life.closable or self.life.corrected


@dataclass(frozen=True, slots=True)
class Wanted:
    """One step that is missing.

    Inputs:
        state: which. `known`: of which alert; None: a new one.
        kind, rule, tier: of the alert, as it is to stand.
        findings: what it is raised for, newest first; empty for overdue items.
        overdue: what is overdue.
        episode, historic: of a new alert.
        looks_for: test whose later final value ended it, and the day after which it came.
        answered: activity whose answer ended it, and its day.
    """

    state: State
    kind: str
    rule: str
    tier: str
    known: Known | None = None
    findings: tuple[Finding, ...] = ()
    overdue: Overdue | None = None
    episode: str = ""
    historic: bool = False
    looks_for: tuple[str, date] | None = None
    answered: tuple[str, date] | None = None


def reconcile(judged: Judged, known: Sequence[Known], historic_before: date) -> list[Wanted]:
    """The steps that one person's alerts still need.

    Inputs:
        judged: what the watch says now.
        known: all alerts of the person, open and closed.
        historic_before: what is older was entered long after the fact.

    Returns:
        One step for each alert at most; nothing when all is as it should be. A closing is one of
        state `closed` with the fact that ended it still to be looked up.
    """
    wanted = []
    found: dict[str, list[Finding]] = {}
    for finding in judged.findings:
        found.setdefault(finding.rule, []).append(finding)
    of_findings = [one for one in known if one.alert.kind == Alert.Kind.FINDING]
    for rule in sorted({*found, *(one.alert.rule for one in of_findings if not one.life.closed)}):
        mine = [one for one in of_findings if one.alert.rule == rule]
        step = _of_rule(rule, found.get(rule, []), mine, historic_before)
        wanted += [step] if step else []
    of_overdue = [one for one in known if one.alert.kind == Alert.Kind.OVERDUE]
    overdue = {one.activity: one for one in judged.overdue}
    for name in sorted({*overdue, *(one.alert.rule for one in of_overdue if not one.life.closed)}):
        mine = [one for one in of_overdue if one.alert.rule == name]
        step = _of_activity(name, overdue.get(name), mine, judged)
        wanted += [step] if step else []
    return wanted


def _of_rule(
    rule: str, findings: Sequence[Finding], known: Sequence[Known], historic_before: date
) -> Wanted | None:
    """The step that the alert of one rule needs."""
    standing = next((one for one in known if not one.life.closed), None)
    settled: set[str] = set()
    for one in known:
        if one.life.closed:
            # What a person closed while it was active stays closed; what a later value had ended
            # does not, when that value was taken back.
            back = {f.key for f in findings if f.active} if one.settled else set()
            settled |= one.keys - back
    covered = settled | (standing.keys if standing else frozenset())
    new = tuple(
        sorted((f for f in findings if f.key not in covered), key=lambda f: f.day, reverse=True)
    )
    active = [f for f in findings if f.active and f.key not in settled]
    kind = Alert.Kind.FINDING.value
    if standing is None:
        if not new:
            return None
        historic = all(f.day < historic_before for f in new)
        episode = f"{min(f.day for f in new)}"
        tier = new[0].tier
        return Wanted(
            State.RAISED, kind, rule, tier, findings=new, episode=episode, historic=historic
        )
    alert, life = standing.alert, standing.life
    tier = findings[0].tier if findings else alert.tier
    if worse(alert.tier, tier):
        tier = alert.tier
    is_back = bool(active) and (life.closable or life.corrected)
    # Long past and ended before it was entered: it belongs to the alert, and calls nobody again.
    calls = [f for f in new if f.active or alert.historic or f.day >= historic_before]
    if calls or is_back or worse(tier, alert.tier):
        told = new or tuple(sorted(active, key=lambda f: f.day, reverse=True))
        historic = alert.historic and all(f.day < historic_before for f in told)
        return Wanted(
            State.RAISED_AGAIN, kind, rule, tier, standing, findings=told, historic=historic
        )
    if active or life.corrected:
        return None
    days = {f"{f.day}" for f in findings}
    left = [f for f in findings if f.key not in settled]
    # What the rule still finds may be all of an episode that a person has closed.
    if not left or any(key.partition("=")[0] not in days for key in standing.keys):
        return Wanted(State.VALUE_CORRECTED, kind, rule, alert.tier, standing)
    newest = max(left, key=lambda f: f.day)
    looks_for = (newest.test, newest.day) if newest.test else None
    may_close = not must_be_acted_on(alert.tier) or life.acted or alert.historic
    if looks_for and may_close:
        return Wanted(State.CLOSED, kind, rule, alert.tier, standing, looks_for=looks_for)
    if life.closable:
        return None
    return Wanted(State.CLOSABLE, kind, rule, alert.tier, standing, looks_for=looks_for)


def _of_activity(
    name: str, overdue: Overdue | None, known: Sequence[Known], judged: Judged
) -> Wanted | None:
    """The step that the alert of one activity needs."""
    standing = next((one for one in known if not one.life.closed), None)
    kind = Alert.Kind.OVERDUE.value
    if overdue is not None and standing is None:
        episode = f"{overdue.since}"
        closed = [one for one in known if one.alert.episode.startswith(episode)]
        # Who closed it with a reason has decided for this long: until it weighs more.
        if any(not one.settled and not worse(overdue.tier, one.alert.tier) for one in closed):
            return None
        return Wanted(State.RAISED, kind, name, overdue.tier, overdue=overdue, episode=episode)
    if standing is None:
        return None
    alert, life = standing.alert, standing.life
    if overdue is not None:
        if worse(overdue.tier, alert.tier) or life.closable:
            tier = overdue.tier if worse(overdue.tier, alert.tier) else alert.tier
            return Wanted(State.RAISED_AGAIN, kind, name, tier, standing, overdue=overdue)
        return None
    day = judged.answered.get(name)
    if day is not None:
        answered = (name, day)
        return Wanted(State.CLOSED, kind, name, alert.tier, standing, answered=answered)
    if life.closable:
        return None
    return Wanted(State.CLOSABLE, kind, name, alert.tier, standing)
