"""From a random patient on which two answers differ to a small case that can be pasted."""

from collections.abc import Callable
from datetime import date
from typing import Any

Rows = dict[str, list[dict[str, Any]]]

NAMES = ("results", "events", "infusions", "patients")
OPTIONAL = {
    "results": (
        "received",
        "low",
        "high",
        "comparator",
        "value_high",
        "status",
        "text",
        "laboratory",
    ),
    "events": ("end_date",),
    "patients": ("birth_date", "sex"),
}


def shrink(rows: Rows, differs: Callable[[Rows], bool]) -> Rows:
    """Deletes rows, then optional cells, as long as `differs` stays true."""
    rows = {name: list(rows[name]) for name in NAMES}
    for name in NAMES:
        size = max(1, len(rows[name]) // 2)
        while size:
            start = 0
            while start < len(rows[name]):
                fewer = rows[name][:start] + rows[name][start + size :]
                if differs({**rows, name: fewer}):
                    rows[name] = fewer
                else:
                    start += size
            size //= 2
    for name, columns in OPTIONAL.items():
        for place in range(len(rows[name])):
            for column in columns:
                if rows[name][place].get(column) is None:
                    continue
                blank = list(rows[name])
                blank[place] = {**blank[place], column: None}
                if differs({**rows, name: blank}):
                    rows[name] = blank
    return rows


def as_case(rows: Rows, as_of: date, told: list[str]) -> str:
    """YAML in the form of a pack's cases; the differences stand above it as comments."""
    lines = [f"# {line}" for line in told]
    lines += ["- name: Engine and oracle differ", f"  as_of: {as_of}", "  record:"]
    for row in rows["patients"]:
        for column in ("sex", "birth_date"):
            if row.get(column) is not None:
                lines.append(f"    {column}: {row[column]}")
    for section, status in (("infusions", "given"), ("planned", "planned")):
        courses: dict[Any, list[str]] = {}
        for row in sorted(rows["infusions"], key=lambda row: str(row["date"])):
            if (row.get("status") or "given") == status:
                courses.setdefault(row["course"], []).append(str(row["date"]))
        if courses:
            written = [f"{course}: [{', '.join(days)}]" for course, days in courses.items()]
            lines.append(f"    {section}: {{{', '.join(written)}}}")
    if rows["results"]:
        lines.append("    results:")
        lines += [f"      - {result_line(row)}" for row in rows["results"]]
    if rows["events"]:
        lines.append("    events:")
        lines += [f"      - {event_line(row)}" for row in rows["events"]]
    return "\n".join(lines)


def result_line(row: dict[str, Any]) -> str:
    value = row.get("value")
    written = "null" if value is None else repr(value)
    if value is not None and row.get("comparator"):
        written = f'"{row["comparator"]}{value!r}"'
    unit = "null" if row.get("unit") is None else f'"{row["unit"]}"'
    extras = [
        f"{name}: {row[name]}"
        for name in ("status", "low", "high", "value_high", "received", "text", "laboratory")
        if row.get(name) is not None
    ]
    tail = f", {{{', '.join(extras)}}}" if extras else ""
    return f"[{row['date']}, {row['test']}, {written}, {unit}{tail}]"


def event_line(row: dict[str, Any]) -> str:
    parts = [str(row["date"]), row["kind"]]
    if row.get("code") is not None:
        parts.append(row["code"])
    if row.get("end_date") is not None:
        parts.append(f"{{end_date: {row['end_date']}}}")
    return f"[{', '.join(parts)}]"
