"""Figures as tables: on the terminal, and in `bench/results/` as JSON and a README made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_TITLES = {
    "watch": "The watch, Parquet to worklist",
    "latency": "One patient through the Python API",
    "import": "Importing files",
    "commands": "Commands, from a fresh process",
    "mechanism": "Virtual patients: drug and cells over 60 months",
    "cohorts": "Virtual cohorts: five years of people to a Record on disk",
    "endpoints": "Trial endpoints: confirmed worsening beside pymsprog, estimators beside others",
    "pages": "Pages: 50 nurses at once, 10 s between two pages of one nurse",
}
_LABELS = {
    "read-pyarrow": "reading alone: PyArrow, columns into memory (the limit)",
    "read-pyarrow-groups": "reading alone: PyArrow, row group by row group",
    "read-duckdb": "reading alone: DuckDB, reduced to greatest values",
    "read-polars": "reading alone: Polars, columns into memory",
    "longwatch": "**Longwatch, streamed: worklist**",
    "longwatch-all-tables": "Longwatch, streamed: all five tables",
    "longwatch-shipped-pack": "Longwatch, streamed: worklist, pack as shipped",
    "longwatch-in-memory": "Longwatch: Record read, checked, watched in memory",
    "longwatch-python": "the same by the interpreter",
    "duckdb-stream": "DuckDB SQL, asks the file at each step",
    "duckdb-table": "DuckDB SQL, narrow table first",
    "pandas": "pandas",
}


def words(name: str, figures: dict[str, Any]) -> str:
    """One benchmark as Markdown tables."""
    parts = [f"## {_TITLES[name]}"]
    if name == "watch":
        parts += _watch(figures)
    elif name == "mechanism":
        parts += _mechanism(figures)
    else:
        parts.append(_table(["what", "figure"], [[key, value] for key, value in _flat(figures)]))
    return "\n\n".join(parts) + "\n"


def _flat(figures: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in figures.items():
        name = f"{before}{key}".replace("_", " ")
        found += _flat(value, f"{name}: ") if isinstance(value, dict) else [(name, value)]
    return found


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _watch(figures: dict[str, Any]) -> list[str]:
    parts = []
    for size, engines in figures["sizes"].items():
        own = engines["longwatch"]["wall_s"]
        rows = []
        for name, taken in engines.items():
            rows.append(
                [
                    _LABELS[name],
                    f"{taken['wall_s']:.3g}",
                    f"{taken['cpu_s']:.3g}",
                    taken["peak_mib"],
                    taken["loaded_mib"],
                    f"{taken['wall_s'] / own:.2f}",
                    taken["runs"],
                ]
            )
        same = figures["equal"].get(size)
        result = f"{int(size):,} patients, {figures['results'][size]:,} results."
        if same:
            others = ", ".join(name for name in same if name != "rows")
            result += f" The {same['rows']:,} rows of the worklist are equal from: {others}."
        head = ["engine", "s", "CPU s", "peak MiB", "of it loaded", "times Longwatch", "runs"]
        parts += [result, _table(head, rows)]
        ratios = [[key.replace("_", " "), value] for key, value in figures["ratios"][size].items()]
        parts.append(_table(["ratio", "times"], ratios))
    growth = [[step, exponent] for step, exponent in figures["growth"].items()]
    goals = [
        [name, goal["goal"], goal["measured"], "yes" if goal["met"] else "**no**"]
        for name, goal in figures["goals"].items()
    ]
    if growth:
        parts.append(_table(["patients", "exponent of the time"], growth))
    if goals:
        parts.append(_table(["goal", "set", "measured", "reached"], goals))
    parts.append(
        f"Compiling the kernel from nothing took {figures['cold_compile_s']} s (once per version "
        f"and user; not in the times above). The SQL has {figures['lines_of_sql']} lines."
    )
    return parts


def _mechanism(figures: dict[str, Any]) -> list[str]:
    best = figures["best_peer"]
    speed = figures["engines"][best]["patients_per_cpu_s"] if best else None
    rows = [
        [
            f"**{name}**" if name == "longwatch" else name,
            f"{got['patients_per_cpu_s']:,.0f}",
            f"{got['patients_per_cpu_s'] / speed:.1f}" if speed else "",
            f"{got['error_p99']:.1e}",
            f"{got['error_max']:.1e}",
            f"{got['first_call_s']:.1f}",
        ]
        for name, got in figures["engines"].items()
    ]
    head = [
        "engine, tolerance", "patients a CPU s", "times the best peer",
        "99 of 100 errors below", "largest error", "s of the first call",
    ]  # fmt: skip
    asked = figures["error_asked_for"]
    met = "reached" if figures["goal"]["met"] else "**not reached**"
    ratio = figures["times_best_peer"]
    words = f"The best peer with 99 of 100 errors below {asked:g} is {best}."
    if ratio:
        goal = figures["goal"]["times"]
        words += f" Longwatch makes {ratio:.0f} times as many patients (goal {goal}: {met})."
    missing = [f"{name}: {why}" for name, why in figures["not_measured"].items()]
    grown = figures["growth"]
    steps = [
        [
            f"{int(size):,}",
            f"{seconds:.3g}",
            "" if number == 0 else f"{grown['exponents'][number - 1]:.2f}",
        ]
        for number, (size, seconds) in enumerate(grown.get("cpu_s", {}).items())
    ]
    return [
        _table(head, rows),
        words,
        "Not measured: " + ("; ".join(missing) or "none") + ".",
        _table(["patients", "CPU s", "exponent from the size before"], steps),
    ]


_ABOUT = """\
# Measured

Made by `./run bench` from the JSON files beside it; the figures of one section come from one run.
Medians; every measurement in a process of its own, compiled code loaded before the clock starts,
two threads each. On a shared machine ratios count more than seconds: reading and Longwatch take
turns, seven times.

The patients are made (`bench/generate.py`): a monthly draw of 8 tests for about 50 months, 15 %
of the results missed, 1 to 3 courses, three laboratories with their own units and limits,
corrected, preliminary and withdrawn results, a few contradictory records. The protocol is
`alemtuzumab-us` with all activities, and all rules but CRE-2 and TMA-1, which join several tests
(writing their endings by hand in SQL would be a project of its own), and without blocked courses.
Its panels ask for the tests
these data have (blood count without white cells, urine red cells, ALT), or nobody would ever be
complete. The row "pack as shipped" is without these changes.

The DuckDB SQL and the pandas code give the same worklist, row for row (rank, patient, tier, item
shown, since, days, counts), or the run fails. They leave out what these data cannot show, to
their advantage: rules on symptoms and on tests nobody measured, units outside the three
laboratories', sizes that are not plausible, and the sentence of why.
"""


def keep(folder: Path, name: str, figures: dict[str, Any]) -> None:
    """Writes `NAME.json`, then the README of all JSON files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    parts = [_ABOUT]
    for known in _TITLES:
        path = folder / f"{known}.json"
        if path.exists():
            read = json.loads(path.read_text())
            about = {key: read.pop(key) for key in ("date", "machine", "libraries")}
            versions = ", ".join(f"{part} {number}" for part, number in about["libraries"].items())
            section = words(known, read)
            title, rest = section.split("\n", 1)
            parts.append(f"{title}\n\n{about['date']}; {about['machine']}; {versions}.\n{rest}")
    (folder / "README.md").write_text("\n".join(parts))
