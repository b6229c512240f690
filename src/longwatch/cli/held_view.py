"""The list of what waits for a person, by reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from longwatch.cli.output import console, visible, wrapped
from longwatch.core.held import HeldReason


def print_held(
    rows: Sequence[dict[str, Any]], *, raw: bool = False, most: int | None = None
) -> None:
    """Prints held rows: each reason once, below it where, whose, what, and how to mend it.

    Inputs:
        raw: with each entry as it arrived.
        most: so many of each reason, and how many are left.
    """
    screen = console()
    if not rows:
        screen.print("Nothing is held.")
        return
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["reason"]].append(row)
    for reason, some in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        words = HeldReason(reason).sentence
        screen.print(wrapped(f"{reason}: {words} ({len(some)})", 2, ""), style="bold")
        for row in some[:most]:
            whose = f", patient {row['patient']}" if row["patient"] else ""
            screen.print(wrapped(f"{row['where']}{whose}: {row['detail']}", 6, "  "))
            if raw:
                for line in (row["raw"] or "").splitlines():
                    screen.print(f"      | {visible(line)}", soft_wrap=True, style="dim")
        if most is not None and len(some) > most:
            screen.print(f"  … and {len(some) - most:,} more (--all)")
        for mend in dict.fromkeys(row["mend"] for row in some if row["mend"]):
            screen.print(wrapped(f"Mend: {mend}", 4, "  > "), style="green")
        screen.print()
    screen.print(f"{len(rows):,} held back in all")
