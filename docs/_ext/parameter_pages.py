"""The page of the mechanism's parameters: every number with unit, evidence, source and place."""

from markdown import code, table, text

from longwatch.cli.model_work import sections
from longwatch.mechanism.parameters import Parameters

_HEAD = """# The parameters of the mechanism

Every number of the virtual patients. *measured*: somebody measured it; *fitted*: to the facts
named; *assumed*: neither. *verified*: was the number read in its source (yes), is it recalled, or
is it our proposal? `longwatch model SECTION` prints the same.

"""


def page() -> str:
    """A table of all sections, and one of each."""
    counted = sections()
    parts = [_HEAD, _grid(counted)]
    entries = Parameters.load().entries.values()
    for name in [row["section"] for row in counted[:-1]]:
        rows = [
            [
                code(one.id),
                f"{one.value:g} {text(one.unit)}",
                text(one.meaning) + (f" ({text(one.note)})" if one.note else ""),
                f"{one.range[0]:g} to {one.range[1]:g}",
                one.evidence,
                text(f"{one.source}: {one.place}"),
                one.verified,
            ]
            for one in entries
            if one.id.startswith(f"{name}.")
        ]
        head = ["parameter", "value", "meaning", "may be", "evidence", "source", "verified"]
        parts.append(f"## {name}\n\n{table(head, rows)}\n")
    return "\n".join(parts)


def _grid(rows: list[dict[str, object]]) -> str:
    return table(list(rows[0]), [[str(cell) for cell in row.values()] for row in rows]) + "\n"
