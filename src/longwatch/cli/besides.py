"""What stands beside a worklist: what could not be used, and where to look."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.output import command, print_line, wrapped

if TYPE_CHECKING:
    from longwatch.cli.together import Together


def print_besides(together: Together, record: Path) -> None:
    """Held items, unusable results, rules that could not be judged, codes nobody watches."""
    lines = besides(together, record)
    if lines:
        print_line()
        print_line("Not in this list")
        for count, text in lines:
            print_line(wrapped(text, 9, f"{count:>7,}  "))


def besides(together: Together, record: Path) -> list[tuple[int, str]]:
    """Each with its number."""
    lines = []
    held = together.record.held
    if held.num_rows:
        reasons = Counter(held["reason"].to_pylist())
        listed = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
        text = f"held back until a person decides ({listed}): {command('held', record)}"
        lines.append((held.num_rows, text))
    if together.unusable:
        lines.append((together.unusable, "results with a unit or size that cannot be used"))
    unread = together.unread_symptoms
    if unread:
        from longwatch.watch.unread import in_words

        known = sorted({symptom.id for pack in together.packs for symptom in pack.symptoms})
        lines.append((sum(unread.values()), in_words(unread, known)))
    unjudged = together.table("unjudged")
    if unjudged.num_rows:
        people = len(set(unjudged["patient"].to_pylist()))
        text = f"rules without a baseline or limit to judge by ({people} people): --table unjudged"
        lines.append((unjudged.num_rows, text))
    unwatched = together.record.unwatched
    if unwatched:
        count = sum(unwatched.values())
        lines.append(
            (count, f"results of tests nobody watches ({', '.join(sorted(unwatched)[:8])})")
        )
    return lines
