"""The worklist on a terminal or in a pipe: by tier, with reasons, signs besides colors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from longwatch.cli.morning import (
    CONTRADICTION,
    ENDED,
    NOT_STARTED,
    UNCLEAR,
    UP_TO_DATE,
    WINDOW_OPEN,
    Line,
    Morning,
    tier_words,
)
from longwatch.cli.output import console, visible, wrapped
from longwatch.core.status import TIERS, Tier

if TYPE_CHECKING:
    from rich.console import Console

    from longwatch.protocols.model import Pack

_LOOKS = {
    Tier.EMERGENCY: ("!!!", "EMERGENCY", "bold white on red"),
    Tier.SAME_DAY: ("!! ", "SAME DAY", "bold red"),
    Tier.HOURS_48: ("!  ", "WITHIN 48 HOURS", "bold yellow"),
    Tier.WEEK: ("-  ", "WITHIN A WEEK", "bold cyan"),
    Tier.ROUTINE: (".  ", "AT THE NEXT CONTACT", "bold"),
}
_COUNTED = (
    *((str(tier), _LOOKS[tier][1].lower()) for tier in TIERS),
    (CONTRADICTION, "nothing can be judged: record to be put right"),
    (WINDOW_OPEN, "a test may be done now, nothing overdue"),
    (UP_TO_DATE, "up to date"),
    (NOT_STARTED, "first test not yet due"),
    (UNCLEAR, "partly unknown, for lack of facts"),
    (ENDED, "watch has ended"),
)


def print_worklist(morning: Morning, packs: Sequence[Pack], *, windows: bool = True) -> None:
    """The whole worklist.

    Inputs:
        windows: whether people with nothing but an open window are listed, or only counted.
    """
    screen = console()
    _title(screen, morning, packs)
    meanings = tier_words(list(packs))
    for tier in TIERS:
        lines = morning.of(str(tier))
        if lines:
            _tier(screen, tier, lines, meanings.get(tier, ""))
    wrong = morning.of(CONTRADICTION)
    if wrong:
        _heading(
            screen,
            "?  ",
            "NOTHING CAN BE JUDGED: RECORD TO BE PUT RIGHT",
            "bold magenta",
            len(wrong),
        )
        for line in wrong:
            _one(screen, line, [line.reason.removeprefix("Nothing can be judged: ")])
    open_now = morning.of(WINDOW_OPEN)
    if open_now and windows:
        _heading(
            screen, "   ", "WINDOW OPEN: THE TEST MAY BE DONE NOW", "bold green", len(open_now)
        )
        for line in open_now:
            _compact(screen, line)
    print_counts(screen, morning)


def print_counts(screen: Console, morning: Morning) -> None:
    """Where everybody stands; the numbers add up."""
    screen.print()
    screen.print("Everybody on the watch", style="bold")
    for kind, words in _COUNTED:
        if morning.counts[kind]:
            screen.print(f"{morning.counts[kind]:>7,}  {words}")
    screen.print(f"{morning.everybody:>7,}  in all")


def _title(screen: Console, morning: Morning, packs: Sequence[Pack]) -> None:
    day = f"{morning.as_of:%A} {morning.as_of.day} {morning.as_of:%B %Y}"
    followed = ", ".join(f"{pack.id} {pack.version}" for pack in packs)
    screen.print(f"Worklist of {day}", style="bold")
    drafts = [pack.id for pack in packs if pack.state == "draft"]
    note = "; a draft that nobody has signed" if drafts else ""
    screen.print(wrapped(f"by {followed}{note}", 0), style="dim")


def _tier(screen: Console, tier: Tier, lines: list[Line], meaning: str) -> None:
    sign, words, style = _LOOKS[tier]
    _heading(screen, sign, words, style, len(lines))
    if meaning:
        screen.print(wrapped(meaning, 4), style="italic")
    for line in lines:
        _one(screen, line, _reasons(line), line.actions)


def _heading(screen: Console, sign: str, words: str, style: str, count: int) -> None:
    from rich.text import Text

    people = "1 person" if count == 1 else f"{count} people"
    screen.print()
    screen.print(Text.assemble((f"{sign} {words}", style), f"  {people}"))


def _one(screen: Console, line: Line, reasons: Iterable[str], actions: Iterable[str] = ()) -> None:
    from rich.text import Text

    who = visible(f"{line.rank:>4}  {line.patient}")
    name = visible(f"  {line.name}" if line.name else "")
    screen.print(Text(who, style="bold") + Text(name))
    for reason in reasons:
        screen.print(wrapped(reason, 8, "      "))
    for action in actions:
        screen.print(wrapped(action, 10, "      > "), style="green")


def _reasons(line: Line) -> list[str]:
    reasons = list(line.findings)
    if line.overdue:
        reasons.append(f"Overdue {_overdue(line)}")
    if line.due:
        reasons.append(f"May be done now: {_due(line)}")
    reasons += line.blocked
    return reasons


def _overdue(line: Line) -> str:
    """`133 days: blood count, creatinine; 95 days: thyroid`."""
    waits: dict[int, list[str]] = {}
    for title, days in line.overdue:
        waits.setdefault(days, []).append(title)
    return "; ".join(f"{_days(days)}: {', '.join(titles)}" for days, titles in waits.items())


def _compact(screen: Console, line: Line) -> None:
    who = visible(f"{line.rank:>4}  {line.patient:<8} ")
    screen.print(wrapped(_due(line), len(who), who))


def _due(line: Line) -> str:
    return ", ".join(f"{title} by {closes}" for title, closes in line.due)


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"
