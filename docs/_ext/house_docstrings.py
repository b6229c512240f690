"""Sphinx extension: the house's docstrings (`Inputs:`, `Returns:`, `Raises:`) as reStructuredText.

Sphinx's own reader of this style takes any words before a colon for the name of a type.
"""

import re

from sphinx.application import Sphinx

_SECTION = re.compile(r"^(Inputs|Returns|Raises|Yields):\s*$")
_ENTRY = re.compile(r"^([\w`*., ]+):\s+(.*)$")


def rewrite(lines: list[str]) -> list[str]:
    """A docstring's lines with each section as a heading and, where it names things, a list.

    >>> rewrite(["Does it.", "", "Inputs:", "    day: the day.", "        Any.", "", "After."])
    ['Does it.', '', '**Inputs**', '', '- ``day``: the day.', '  Any.', '', 'After.']
    """
    shown: list[str] = []
    section = ""
    for line in lines:
        heading = _SECTION.match(line)
        if heading:
            section = heading.group(1)
            shown += [f"**{section}**", ""]
        elif not section:
            shown.append(line)
        elif line and not line.startswith(" "):
            section = ""
            shown.append(line)
        elif section in {"Inputs", "Raises"} and (entry := _ENTRY.match(line[4:])):
            shown.append(f"- ``{entry.group(1).strip('`')}``: {entry.group(2)}")
        elif section in {"Inputs", "Raises"} and line:
            shown.append(f"  {line[4:].lstrip()}")
        else:
            shown.append(line[4:])
    return shown


def process(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list) -> None:
    """Called by autodoc for each docstring; changes `lines` in place."""
    lines[:] = rewrite(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
