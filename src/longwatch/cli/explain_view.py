"""A tree of reasons on the screen, folded to its width with the branches kept."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from longwatch.cli.output import console, width

_BRANCH = re.compile(r"^[│├└─ ]*")


def print_tree(lines: Iterable[str]) -> None:
    """Prints the lines of a tree; the source of each stands dimmed in brackets."""
    from rich.text import Text

    screen = console()
    for number, line in enumerate(lines):
        for row in folded(line, width()):
            text = Text(row, style="bold" if number == 0 else "")
            text.highlight_regex(r"\[[^\]]*\]$", "dim")
            screen.print(text, soft_wrap=True)


def folded(line: str, columns: int) -> list[str]:
    """One line of a tree as several, each no wider than `columns`.

    >>> folded("├── platelets 38 [result]", 18)
    ['├── platelets 38', '│   [result]']
    """
    found = _BRANCH.match(line)
    head = found.group() if found else ""
    rest = head.replace("├──", "│  ").replace("└──", "   ")
    words = line[len(head) :]
    rows = textwrap.wrap(words, max(columns - len(head), 14), break_on_hyphens=False) or [""]
    return [(head if place == 0 else rest) + row for place, row in enumerate(rows)]
