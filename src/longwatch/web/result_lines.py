"""The newest result of each test in words: where it stands, and what happens next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from longwatch.core.catalogue import Test, catalogue
from longwatch.core.status import Sex
from longwatch.store.models import SignOff
from longwatch.watch.action_lines import Own, action_lines
from longwatch.watch.words import rounded, value_words
from longwatch.web.charts.number_line import Scale, number_line
from longwatch.web.charts.trend import trend
from longwatch.web.dossier import Dossier, Row
from longwatch.web.plain import test_words

MAIN = ("platelets", "creatinine", "tsh", "alt")
"""What the first page shows: blood, kidneys, thyroid, liver."""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One test of one person.

    Inputs:
        look: `act`, `late` (outside the usual range), `ok`, `unknown` (no range to compare with).
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


def result_lines(
    dossier: Dossier, main_only: bool = False, signed: Sequence[SignOff] = ()
) -> list[ResultLine]:
    """A line for each test with a value, in the order of the protocol's activities.

    Inputs:
        main_only: the first page's tests, without their trends, which it does not show.
        signed: what the clinic has signed off, as `signed_off` gives it.
    """
    wanted = MAIN if main_only else _order(dossier)
    flagged = {row["test"] for row in dossier.findings if row["test"]}
    seen = {(one.result.test, one.result.date): one for one in signed}
    return [
        _line(dossier, test, test in flagged, seen, with_trend=not main_only)
        for test in wanted
        if test in dossier.results
    ]


def signed_off(dossier: Dossier) -> list[SignOff]:
    """Who signed the newest results off, the latest last."""
    person = dossier.person
    mine = Q(result__patient=person) | Q(result__patient__joined_into=person)
    newest = {rows[-1]["date"] for rows in dossier.results.values()}
    found = SignOff.objects.filter(
        mine, result__date__in=newest, result__superseded_by=None, result__gone=False
    )
    return list(found.select_related("actor", "result").order_by("at"))


def _order(dossier: Dossier) -> list[str]:
    named = [test for part in dossier.pack.recurring for test in part.answered_by.tests]
    return list(dict.fromkeys([*MAIN, *named, *sorted(dossier.results)]))


def _line(
    dossier: Dossier,
    name: str,
    flagged: bool,
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
    look, verdict = _verdict(newest, own, flagged)
    shown = value_words(name, value, None).rpartition(" ")[2]
    shown = f"{newest['comparator'] or ''}{shown}"
    picture = ""
    if test.kind == "number":
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
        name, title, _unit(test), shown, newest["date"], look, verdict, _usual(name, own),
        picture, drawn, list(reversed(rows)), purpose, _means(look), newest["received"],
        seen.get((name, newest["date"])),
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


def _verdict(newest: Row, own: Own, flagged: bool) -> tuple[str, str]:
    if flagged:
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
    return "ok", _("In the usual range")


def _means(look: str) -> str:
    """What follows for the person: always a sentence, never "fine" alone."""
    if look == "act":
        return _("Your clinic looks at this result. If nobody has called you, call them today.")
    if look == "late":
        return _("A little outside does not always mean harm. Your team compares it with the next.")
    if look == "wait":
        return _("The final result will follow.")
    if look == "unknown":
        return _("Ask your nurse what it means for you.")
    return _("No action is needed. Come to your next test.")


def _usual(test: str, own: Own) -> str:
    if own.low is not None and own.high is not None:
        return _("%(low)s to %(high)s") % {
            "low": rounded(test, own.low),
            "high": rounded(test, own.high),
        }
    if own.high is not None:
        return _("up to %s") % rounded(test, own.high)
    if own.low is not None:
        return _("%s or more") % rounded(test, own.low)
    return ""


def _unit(test: Test) -> str:
    words: Any = value_words(test.id, 1.0, test.unit)
    return str(words).rpartition("1 ")[2] if test.kind == "number" else ""
