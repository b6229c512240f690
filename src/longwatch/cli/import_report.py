"""An import's account: what was filed, known, not watched, held, and what to do next."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longwatch.cli.output import command, hint, print_line, wrapped
from longwatch.core.held import HeldReason

if TYPE_CHECKING:
    from longwatch.exchange import FileReport, ImportReport

_NOUNS = {
    "patients": ("patient entry", "patient entries"),
    "identifiers": ("identifier", "identifiers"),
    "infusions": ("infusion", "infusions"),
    "results": ("result", "results"),
    "events": ("event", "events"),
}
_ENVELOPES = {
    "person in a message",
    "order",
    "envelope",
    "document beside the data",
    "mapping file",
}
_MOST = 8


def as_dict(report: ImportReport, into: Path, *, dry_run: bool = False) -> dict[str, Any]:
    """The account as plain data."""
    return {
        "record": str(into),
        "written": not dry_run,
        "read": report.read,
        "filed": dict(report.filed),
        "duplicates": report.duplicates,
        "held": _words(report.held),
        "not_watched": _words(report.counted),
        "notices": report.notices,
        "files": [_file(file) for file in report.files],
    }


def _file(file: FileReport) -> dict[str, Any]:
    return {
        "name": file.name,
        "format": file.format,
        "read": file.read,
        "filed": dict(file.filed),
        "duplicates": file.duplicates,
        "held": _words(file.held),
        "not_watched": _words(file.counted),
        "notices": file.notices,
    }


def _words(counter: Counter[str]) -> dict[str, int]:
    return {str(name): count for name, count in counter.most_common() if count}


def print_report(
    report: ImportReport, into: Path, *, dry_run: bool = False, quiet: bool = False
) -> None:
    """The account for a person; the numbers add up to the entries read."""
    for line in account(report):
        print_line(line)
    for notice in report.notices[:_MOST]:
        print_line(wrapped(notice, 4, "  ! "))
    if len(report.notices) > _MOST:
        print_line(f"  … and {len(report.notices) - _MOST:,} more notices (--json lists them)")
    if dry_run:
        print_line("Nothing was written (--dry-run).")
    elif report.filed.total() or report.held:
        print_line(f"Written to {into}.")
    else:
        print_line(f"Nothing new: {into} stays as it was.")
    if dry_run:
        return
    if report.held[HeldReason.UNKNOWN_PATIENT]:
        hint(
            "Unknown persons: import the list of patients, or repeat with --create-patients.", quiet
        )
    if report.held:
        hint(f"Next: {command('held', into)}   what waits for a person, with the remedy", quiet)
    hint(f"Next: {command('watch', into)}", quiet)


def account(report: ImportReport) -> list[str]:
    """What became of every entry, one line each; the numbers add up to the entries read."""
    files = [file for file in report.files if file.format != "held"]
    entries = f"{report.read:,} entries in {len(files):,} file{'' if len(files) == 1 else 's'}"
    lines = [f"Read {entries}:"]
    filed = [f"{count:,} {_noun(table, count)}" for table, count in report.filed.items() if count]
    lines.append(_line(report.filed.total(), "filed", ", ".join(filed)))
    if report.duplicates:
        lines.append(_line(report.duplicates, "known already", "the same entry came before"))
    counted = report.counted
    around = sum(count for name, count in counted.items() if name in _ENVELOPES)
    if around:
        lines.append(_line(around, "around results", "message headers, orders, persons named"))
    codes = Counter({name: n for name, n in counted.items() if name not in _ENVELOPES and n})
    if codes:
        shown = ", ".join(f"{name} ({n:,})" for name, n in codes.most_common(_MOST))
        more = f", and {len(codes) - _MOST:,} more" if len(codes) > _MOST else ""
        lines.append(_line(codes.total(), "not watched", f"{shown}{more}"))
    if report.held:
        waiting = report.record.held.num_rows
        items = "1 item waits" if waiting == 1 else f"{waiting:,} items wait"
        note = f"not used; {items} for a person:"
        lines.append(_line(report.held.total(), "held back", note))
        lines += held_lines(report.held)
    return lines


def held_lines(held: Counter[str]) -> list[str]:
    """Reasons with their numbers, in words."""
    return [
        wrapped(f"{name}: {HeldReason(name).sentence}", 16, f"{count:>13,}  ")
        for name, count in held.most_common()
    ]


def _noun(table: str, count: int) -> str:
    return _NOUNS.get(table, (table, table))[count != 1]


def _line(count: int, what: str, detail: str) -> str:
    return wrapped(detail, 26, f"{count:>9,}  {what:<15}")
