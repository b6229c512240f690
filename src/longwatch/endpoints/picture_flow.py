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
            room = (width if narrow else width - box - 60) - 44
            words = fold(f"{row['left']:,} not: {row['why']}", room, _SIZE)
            high = max(19 * len(words) + 14, 30) if narrow else max(19 * len(words) + 6, 34)
            x, middle = (24.0, 16.0) if narrow else (box / 2, high / 2)
            edge = 38.0 if narrow else box + 36
            sheet.line(x, y, x, y + high, "muted", 1.5)
            sheet.line(x, y + middle, edge, y + middle, "muted", 1.5)
            begin = y + middle + 5 - (0 if narrow else 19 * (len(words) - 1) / 2)
            for at, line in enumerate(words):
                sheet.text(edge + 8, begin + 19 * at, line, "muted", size=_SIZE)
            y += high
        elif y > 1:
            x = 24.0 if narrow else box / 2
            sheet.line(x, y, x, y + 16, "muted", 1.5)
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
