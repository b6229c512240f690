"""The newest result of each test in words: where it stands, and what happens next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from longwatch.core.catalogue import Test, catalogue
from longwatch.core.status import TIERS, Sex, Tier
from longwatch.store.merging import with_those_under
from longwatch.store.models import SignOff
from longwatch.watch.action_lines import Own, action_lines
from longwatch.watch.words import rounded, value_words
from longwatch.web.charts.number_line import Scale, number_line
from longwatch.web.charts.trend import trend
from longwatch.web.dossier import Dossier, Row
from longwatch.web.plain import graded_words, test_words, unit_words

MAIN = ("platelets", "creatinine", "tsh", "alt")
"""What the first page shows: blood, kidneys, thyroid, liver."""
AT_ONCE = frozenset({Tier.EMERGENCY, Tier.SAME_DAY})
URGENT = AT_ONCE | {Tier.HOURS_48}
"""Findings for which a person is told to call; the others can wait for the clinic."""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One test of one person.

    Inputs:
        look: `act`, `late` (outside the usual range), `ok`, `unknown` (no range to compare with).
        tier: how fast somebody must act on it; empty: no rule found it.
        verdict: the same in words; never "fine" while something waits.
        purpose: what the test is for; empty: nobody has put it in plain words.
        means: what follows from it, and what happens next.
        received: when the result reached the clinic.
        history: all values, newest first.
        seen: who of the clinic signed the newest value off; None: nobody yet, or not asked.
    """

    test: str
    name: str
    unit: str
    shown: str
    date: date
    look: str
    verdict: str
    usual: str
    picture: str
    trend: str
    history: Sequence[Row]
    purpose: str = ""
    means: str = ""
    received: datetime | None = None
    seen: SignOff | None = None
    tier: str = ""


def result_lines(
    dossier: Dossier, main_only: bool = False, signed: Sequence[SignOff] = ()
) -> list[ResultLine]:
    """A line for each test with a value, in the order of the protocol's activities.

    Inputs:
        main_only: the first page's tests and, before them, what needs somebody soon; without
            their trends, which that page does not show.
        signed: what the clinic has signed off, as `signed_off` gives it.
    """
    tiers = _tiers(dossier)
    urgent = [test for test, tier in tiers.items() if tier in URGENT]
    wanted = list(dict.fromkeys([*urgent, *MAIN])) if main_only else _order(dossier)
    seen = {(one.result.test, one.result.date): one for one in signed}
    return [
        _line(dossier, test, tiers.get(test, ""), seen, with_trend=not main_only)
        for test in wanted
        if test in dossier.results
    ]


def worst_first(lines: Sequence[ResultLine]) -> list[ResultLine]:
    """What a rule found before everything else, else as they stand."""
    rank = {tier.value: place for place, tier in enumerate(TIERS)}
    return sorted(lines, key=lambda line: rank.get(line.tier, len(rank)))


def signed_off(dossier: Dossier) -> list[SignOff]:
    """Who signed the newest results off, the latest last."""
    newest = {rows[-1]["date"] for rows in dossier.results.values()}
    found = SignOff.objects.filter(
        result__patient__in=with_those_under([dossier.person.pk]).values("pk"),
        result__date__in=newest,
        result__superseded_by=None,
        result__gone=False,
    )
    return list(found.select_related("actor", "result").order_by("at"))


def _tiers(dossier: Dossier) -> dict[str, str]:
    """The worst tier of each test that a rule found, most urgent first."""
    rank = {tier.value: place for place, tier in enumerate(TIERS)}
    rows = [row for row in dossier.findings if row["test"]]
    found: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: rank[row["tier"]]):
        found.setdefault(row["test"], row["tier"])
    return found


def _order(dossier: Dossier) -> list[str]:
    named = [test for part in dossier.pack.recurring for test in part.answered_by.tests]
    return list(dict.fromkeys([*MAIN, *named, *sorted(dossier.results)]))


def _line(
    dossier: Dossier,
    name: str,
    tier: str,
    seen: Mapping[tuple[str, date], SignOff],
    *,
    with_trend: bool,
) -> ResultLine:
    rows = dossier.results[name]
    test = catalogue().tests[name]
    title, purpose = test_words().get(name, (test.name, ""))
    newest = rows[-1]
    own = _own(dossier, test, newest)
    lines = action_lines(dossier.pack, name, own) if test.kind == "number" else []
    value = newest["value"]
    look, verdict = _verdict(newest, own, tier)
    shown = graded_words(value_words(name, value, None).rpartition(" ")[2])
    shown = f"{newest['comparator'] or ''}{shown}"
    picture = ""
    if test.kind == "number" and not (own.low is own.high is None and not lines):
        scale = Scale(title, value, shown, _unit(test), own.low, own.high, lines, look == "act")
        picture = number_line(f"n-{name}", scale)
    points = [(row["date"], row["value"]) for row in rows]
    starts = sorted({row["date"] for row in dossier.infusions if row["day"] == 1})
    drawn = (
        trend(f"t-{name}", title, _unit(test), points, own.low, own.high, starts)
        if with_trend and test.kind == "number" and len(points) > 1
        else ""
    )
    return ResultLine(
        name, title, _unit(test), shown, newest["date"], look, verdict, _usual(test, own),
        picture, drawn, list(reversed(rows)), purpose, _means(look, tier), newest["received"],
        seen.get((name, newest["date"])), tier,
    )  # fmt: skip


def _own(dossier: Dossier, test: Test, newest: Row) -> Own:
    """The laboratory's own limits, else what is usual; the baseline before the first infusion."""
    sex = Sex(dossier.person.sex) if dossier.person.sex else Sex.UNKNOWN
    usual = test.limits.get(sex)
    low, high = newest["low"], newest["high"]
    if low is None and usual is not None and usual.low is not None:
        low = usual.low[0]
    if high is None and usual is not None and usual.high is not None:
        high = usual.high[1]
    first = dossier.infusions[0]["date"] if dossier.infusions else None
    before = [
        row["value"]
        for row in dossier.results.get(test.id, [])
        if first is not None and row["date"] <= first
    ]
    return Own(low, high, before[-1] if before else None)


def _verdict(newest: Row, own: Own, tier: str) -> tuple[str, str]:
    if tier in URGENT:
        return "act", _("Your team has been told")
    if newest["status"] == "preliminary":
        return "wait", _("Not final yet")
    value = newest["value"]
    if own.low is None and own.high is None:
        return "unknown", _("No usual range is known")
    if own.low is not None and value < own.low:
        return "late", _("Below the usual range")
    if own.high is not None and value > own.high:
        return "late", _("Above the usual range")
    if tier:
        return "late", _("Your team looks at it")
    return "ok", _("In the usual range")


def _means(look: str, tier: str) -> str:
    """What follows for the person: always a sentence, never "fine" alone."""
    if tier in AT_ONCE:
        return _("Your clinic must look at this at once. If nobody has called you, call them now.")
    if tier in URGENT:
        return _("Your clinic looks at this now. If nobody calls you by tomorrow, call them.")
    if tier == Tier.WEEK:
        return _("Your clinic looks at this. If you hear nothing this week, call them.")
    if tier:
        return _("Your clinic knows of this. Ask about it at your next visit.")
    if look == "late":
        return _("A little outside does not always mean harm. Your team compares it with the next.")
    if look == "wait":
        return _("The final result will follow.")
    if look == "unknown":
        return _("Ask your nurse what it means for you.")
    return _("No action is needed. Come to your next test.")


def _usual(test: Test, own: Own) -> str:
    if test.kind != "number":
        word = next((word for word, number in test.words.items() if number == own.high), "")
        return _("up to %s") % graded_words(word) if own.high else graded_words(word)
    if own.low is not None and own.high is not None:
        return _("%(low)s to %(high)s") % {
            "low": rounded(test.id, own.low),
            "high": rounded(test.id, own.high),
        }
    if own.high is not None:
        return _("up to %s") % rounded(test.id, own.high)
    if own.low is not None:
        return _("%s or more") % rounded(test.id, own.low)
    return ""


def _unit(test: Test) -> str:
    words: Any = value_words(test.id, 1.0, test.unit)
    return unit_words(str(words).rpartition("1 ")[2]) if test.kind == "number" else ""
