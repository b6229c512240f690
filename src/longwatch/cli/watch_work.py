"""What `longwatch watch` does: read, watch, then print or write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.failures import show_problems
from longwatch.cli.nation import is_nation, watch_nation
from longwatch.cli.output import (
    command,
    hint,
    json_text,
    print_csv,
    print_grid,
    print_json,
    print_line,
    rows_of,
)
from longwatch.cli.progress import waiting
from longwatch.cli.reading import one_patient, open_record
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from longwatch.cli.together import Together


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; `form` empty: a table on the terminal, CSV in a folder."""

    record: Path
    protocol: str | None
    as_of: date
    patient: str | None = None
    table: str | None = None
    out: Path | None = None
    form: str | None = None
    quiet: bool = False


def run_watch(wish: Wish) -> bool:
    """Watches, and prints or writes the answer.

    Returns:
        Whether everything in the Record could be used.
    """
    _check(wish)
    if wish.patient is None and is_nation(wish.record):
        return watch_nation(wish)
    with waiting("Watching …", quiet=wish.quiet):
        together = _together(wish)
        if wish.out is not None:
            _write(together, wish)
    show_problems(together.problems)
    if wish.out is None:
        _print(together, wish)
    return not (together.problems or together.record.problems or together.unread_symptoms)


def _check(wish: Wish) -> None:
    if wish.form == "parquet" and wish.out is None:
        raise UsageError(Problem("Parquet is not for a terminal", how="add --out FOLDER"))
    if wish.out is not None and wish.table is not None:
        raise UsageError(
            Problem("--out writes every table, --table prints one", how="leave one of them away")
        )
    if wish.out is not None and wish.out.resolve() == wish.record.resolve():
        raise UsageError(
            Problem(
                "the answer would lie in the Record itself",
                str(wish.out),
                how="name another folder",
            )
        )


def _together(wish: Wish) -> Together:
    from longwatch.cli.together import watch_together

    if wish.patient is None:
        record = open_record(wish.record, quiet=wish.quiet)
    else:
        record = one_patient(wish.record, wish.patient, quiet=wish.quiet)
    return watch_together(record, wish.as_of, wish.protocol)


def _print(together: Together, wish: Wish) -> None:
    if wish.form == "json":
        print_json(_as_dict(together, wish.table))
    elif wish.form == "csv":
        print_csv(together.table(wish.table or "worklist"))
    elif wish.table is not None and wish.table != "worklist":
        _print_table(together.table(wish.table))
    else:
        _print_worklist(together, wish)


def _print_table(table: pa.Table) -> None:
    hidden = {"protocol", "version", "source", "suspects", "action"}
    shown = [name for name in table.column_names if name not in hidden]
    columns = table.select(shown).to_pydict()
    print_grid(shown, zip(*(map(_cell, columns[name]) for name in shown), strict=True))
    print_line(f"{table.num_rows:,} rows")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else value


def _print_worklist(together: Together, wish: Wish) -> None:
    from longwatch.cli.besides import print_besides
    from longwatch.cli.morning import morning
    from longwatch.cli.worklist_view import print_worklist

    list_of_today = morning(together)
    print_worklist(list_of_today, together.packs)
    print_besides(together, wish.record)
    if list_of_today.lines:
        first = list_of_today.lines[0].patient
        why = command("explain", wish.record, first, "--as-of", wish.as_of)
        hint(f"\nWhy? {why}", wish.quiet)


def _as_dict(together: Together, only: str | None = None) -> dict[str, object]:
    from longwatch.core.tables import OUTCOME

    names = [only] if only else list(OUTCOME)
    return {
        "as_of": together.as_of,
        "protocols": [{"id": pack.id, "version": pack.version} for pack in together.packs],
        "patients": together.everybody,
        "unusable_results": together.unusable,
        "unread_symptoms": together.unread_symptoms,
        "held": together.record.held.num_rows,
        "problems": [str(p) for p in (*together.record.problems, *together.problems)],
        **{name: rows_of(together.table(name)) for name in names},
    }


def _write(together: Together, wish: Wish) -> None:
    from longwatch.core.record_write import write_tables
    from longwatch.core.tables import OUTCOME

    assert wish.out is not None
    if wish.form == "json":
        from longwatch.cli.files import write_text

        wish.out.mkdir(parents=True, exist_ok=True)
        write_text(wish.out / "outcome.json", json_text(_as_dict(together)))
        written = "outcome.json"
    else:
        tables = {name: together.table(name) for name in OUTCOME}
        kind = "parquet" if wish.form == "parquet" else "csv"
        write_tables(tables, wish.out, "parquet" if kind == "parquet" else "csv")
        written = ", ".join(f"{name}.{kind}" for name in tables)
    hint(f"Written to {wish.out}: {written}", wish.quiet)
