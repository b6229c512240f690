"""`Why`: a reason with the reasons beneath it, as data and as an indented tree of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Why:
    """One statement, where it comes from, and what it rests on.

    Inputs:
        text: the statement, one sentence or less.
        source: where it stands: the row of a Record as it names itself, or title and place of a
            document; empty when the statement only sums up its children.
        children: what it rests on, in the order in which a person reads it.
    """

    text: str
    source: str = ""
    children: tuple[Why, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The tree as JSON has it; every node carries all three keys.

        >>> Why("overdue", children=(Why("missing"),)).as_dict()["children"]
        [{'text': 'missing', 'source': '', 'children': []}]
        """
        return {
            "text": self.text,
            "source": self.source,
            "children": [child.as_dict() for child in self.children],
        }

    def walk(self) -> Iterator[Why]:
        """This node, then all beneath it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def lines(self) -> list[str]:
        r"""The tree as text, one line a node, the source in brackets.

        >>> print(*Why("overdue", "label", (Why("urine"), Why("blood"))).lines(), sep="\n")
        overdue [label]
        ├── urine
        └── blood
        """
        return list(self._lines("", ""))

    def _lines(self, head: str, rest: str) -> Iterator[str]:
        source = f" [{self.source}]" if self.source else ""
        yield head + one_line(self.text + source)
        for number, child in enumerate(self.children, start=1):
            last = number == len(self.children)
            yield from child._lines(
                rest + ("└── " if last else "├── "), rest + ("    " if last else "│   ")
            )

    def __str__(self) -> str:
        return "\n".join(self.lines())


def one_line(text: str) -> str:
    r"""Text on one line: line breaks, tabs and invisible signs from a sender become spaces.

    >>> one_line("clumped\n\tsee note")
    'clumped see note'
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
