"""The same worklist in pandas, written by hand: whole columns, no loop over patients."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from bench import pandas_findings
from bench.compare import COMPARED

_TIERS = ["emergency", "same-day", "48-hours", "week", "routine"]
_SERIES = {
    "cbc": (1, 7, 7, ("platelets", "neutrophils", "lymphocytes", "hemoglobin")),
    "creatinine": (1, 7, 7, ("creatinine",)),
    "urinalysis": (1, 7, 7, ("urine_rbc",)),
    "thyroid": (3, 14, 14, ("tsh",)),
    "liver": (1, 7, 7, ("alt",)),
    "skin-exam": (12, 30, 30, ()),
    "hpv-screen": (12, 30, 30, ()),
    "rems-status": (6, 14, 14, ()),
}
"""Months between, days early, days of grace, tests."""
_STEPS = ((54, 1), (24, 2), (8, 3))


def pandas_worklist(folder: Path, as_of: date) -> pa.Table:
    """One row per patient: rank, tier, item shown, since, days and counts."""
    today = pd.Timestamp(as_of)
    tables = {
        name: pd.read_parquet(folder / f"{name}.parquet", dtype_backend="numpy_nullable")
        if name == "infusions"
        else pd.read_parquet(folder / f"{name}.parquet")
        for name in ("patients", "infusions", "events")
    }
    for table in tables.values():
        table["patient"] = table["patient"].astype("str")
        for column in ("date", "birth_date"):
            if column in table:
                table[column] = pd.to_datetime(table[column])
    given = _given(tables["infusions"], today)
    people = _people(tables["patients"], tables["infusions"], given)
    values = _counted(folder, today)
    findings = pandas_findings.findings(values, people)
    statuses = _statuses(values, people, given, tables["events"], today)
    return _worklist(findings, statuses, people, today)


def _given(infusions: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    rows = infusions[infusions["status"].isin(["given"]) & (infusions["date"] <= today)]
    days = rows.groupby(["patient", "course"], as_index=False)["date"].agg(["min", "max"])
    return days.rename(columns={"min": "first_day", "max": "last_day"})


def _people(patients: pd.DataFrame, infusions: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    before = given.groupby("patient")["first_day"].shift()
    given = given.assign(disorder=(given["first_day"] <= before).fillna(False))
    spans = given.groupby("patient").agg(
        lowest=("course", "min"),
        earliest=("first_day", "min"),
        last=("last_day", "max"),
        disorder=("disorder", "any"),
    )
    people = patients.set_index("patient")[["sex", "birth_date"]].join(spans)
    people["first"] = given[given["course"] == 1].set_index("patient")["first_day"]
    people["until"] = later(people["last"], pd.Series(48, people.index))
    planned = people.index.isin(infusions.loc[infusions["status"] == "planned", "patient"])
    odd = (people["earliest"] < people["birth_date"]) | (people["lowest"] != 1) | people["disorder"]
    people["wrong"] = np.where(people["lowest"].isna(), ~planned, odd.fillna(False).astype(bool))
    return people


def later(days: pd.Series, months: pd.Series) -> pd.Series:
    """Calendar months later, clipped to the month's end."""
    there = days.dt.year * 12 + days.dt.month - 1 + months
    start = pd.to_datetime(
        pd.DataFrame({"year": there // 12, "month": there % 12 + 1, "day": 1}), errors="coerce"
    )
    day = np.minimum(days.dt.day, start.dt.days_in_month)
    return start + pd.to_timedelta(day - 1, unit="D")


def months(since: pd.Series, day: pd.Series) -> pd.Series:
    """Whole calendar months from `since` to `day`."""
    full = (day.dt.year - since.dt.year) * 12 + day.dt.month - since.dt.month
    return full - ((day.dt.day < since.dt.day) & ~day.dt.is_month_end)


def _counted(folder: Path, today: pd.Timestamp) -> pd.DataFrame:
    """The results that count, as intervals, by patient, test and date."""
    columns = ["patient", "date", "test", "value", "comparator", "unit", "low", "high"]
    rows = pd.read_parquet(folder / "results.parquet", columns=[*columns, "status", "received"])
    rows["patient"] = rows["patient"].astype("str")
    rows["test"] = rows["test"].astype("str")
    rows["date"] = pd.to_datetime(rows["date"])
    known = rows["received"].isna() | (rows["received"] < today + pd.Timedelta(days=1))
    rows = rows[(rows["date"] <= today) & known]
    key = ["patient", "test", "date"]
    final = rows["status"] == "final"
    tangled = rows.loc[~final, key].drop_duplicates()
    mixed = rows.merge(tangled.assign(tangled=True), on=key, how="left")
    is_mixed = mixed["tangled"].notna()
    plain, twins = mixed[~is_mixed], mixed[is_mixed]
    cancelled = twins["received"].where(twins["status"] == "cancelled")
    withdrawn = cancelled.groupby([twins[part] for part in key]).transform("max")
    twins = twins[(twins["status"] != "cancelled") & ~(twins["received"] < withdrawn)]
    place = twins["status"].astype("str").map({"corrected": 0, "final": 1, "preliminary": 2})
    twins = twins.assign(
        place=place,
        stamp=twins["received"].where(place == 0, pd.Timestamp(0)).fillna(pd.Timestamp(0)),
    )
    order = [*key, "place", "stamp"]
    twins = twins.sort_values(order, ascending=[True] * 4 + [False]).drop_duplicates(key)
    rows = pd.concat([plain, twins[plain.columns]])
    factor = rows["unit"].astype("str").map({"mg/dL": 88.42, "g/L": 0.1}).fillna(1.0)
    value = (rows["value"] * factor).round(6)
    sign = rows["comparator"].astype("object")
    counted = pd.DataFrame(
        {
            **{part: rows[part] for part in ("patient", "test", "date", "low", "high")},
            "answers": (rows["status"] != "preliminary").astype(bool),
            "lo": value.where(~sign.isin(["<", "<="]), np.minimum(value, 0)),
            "hi": value.where(~sign.isin([">", ">="]), 1e300),
            "lo_open": sign == ">",
            "hi_open": sign == "<",
        }
    )
    return counted[value.notna()].sort_values(key, ignore_index=True)


def _statuses(
    values: pd.DataFrame,
    people: pd.DataFrame,
    given: pd.DataFrame,
    events: pd.DataFrame,
    today: pd.Timestamp,
) -> pd.DataFrame:
    """One row per patient and activity that is due or overdue."""
    answers = values[values["answers"]]
    newest = answers.groupby(["test", "patient"])["date"].max()
    watched = people[~people["wrong"] & people["first"].notna()]
    codes = events["code"].astype("str")
    asked = (codes == "rems-status") | (events["kind"].astype("str") == "procedure")
    events = events[(events["date"] <= today) & asked]
    done = events.groupby([codes, "patient"])["date"].max()
    parts = []
    for activity, (every, early, grace, tests) in _SERIES.items():
        group = (
            watched[watched["sex"].astype("str") == "female"]
            if activity == "hpv-screen"
            else watched
        )
        anchor, final_item = group["first"], months(group["first"], group["until"]) // every
        if len(tests) > 1:
            rows = answers[answers["test"].isin(tests)].join(group[["first"]], "patient", "inner")
            spot = months(rows["first"], rows["date"] + pd.Timedelta(days=early))
            spot = np.minimum(spot, final_item.reindex(rows["patient"]).to_numpy())
            rows = rows.assign(item=spot)[spot >= 1]
            full = rows.groupby(["patient", "item"])["test"].nunique() == len(tests)
            answered = full[full].reset_index().groupby("patient")["item"].max()
            answered = answered.reindex(group.index).fillna(0)
        else:
            source = newest[tests[0]] if tests else done.get(activity, pd.Series(dtype="object"))
            day = pd.to_datetime(source.reindex(group.index))
            answered = _answered(anchor, day, every, early, final_item)
        parts.append(
            _followed(activity, anchor, answered, final_item, (every, early, grace, 1), today)
        )
    parts.append(_cd4(answers, watched, given, today))
    return pd.concat(parts, ignore_index=True)


def _answered(
    anchor: pd.Series, day: pd.Series, every: int, early: int, final_item: pd.Series
) -> pd.Series:
    items = months(anchor, day + pd.Timedelta(days=early)) // every
    return np.minimum(items, final_item).fillna(0)


def _cd4(
    answers: pd.DataFrame, watched: pd.DataFrame, given: pd.DataFrame, today: pd.Timestamp
) -> pd.DataFrame:
    counts = answers[answers["test"] == "cd4"]
    released = counts[counts["lo"] >= 200].groupby("patient")["date"].max()
    day = released.reindex(given["patient"]).set_axis(given.index)
    open_ = given[day.isna() | (given["last_day"] > day)]
    anchor = open_.sort_values("course").groupby("patient")["first_day"].first()
    anchor = anchor[anchor.index.isin(watched.index)]
    newest = counts.groupby("patient")["date"].max().reindex(anchor.index)
    final_item = months(anchor, watched["until"].reindex(anchor.index))
    answered = _answered(anchor, newest, 1, 7, final_item)
    return _followed("cd4", anchor, answered, final_item, (1, 7, 7, 2), today)


def _followed(
    activity: str,
    anchor: pd.Series,
    answered: pd.Series,
    final_item: pd.Series,
    terms: tuple[int, int, int, int],
    today: pd.Timestamp,
) -> pd.DataFrame:
    every, early, grace, first_item = terms
    now = pd.Series(today + pd.Timedelta(days=early), anchor.index)
    opened = np.minimum(months(anchor, now) // every, final_item)
    answered = np.maximum(answered, first_item - 1)
    listed = (opened >= first_item) & (answered < opened)
    anchor, opened, answered = anchor[listed], opened[listed], answered[listed]
    due = later(anchor, opened * every)
    closes = later(anchor, (answered + 1) * every) + pd.Timedelta(days=grace)
    late = (due + pd.Timedelta(days=grace) < today) | (answered < opened - 1)
    days = np.where(late, (today - closes).dt.days, 0)
    tier = np.full(len(days), 4)
    for least, step in reversed(_STEPS):
        tier[late & (days >= least)] = step
    since = (closes + pd.Timedelta(days=1)).where(late, due - pd.Timedelta(days=early))
    kind = np.where(late, 1, 2)
    columns = {"tier": tier, "since": since, "days": days, "kind": kind, "item": activity}
    return pd.DataFrame({"patient": anchor.index, **columns})


def _worklist(
    findings: pd.DataFrame, statuses: pd.DataFrame, people: pd.DataFrame, today: pd.Timestamp
) -> pa.Table:
    found = pd.DataFrame(
        {
            "patient": findings["patient"],
            "tier": findings["tier"],
            "since": findings["date"],
            "days": (today - findings["date"]).dt.days,
            "kind": 0,
            "item": findings["rule"],
        }
    )
    odd = people["wrong"].astype(bool)
    unclear = odd | ~people["sex"].astype("str").isin(["female", "male"])
    item = np.where(odd, "", "hpv-screen")[unclear]
    wrong = pd.DataFrame({"patient": people.index[unclear], "item": item})
    wrong = wrong.assign(tier=4, since=pd.NaT, days=0, kind=3)
    offers = pd.concat([found, statuses, wrong], ignore_index=True)
    offers["wait"] = -offers["days"]
    counts = offers.groupby(["patient", "kind"]).size().unstack(fill_value=0)
    lines = offers.sort_values(["tier", "wait", "kind", "item"]).drop_duplicates("patient")
    lines = lines.sort_values(["tier", "wait", "patient"], ignore_index=True)
    lines["rank"] = lines.index + 1
    for kind, name in enumerate(("findings", "overdue", "due")):
        lines[name] = (
            counts.get(kind, pd.Series(0, counts.index)).reindex(lines["patient"]).to_numpy()
        )
    lines["tier"] = [_TIERS[tier] for tier in lines["tier"]]
    lines["since"] = pd.to_datetime(lines["since"]).dt.date
    return pa.Table.from_pandas(lines[list(COMPARED)], preserve_index=False)
