"""Sections of the report on who they are: flow and baseline. And the people, made ready."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from longwatch.core.daycolumns import months_after
from longwatch.endpoints.chances import DAYS_A_YEAR
from longwatch.endpoints.flow import Stage, flow
from longwatch.endpoints.frame_columns import whole_steps
from longwatch.endpoints.from_record import Cohort
from longwatch.endpoints.picture_flow import flow_plot
from longwatch.endpoints.published import published, settings
from longwatch.endpoints.relapses import relapse_days
from longwatch.endpoints.report_model import Picture, Section, Shown, persons
from longwatch.endpoints.rule import Rule
from longwatch.endpoints.table1 import table1

Floats = NDArray[np.float64]

_TRAITS = {
    "age": "Age at the first infusion, years",
    "female": "Female",
    "ms_years": "Years since the onset of MS",
    "edss": "EDSS at baseline",
    "relapses_before": "Relapses in the year before",
}


@dataclass(frozen=True)
class People:
    """The people of a cohort, made ready for every section.

    Inputs:
        cohort: as read.
        rule: the definition.
        all: `subjects` with `age`, `female`, `ms_years`, `edss`, `relapses_before`, and the
            columns of the stages; a value that is not known is null.
        treated: of them those with an infusion and follow-up.
        relapses: merged by the rule.
        visits: EDSS visits of the treated from the baseline on; only of those with a baseline.
        horizon: months that are set beside the trials.
    """

    cohort: Cohort
    rule: Rule
    all: pa.Table
    treated: pa.Table
    relapses: pa.Table
    visits: pa.Table
    horizon: int

    @property
    def limited(self) -> pa.Table:
        """The treated, followed for the months of the trials at most."""
        start, end = day_numbers(self.treated["start"]), day_numbers(self.treated["end"])
        last = np.minimum(end, months_after(start.astype(np.int64), self.horizon))
        at = self.treated.schema.get_field_index("end")
        return self.treated.set_column(at, "end", dates(last))


def make_ready(cohort: Cohort, rule: Rule) -> People:
    """The people of a cohort with what the sections need.

    Inputs:
        cohort: of `from_record`; rule: the definition.
    """
    known = settings()
    cohort = _on_scale(cohort, rule)
    table = cohort.subjects
    start = day_numbers(table["start"])
    relapses = relapse_days(cohort.relapses, rule)
    visits, edss = _from_baseline(cohort, start)
    ids = table["id"].combine_chunks()
    owner, days = _owned(relapses, "day", ids)
    begin = months_after(np.nan_to_num(start).astype(np.int64), -known["relapses_before"])
    before = (days < start[owner]) & (days >= begin[owner])
    counts = np.bincount(owner[before], minlength=len(start)).astype(float)
    # Nobody's relapse before the first infusion on record: that history was not kept.
    history = bool((days < start[owner]).any())
    counts[np.isnan(start) | ~np.full(len(start), history)] = np.nan
    end = day_numbers(table["end"])
    treated = ~np.isnan(start)
    followed = treated & (end > start)
    number_of = np.bincount(_owned(visits, "date", ids)[0], minlength=len(start))
    more = {
        "age": _column((start - day_numbers(table["birth_date"])) / DAYS_A_YEAR),
        "female": pc.equal(pc.if_else(pc.equal(table["sex"], "unknown"), None, table["sex"]),
                           "female"),
        "ms_years": _column((start - day_numbers(table["ms_onset"])) / DAYS_A_YEAR),
        "edss": _column(edss),
        "relapses_before": _column(counts),
        "treated": pa.array(treated),
        "followed": pa.array(followed),
        "has_baseline": pa.array(followed & ~np.isnan(edss)),
        "examined": pa.array(followed & (number_of > 1)),
    }  # fmt: skip
    for name, column in more.items():
        table = table.append_column(name, column)
    return People(
        cohort, rule, table, table.filter(pa.array(followed)), relapses, visits, known["horizon"]
    )


def _on_scale(cohort: Cohort, rule: Rule) -> Cohort:
    """The cohort without scores that are none; those and doubled days are counted."""
    visits = cohort.visits
    good = whole_steps(visits["value"].to_numpy(), *rule.scale)
    low, high, step = rule.scale
    kept = visits.filter(pa.array(good))
    days = kept.group_by(["id", "date"]).aggregate([]).num_rows
    found = [
        {
            "what": f"EDSS that are not {low:g} to {high:g} in steps of {step:g}",
            "rows": visits.num_rows - kept.num_rows,
            "rule": "not used: there is no such score",
        },
        {
            "what": "further EDSS of one day",
            "rows": kept.num_rows - days,
            "rule": f"one a day counts: the {rule.same_day} one",
        },
    ]
    more = pa.Table.from_pylist([one for one in found if one["rows"]], cohort.counts.schema)
    return replace(cohort, visits=kept, counts=pa.concat_tables([cohort.counts, more]))


def _from_baseline(cohort: Cohort, start: Floats) -> tuple[pa.Table, Floats]:
    """Visits from each one's baseline on, and its EDSS (nan: there is no baseline)."""
    known = settings()
    ids = cohort.subjects["id"].combine_chunks()
    visits = cohort.visits.sort_by([("id", "ascending"), ("date", "ascending")])
    owner, day = _owned(visits, "date", ids)
    value = visits["value"].to_numpy()
    since = day - start[owner]
    before = (since <= 0) & (since >= -known["baseline_before"])
    after = (since > 0) & (since <= known["baseline_after"])
    chosen = np.full(len(start), np.inf)
    np.minimum.at(chosen, owner[after], day[after])
    newest = np.full(len(start), -np.inf)
    np.maximum.at(newest, owner[before], day[before])
    chosen = np.where(np.isfinite(newest), newest, chosen)
    edss = np.full(len(start), -np.inf)
    here = day == chosen[owner]
    # Of two values on one day the worse one, as the definitions have it.
    np.maximum.at(edss, owner[here], value[here])
    keep = day >= chosen[owner]
    return visits.filter(pa.array(keep)), np.where(np.isfinite(edss), edss, np.nan)


def _owned(table: pa.Table, day: str, ids: pa.Array) -> tuple[NDArray[np.int64], Floats]:
    """Whose each row is, as a place in `ids`, and its day."""
    column = table["id"].combine_chunks()
    owner = pc.index_in(column, value_set=ids).to_numpy(zero_copy_only=False)
    return owner.astype(np.int64), day_numbers(table[day])


def flow_section(people: People) -> Section:
    """Who is in the Record, who was treated, followed, examined."""
    stages = [
        Stage("with an infusion given", "treated",
              "no infusion given yet, or it is not known which was the first"),
        Stage("followed after it", "followed", "nothing on record after the day of the infusion"),
        Stage("with an EDSS at baseline", "has_baseline",
              f"no EDSS in the {settings()['baseline_before']} days before the first infusion or "
              f"the {settings()['baseline_after']} after it"),
        Stage("with a further EDSS", "examined", "no EDSS after the baseline"),
    ]  # fmt: skip
    table = flow(people.all, stages, everybody="in the Record")
    counts = tuple(
        (row["what"], f"{row['rows']:,}", row["rule"]) for row in people.cohort.counts.to_pylist()
    )
    shown = Shown("Rows that were not used", ("What", "How many", "What was done"), counts)
    return Section(
        "flow",
        "Who is counted",
        lead=_flow_words(people),
        missing="" if people.all.num_rows else "This Record holds nobody.",
        tables=(shown,) if counts else (),
        pictures=(
            Picture(
                "flow",
                "From everybody in the Record to those whose disability was followed",
                lambda width, key, alone: flow_plot(table, width=width, key=key, alone=alone),
            ),
        )
        if people.all.num_rows
        else (),
    )


def _flow_words(people: People) -> str:
    if not people.treated.num_rows:
        return ""
    years = followed_years(people.treated)
    return (
        f"{persons(people.treated.num_rows)} treated and followed for {years.sum():,.0f} "
        f"person-years, {np.median(years):.1f} years at the median."
    )


def followed_years(table: pa.Table) -> Floats:
    """Years from start to end of each."""
    return (day_numbers(table["end"]) - day_numbers(table["start"])) / DAYS_A_YEAR


def baseline_section(people: People) -> Section:
    """Who they were at the first infusion, beside the people of the trials."""
    if not people.treated.num_rows:
        return Section("baseline", "At the first infusion", missing=nobody())
    found = table1(people.treated, list(_TRAITS)).to_pylist()
    rows = []
    studies = ("care-ms-1", "care-ms-2")
    for trait, title in _TRAITS.items():
        own = [row for row in found if row["trait"] == trait]
        beside = [_published_trait(trait, study) for study in studies]
        rows.append((title, *_own_trait(own), *beside))
    head = ("", "This cohort", "Not known", "CARE-MS I", "CARE-MS II")
    notes = []
    if rows[-1][1] == "not known":
        notes.append(
            "No relapse before a first infusion is on record, so how many there were is not known; "
            "it is not counted as none."
        )
    sexes = people.treated["female"].null_count
    if sexes:
        notes.append(f"The sex of {sexes} is not known.")
    return Section(
        "baseline",
        "At the first infusion",
        lead="A cohort that differs here can differ in every outcome for that reason alone.",
        tables=(Shown("Mean ± standard deviation, or per cent of those in whom it is known", head,
                      tuple(rows)),),
        notes=tuple(notes),
        methods=("Differences between groups are never tested at baseline.",),
    )  # fmt: skip


def _own_trait(rows: list[dict[str, Any]]) -> tuple[str, str]:
    first = rows[0] if rows else {"n": 0, "missing": "all"}
    missing = str(first["missing"])
    if not first["n"]:
        return "not known", missing
    if first["level"] is not None:
        yes = next((row for row in rows if row["level"] == "yes"), None)
        share = yes["share"] if yes else 0.0
        return f"{100 * share:.0f} % ({yes['count'] if yes else 0} of {first['n']})", missing
    sd = f" ± {first['sd']:.1f}" if first["sd"] is not None else ""
    return f"{first['mean']:.1f}{sd}", missing


def _published_trait(trait: str, study: str) -> str:
    for one in published().baseline:
        if (one.trait, one.study, one.arm) == (trait, study, "alemtuzumab"):
            return f"{one.mean:g} %" if one.sd is None else f"{one.mean:.1f} ± {one.sd:.1f}"
    return "–"


def nobody() -> str:
    """Why nothing is computed of people when nobody was treated."""
    return (
        "Nobody in this Record has an infusion given and an entry after it, so there is nobody to "
        "follow. Enter the infusions (table infusions, status given), or check the day."
    )


def day_numbers(column: pa.ChunkedArray) -> Floats:
    """Dates as day numbers; nan where missing."""
    numbers = pc.fill_null(column.cast(pa.int32()).cast(pa.float64()), float("nan"))
    return np.asarray(numbers.to_numpy(), np.float64)


def dates(days: NDArray[Any]) -> pa.Array:
    """Day numbers as dates."""
    return pa.array(np.asarray(days).astype(np.int32)).cast(pa.date32())


def _column(values: Floats) -> pa.Array:
    return pa.array(values, pa.float64(), from_pandas=True)
