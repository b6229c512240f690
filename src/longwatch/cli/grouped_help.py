"""The list of commands in `longwatch --help`: by what they are for, each with its sentence.

Plain text without rich: that alone halves the time of `--help`.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

LAST = "About"
"""The heading that stands at the end."""


class Grouped(TyperGroup):
    """A group that lists its commands under the heading each was given (`rich_help_panel`)."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the headings with their commands, in the order in which they were added."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is None or command.hidden:
                continue
            heading = getattr(command, "rich_help_panel", None)
            sections.setdefault(heading if isinstance(heading, str) else "Commands", []).append(
                (name, _sentence(command.help or ""))
            )
        # typer lists groups after commands; what is about the program itself comes last.
        for heading, rows in sorted(sections.items(), key=lambda section: section[0] == LAST):
            with formatter.section(heading):
                formatter.write_dl(rows)


def _sentence(text: str) -> str:
    """The first paragraph on one line."""
    return " ".join(text.split("\n\n")[0].split())
