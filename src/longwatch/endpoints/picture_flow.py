"""The flow of a cohort: a box for each stage, and beside it who left and why."""

from __future__ import annotations

import pyarrow as pa

from longwatch.endpoints.picture import WIDE, Sheet, fold

_MANY = 560
_SIZE = 15


def flow_plot(
    table: pa.Table,
    *,
    title: str = "Cohort flow",
    width: float = WIDE,
    key: str = "flow",
    alone: bool = True,
) -> str:
    """A picture of `flow`.

    Inputs:
        table: rows `FLOW`.
        title: read aloud.
        width, key, alone: as of `km_plot`.

    >>> from longwatch.endpoints.flow import flow
    >>> flow_plot(flow({"id": [1, 2]}, []))[:4]
    '<svg'
    """
    rows = table.to_pylist()
    narrow = width < _MANY
    box = width - 2 if narrow else width * 0.46
    said = "; ".join(
        f"{row['stage']}: {row['n']}"
        + (f" ({row['left']} left: {row['why']})" if row["why"] else "")
        for row in rows
    )
    sheet = Sheet(key, width, 1, title, f"{said}.")
    y = 1.0
    for row in rows:
        if row["why"]:
            room = (width if narrow else width * 0.46) - 44
            words = fold(f"{row['left']:,} not: {row['why']}", room, _SIZE)
            high = 19 * len(words) + 14
            x = 24.0
            sheet.line(x, y, x, y + high, "muted", 1.5)
            for at, line in enumerate(words):
                sheet.text(x + 20, y + 21 + 19 * at, line, "muted", size=_SIZE)
            sheet.line(x, y + 16, x + 14, y + 16, "muted", 1.5)
            y += high
        elif y > 1:
            sheet.line(24, y, 24, y + 16, "muted", 1.5)
            y += 16
        lines = fold(row["stage"], box - 110, _SIZE + 1)
        high = 20 * len(lines) + 18
        sheet.box(0, y, box, high, "own")
        sheet.box(1.5, y + 1.5, box - 3, high - 3, "paper")
        sheet.box(0, y, 6, high, "own")
        for at, line in enumerate(lines):
            sheet.text(22, y + 25 + 20 * at, line, size=_SIZE + 1)
        sheet.text(box - 16, y + 26, f"{row['n']:,}", "own", size=20, anchor="end", bold=True)
        y += high
    sheet.height = y + 2
    return sheet.svg(alone=alone)
