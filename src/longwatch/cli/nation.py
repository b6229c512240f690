"""`longwatch watch` of a Record too large for memory: streamed, told by its first rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.options import DEFAULT_PROTOCOL
from longwatch.cli.output import hint, print_grid, print_line, rows_of
from longwatch.cli.progress import groups_done
from longwatch.cli.reading import open_protocol
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.cli.watch_work import Wish

MANY_RESULTS = 2_000_000
"""From so many results on, a sorted Parquet Record is streamed."""

_SHOWN = 40


def is_nation(folder: Path) -> bool:
    """Is this a Parquet Record of so many results that it had better not be loaded?"""
    import pyarrow.parquet as pq

    from longwatch.core.record_files import reading_parquet

    path = folder / "results.parquet"
    if not path.is_file():
        return False
    with reading_parquet(path):
        return bool(pq.read_metadata(path).num_rows >= MANY_RESULTS)


def watch_nation(wish: Wish) -> bool:
    """Streams the watch over a large Record, then prints the head of its worklist or writes tables.

    Everybody follows one protocol: the one asked for, or the default.

    Returns:
        Whether every result could be used.

    Raises:
        UsageError: a table or format that cannot be streamed.
    """
    from longwatch.core.record_write import write_tables
    from longwatch.watch.stream import STREAMED, watch_parquet

    if wish.form == "json" or (wish.table is not None and wish.table not in STREAMED):
        raise UsageError(
            Problem(
                f"a Record of more than {MANY_RESULTS:,} results is streamed",
                str(wish.record),
                "readiness, prophylaxis and JSON are made for one patient or a clinic",
                "add --patient ID, or --out FOLDER with --format csv or parquet",
            )
        )
    pack = open_protocol(wish.protocol or DEFAULT_PROTOCOL)
    wanted = STREAMED if wish.out is not None else (wish.table or "worklist",)
    with groups_done("Watching", quiet=wish.quiet) as progress:
        answer = watch_parquet(pack, wish.record, wish.as_of, tables=wanted, progress=progress)
    if wish.out is not None:
        kind = wish.form if wish.form == "parquet" else "csv"
        write_tables(answer.tables, wish.out, "parquet" if kind == "parquet" else "csv")
        hint(f"Written to {wish.out}: {', '.join(f'{n}.{kind}' for n in wanted)}", wish.quiet)
    else:
        table = answer.tables[wanted[0]]
        head = rows_of(table.slice(0, _SHOWN))
        columns = ["rank", "patient", "tier", "days", "reason"] if wish.table is None else None
        names = columns or table.column_names
        print_grid(names, ([row[name] for name in names] for row in head))
        print_line(f"{table.num_rows:,} rows; {answer.patients:,} patients on the watch")
        hint("All rows: add --out FOLDER --format parquet", wish.quiet)
    if answer.unusable:
        print_line(f"{answer.unusable:,} results have a unit or size that cannot be used")
    if answer.valueless:
        print_line(f"{answer.valueless:,} results have no value that can be read")
    if answer.strangers:
        print_line(f"{answer.strangers:,} results belong to nobody in patients.parquet")
    if answer.unread_symptoms:
        from longwatch.watch.unread import in_words

        known = [symptom.id for symptom in pack.symptoms]
        count = sum(answer.unread_symptoms.values())
        print_line(f"{count:,} {in_words(answer.unread_symptoms, known)}")
    return not (answer.unusable or answer.valueless or answer.strangers or answer.unread_symptoms)
