"""Sections of the report on disability: confirmed worsening, improvement, change of the EDSS."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pyarrow.compute as pc

from longwatch.core.daycolumns import months_after
from longwatch.endpoints.disability import disability_events
from longwatch.endpoints.picture_bars import Part, bars
from longwatch.endpoints.published import published, settings
from longwatch.endpoints.report_model import Picture, Row, Section, persons
from longwatch.endpoints.report_people import People, day_numbers, nobody
from longwatch.endpoints.report_rows import (
    beside_picture,
    curve_picture,
    months_in_days,
    share_at,
    warnings_of,
)
from longwatch.endpoints.result import Result
from longwatch.endpoints.survival import km
from longwatch.endpoints.time_to_event import EventKind, time_to

_TITLES = {"CDW": "Confirmed worsening", "CDI": "Confirmed improvement"}
_LEVEL = 0.95
_EPOCH = date(1970, 1, 1)
_NO_VISITS = (
    "No EDSS stands in this Record (a result of the test 'edss', unit {score}), so nothing can be "
    "said about disability. That is no sign that nobody got worse."
)


def disability_section(people: People, kind: EventKind) -> Section:
    """Time to confirmed worsening (`CDW`) or improvement (`CDI`)."""
    title = _TITLES[kind]
    name = "worsening" if kind == "CDW" else "improvement"
    if not people.treated.num_rows:
        return Section(name, title, missing=nobody())
    if not people.cohort.visits.num_rows:
        return Section(name, title, missing=_NO_VISITS)
    with_baseline = people.treated.filter(people.treated["has_baseline"])
    rule = people.rule.with_(event="firstCDW" if kind == "CDW" else "firstCDI", classify=False)
    notes = []
    if kind == "CDI" and rule.improvement_from > 0:
        able = pc.greater_equal(with_baseline["edss"], rule.improvement_from)
        low = with_baseline.num_rows - (pc.sum(able).as_py() or 0)
        with_baseline = with_baseline.filter(able)
        if low:
            notes.append(
                f"{persons(low)} with an EDSS below {rule.improvement_from:g} at baseline cannot "
                "improve by this definition: not counted."
            )
    if not with_baseline.num_rows:
        return Section(
            name,
            title,
            missing="Nobody treated has an EDSS at baseline from which this could be counted: in "
            f"the {settings()['baseline_before']} days before the first infusion, or the "
            f"{settings()['baseline_after']} days after it.",
        )
    visits = people.visits.filter(pc.is_in(people.visits["id"], with_baseline["id"]))
    relapses = people.relapses.select(["id", "day"]).rename_columns(["id", "date"])
    events = disability_events(visits, relapses, rule)
    times = time_to(events, with_baseline, kind, visits=visits)
    lost = Counter(status for status in times["status"].to_pylist() if "not_assess" in status)
    notes += [
        f"{persons(many)} cannot be judged ({why.partition(': ')[2]}): not counted as stable."
        for why, many in sorted(lost.items())
    ]
    if times["time"].null_count == times.num_rows:
        return Section(
            name,
            title,
            missing="Nobody was examined long enough after the baseline for a change to be "
            "confirmed.",
            notes=tuple(notes),
        )
    times = times.filter(times["time"].is_valid())
    curve = km(times, rule=rule)
    at = km(times, times=[months_in_days(people.horizon)], rule=rule)
    row = share_at(
        f"{title} by {people.horizon} months",
        at,
        people,
        published().of(name),
        people.horizon,
        falling=False,
        key=f"{title.lower()} by {people.horizon} months" if kind == "CDW" else "",
    )
    if kind == "CDI":
        notes.append("Our sources give no figure of the pivotal trials for this endpoint.")
    return Section(
        name,
        title,
        lead=_count_words(curve),
        rows=(row,),
        pictures=(curve_picture(name, title, curve, people, name, falling=False),),
        notes=(*notes, *warnings_of(at)),
        methods=(f"Curve: {curve.method}.", rule.describe()),
    )


def change_section(people: People) -> Section:
    """Change of the EDSS from baseline to the end of the trials' time."""
    months, window = people.horizon, settings()["visit_window"]
    title = f"Change of EDSS at {months} months"
    if not people.treated.num_rows:
        return Section("edss-change", title, missing=nobody())
    if not people.cohort.visits.num_rows:
        return Section("edss-change", title, missing=_NO_VISITS)
    change, due = _changes(people, months, window)
    known = change[~np.isnan(change)]
    absent = int(due.sum()) - len(known)
    note = (
        f"{persons(absent)} treated at least {months} months before the day without an EDSS at "
        f"baseline or none within {window} days of month {months}."
    )
    if len(known) < 2:
        why = f"Fewer than two people have an EDSS at baseline and near month {months}."
        return Section("edss-change", title, missing=why, notes=(note,))
    half = _t_quantile(len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known))
    mean = float(known.mean())
    row = Row(
        f"Mean change of EDSS at {months} months",
        "{score}",
        mean,
        mean - half,
        mean + half,
        n=len(known),
        published=tuple(published().of("edss_change")),
        method="Mean of the changes seen, interval from the t distribution",
        rule=people.rule.name,
    )
    step = people.rule.scale[2] or 0.5
    return Section(
        "edss-change",
        title,
        lead=_change_words(known),
        rows=(row,),
        pictures=(
            beside_picture("edss-change", row.name, row, "edss_change"),
            _histogram(known, step, months),
        ),
        notes=(note, "In the trials the change comes from a model of all visits."),
        methods=(
            f"{row.method}; the visit nearest to month {months}, at most {window} days away.",
        ),
    )


def _changes(people: People, months: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Change of each of the treated (nan: not known), and who was due for it."""
    table, visits = people.treated, people.visits
    start = day_numbers(table["start"]).astype(np.int64)
    day_due = months_after(start, months)
    today = (people.cohort.as_of - _EPOCH).days
    due = day_due <= today
    ids = table["id"].combine_chunks()
    place = pc.fill_null(pc.index_in(visits["id"].combine_chunks(), value_set=ids), -1)
    who = place.to_numpy(zero_copy_only=False).astype(np.int64)
    away = np.abs(day_numbers(visits["date"]) - day_due[who])
    near = (who >= 0) & (away <= window) & due[who]
    value = visits["value"].to_numpy()
    # The nearest first; of equally near ones the worse: the last to be written stays.
    order = np.lexsort((value, -away))
    order = order[near[order]]
    then = np.full(len(start), np.nan)
    then[who[order]] = value[order]
    base = pc.fill_null(table["edss"], float("nan")).to_numpy()
    return then - base, due


def _t_quantile(df: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + _LEVEL) / 2))


def _histogram(change: np.ndarray, step: float, months: int) -> Picture:
    places = np.rint(change / step).astype(int)
    low, high = min(places.min(), -2), max(places.max(), 2)
    labels = [_signed(at * step) for at in range(low, high + 1)]
    counts = np.bincount(places - low, minlength=high - low + 1).astype(float)
    sign = np.arange(low, high + 1)
    parts = [
        Part("lower (better)", "own", np.where(sign < 0, counts, 0).tolist()),
        Part("the same", "grid", np.where(sign == 0, counts, 0).tolist()),
        Part("higher (worse)", "other", np.where(sign > 0, counts, 0).tolist(), "stripes"),
    ]
    title = f"How many changed by how much at {months} months"

    def draw(width: float, key: str, alone: bool) -> str:
        return bars(
            labels, parts, title=title, xlabel="change of EDSS, points", ylabel="people",
            whole=False, width=width, key=key, alone=alone,
        )  # fmt: skip

    return Picture("edss-change-people", title, draw)


def _count_words(curve: Result) -> str:
    return f"{curve.events:,} of {persons(curve.n)} who could be judged, in all of their follow-up."


def _change_words(change: np.ndarray) -> str:
    low, same, high = (int(part.sum()) for part in (change < 0, change == 0, change > 0))
    many = len(change)
    return f"Of {persons(many)} {low:,} had a lower score, {same:,} the same, {high:,} a higher."


def _signed(points: float) -> str:
    return f"{points:+g}".replace("-", "−") if points else "0"
