"""What `longwatch endpoints` does: read, compute, then print or write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.files import write_text
from longwatch.cli.options import DEFAULT_PROTOCOL
from longwatch.cli.output import (
    hint,
    print_csv,
    print_grid,
    print_json,
    print_line,
    wrapped,
)
from longwatch.cli.progress import waiting
from longwatch.cli.reading import open_protocol, open_record
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.core.record import Record
    from longwatch.endpoints.report import Report
    from longwatch.endpoints.rule import Rule
    from longwatch.protocols.model import Pack

_PNG = "resvg_py"
"""The package that turns pictures into PNG; optional."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    record: Path
    definition: str
    as_of: date | None
    today: date
    protocol: str | None = None
    html: Path | None = None
    figures: Path | None = None
    title: str | None = None
    form: str = "table"
    quiet: bool = False


def run_endpoints(wish: Wish) -> bool:
    """Computes the report, writes what is to be written, prints the figures.

    Returns:
        Whether everything in the Record could be used.

    Raises:
        UsageError: an unknown definition or protocol, no Record, a folder that cannot be written.
    """
    from longwatch.endpoints.rule import Rule

    rule = Rule.preset(wish.definition)
    pack = open_protocol(wish.protocol or DEFAULT_PROTOCOL)
    record = open_record(wish.record, quiet=wish.quiet)
    with waiting("Computing …", quiet=wish.quiet):
        as_of, said = _day(record, wish)
        made = _computed(record, wish, as_of, rule, pack)
        written = _written(made, wish)
    if wish.form == "json":
        print_json(made.to_dict())
    elif wish.form == "csv":
        print_csv(made.figures)
    else:
        _print(made)
    for words in (*said, *written):
        hint(words, wish.quiet)
    return not record.problems


def _day(record: Record, wish: Wish) -> tuple[date, list[str]]:
    """The day of the report, and why that one where none was given."""
    from longwatch.endpoints.from_record import last_entry

    if wish.as_of is not None:
        return wish.as_of, []
    last, later = last_entry(record, wish.today)
    said = []
    if last is not None and last != wish.today:
        said.append(
            f"The day is {last}, that of the last entry: later months would count as missed only "
            f"because nothing has arrived yet. For today: --as-of {wish.today}."
        )
    if later:
        said.append(
            f"{later:,} entries lie after today, {wish.today}, and are not used. Of a virtual "
            "cohort --as-of with a later day takes them in; of a clinic they are mistyped dates."
        )
    return last or wish.today, said


def _computed(record: Record, wish: Wish, as_of: date, rule: Rule, pack: Pack) -> Report:
    from longwatch.endpoints.from_record import from_record
    from longwatch.endpoints.report import report
    from longwatch.endpoints.watched_by import watched_by

    watched = watched_by(pack)
    tests = {test for one in watched.series for test in one.tests}
    codes = {code for one in watched.series for _, code in one.events}
    cohort = from_record(record, as_of, tests=sorted(tests), events=sorted(codes))
    title = wish.title or wish.record.resolve().name
    return report(cohort, rule, watched=watched, title=title)


def _written(made: Report, wish: Wish) -> list[str]:
    """Writes page and pictures; says where they lie."""
    said = []
    try:
        if wish.html is not None:
            from longwatch import __version__
            from longwatch.endpoints.report_html import as_html

            write_text(wish.html, as_html(made, version=__version__))
            said.append(
                f"The report lies in {wish.html}; open it in a browser, print it for a PDF."
            )
        if wish.figures is not None:
            said.append(_pictures(made, wish.figures))
    except OSError as error:
        where = str(error.filename or wish.html or wish.figures)
        how = "name a file in a folder that is there and can be written"
        raise UsageError(Problem(f"cannot be written: {error.strerror}", where, how=how)) from None
    return said


def _pictures(made: Report, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    pictures = made.pictures()
    for name, svg in pictures.items():
        write_text(folder / f"{name}.svg", svg)
    if find_spec(_PNG) is None:
        return (
            f"{len(pictures)} pictures as SVG in {folder}. For PNG: pip install 'longwatch[png]'."
        )
    from longwatch.cli.picture_png import as_png

    for name, svg in pictures.items():
        (folder / f"{name}.png").write_bytes(as_png(svg))
    return f"{len(pictures)} pictures as SVG and PNG in {folder}."


def _print(made: Report) -> None:
    from longwatch.endpoints.report import CAUTION
    from longwatch.endpoints.report_model import published_words, study_title
    from longwatch.endpoints.report_settings import how_sure

    print_line(f"{made.title}, as known on {made.as_of}; definition {made.rule.name}.")
    print_line()
    rows = []
    for section in made.sections:
        for row in section.rows:
            beside = [f"{study_title(one)} {published_words(one)}" for one in row.published]
            sign = {"%": " %", "/a": " a year"}.get(row.unit, "")
            own = f"{row.shown}{sign}" + (f" ({row.interval})" if row.interval else "")
            rows.append((row.name, own if row.estimate is not None else row.why_not,
                         row.n, "\n".join(beside)))  # fmt: skip
    if rows:
        print_grid(("", "this cohort (95 %)", "people", "published (95 %)"), rows)
        print_line()
    for section in made.sections:
        if section.missing:
            print_line(wrapped(section.missing, 2, f"{section.title}: "))
    print_line(wrapped(how_sure(made.rule), 0))
    print_line(wrapped(CAUTION, 0))
