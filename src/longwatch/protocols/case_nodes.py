"""Reading case files: small readers of nodes that collect problems instead of stopping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from longwatch.core.errors import Problem
from longwatch.protocols.guess import did_you_mean, nearest
from longwatch.protocols.nodes import Node, Scalar

Cell = Scalar | date


class Reader:
    """Reads nodes of one case; what does not fit is collected in `problems`."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, what: str, node: Node, how: str = "", *, of_key: bool = False) -> None:
        """Notes a problem at a node, or at the key that leads to it."""
        self.problems.append(Problem(what, node.where(of_key=of_key), how=how))

    def mapping(self, node: Node, known: Iterable[str] | None = None) -> dict[str, Node]:
        """The entries of a mapping; a key that is not `known` is noted, and read as it was meant.

        One that resembles none, or one that is there already, is left out.
        """
        if not isinstance(node.value, dict):
            self.wrong("this must be a mapping", node, "write key: value")
            return {}
        if known is None:
            return node.value
        names = list(known)
        found = {key: child for key, child in node.value.items() if key in names}
        for key, child in node.value.items():
            if key not in names:
                how = did_you_mean(key, names) or f"the keys here are {', '.join(names)}"
                self.wrong(f"{key!r} is not a key here", child, how, of_key=True)
                meant = nearest(key, names)
                if meant:
                    found.setdefault(meant, child)
        return found

    def entries(self, node: Node) -> list[Node]:
        """The entries of a list."""
        if not isinstance(node.value, list):
            self.wrong("this must be a list", node, "write [ … ]")
            return []
        return node.value

    def text(self, node: Node) -> str:
        """Text, not empty."""
        if not isinstance(node.value, str) or not node.value:
            self.wrong("this must be text", node)
            return ""
        return node.value

    def whole(self, node: Node, *, least: int = 0) -> int:
        """A whole number, at least `least`."""
        if isinstance(node.value, bool) or not isinstance(node.value, int) or node.value < least:
            self.wrong(f"this must be a whole number, at least {least}", node)
            return least
        return node.value

    def day(self, node: Node) -> date:
        """A date written as 2025-03-31."""
        try:
            return date.fromisoformat(str(node.value))
        except ValueError:
            self.wrong(f"{node.value!r} is not a date", node, "write it as 2025-03-31")
            return date.min

    def moment(self, node: Node) -> datetime:
        """A date, or a date and time without a zone."""
        try:
            found = datetime.fromisoformat(str(node.value))
        except ValueError:
            found = None
        if found is None or found.tzinfo is not None:
            how = "write it as 2025-03-31 or 2025-03-31T08:30"
            self.wrong(f"{node.value!r} is not a point in time", node, how)
            return datetime.min  # noqa: DTZ901 (a stand-in beside a noted problem)
        return found

    def choice(self, node: Node, known: Iterable[str], what: str) -> str:
        """One of some known words."""
        names = list(known)
        if node.value not in names:
            how = did_you_mean(str(node.value), names) or f"one of: {', '.join(names)}"
            self.wrong(f"there is no {what} {node.value!r}", node, how)
        return str(node.value)

    def row(self, node: Node, columns: Mapping[str, type]) -> dict[str, Cell]:
        """Expected cells of one row, by column; `null` means that the cell is empty."""
        found: dict[str, Cell] = {}
        for name, child in self.mapping(node, columns).items():
            if child.value is None:
                found[name] = None
            elif columns[name] is date:
                found[name] = self.day(child)
            elif columns[name] is int:
                found[name] = self.whole(child)
            else:
                found[name] = self.text(child)
        return found
