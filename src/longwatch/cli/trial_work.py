"""What `longwatch trial` does: run, write, show."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longwatch.cli.progress import groups_done

if TYPE_CHECKING:
    from longwatch.trials.trial import TrialResult
    from longwatch.trials.years import Years


@dataclass(frozen=True)
class Asked:
    """The arguments of the command; `years`: None to leave the later years out."""

    design: str
    replicates: int
    seed: int
    years: int | None
    parameters: Path | None
    uncertainty: bool


def run(asked: Asked, *, quiet: bool) -> tuple[TrialResult, Years | None]:
    """The trial, and the later years where they are asked for."""
    from longwatch.mechanism.parameters import Parameters
    from longwatch.trials.trial import run_trial
    from longwatch.trials.uncertainty import read_values
    from longwatch.trials.years import check_years, predict_years

    if asked.years is not None:
        # Before minutes of work, not after.
        check_years(asked.years)
    shipped = Parameters.load()
    used = shipped
    if asked.parameters is not None:
        used = shipped.with_values(read_values(asked.parameters))
    common = (asked.replicates, asked.seed, used)

    def bar(doing: str) -> AbstractContextManager[Callable[[int, int], None] | None]:
        return groups_done(doing, quiet=quiet)

    def moving(moved: Callable[[int, int], None] | None) -> Callable[[int], None]:
        return lambda done: moved(done, asked.replicates) if moved is not None else None

    with bar("Running the trial") as moved:
        result = run_trial(
            asked.design, *common, progress=moving(moved), uncertainty=asked.uncertainty
        )
    if asked.years is None:
        return result, None
    with bar("Predicting the years after it") as moved:
        later = predict_years(
            asked.design,
            asked.years,
            *common,
            progress=moving(moved),
            uncertainty=asked.uncertainty,
        )
    return result, later


def write(result: TrialResult, later: Years | None, out: Path) -> list[str]:
    """Tables and picture in a folder; the names of the files."""
    from longwatch.cli.files import write_text
    from longwatch.core.record_write import write_tables
    from longwatch.trials.picture import as_svg
    from longwatch.trials.table import as_table, compare
    from longwatch.trials.years_table import years_table

    out.mkdir(parents=True, exist_ok=True)
    name = result.design.id
    tables = {name: as_table(compare(result))}
    if later is not None:
        tables[f"{name}-years"] = years_table(later)
    write_tables(tables, out, "csv")
    write_text(out / f"{name}.svg", as_svg(result))
    return [*(f"{one}.csv" for one in tables), f"{name}.svg"]


def as_json(result: TrialResult, later: Years | None) -> Any:
    """The rows of the comparison; with later years an object of both."""
    from longwatch.trials.table import as_table, compare
    from longwatch.trials.years_table import years_table

    rows = as_table(compare(result)).to_pylist()
    if later is None:
        return rows
    return {"figures": rows, "years": years_table(later).to_pylist()}


def as_words(result: TrialResult, later: Years | None) -> str:
    """The same for a terminal."""
    from longwatch.trials.table import as_text
    from longwatch.trials.years_table import years_text

    text = as_text(result)
    return (text if later is None else f"{text}\n{years_text(later)}").rstrip()
