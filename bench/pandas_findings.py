"""Active findings in pandas.

A leg holds when it is at least undecided; findings up to its last false day are over.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def _same(a: pd.Series, b: pd.Series | float) -> pd.Series:
    return (a - b).abs() <= 1e-9 * np.maximum(np.abs(a), np.abs(b))


def _below(a: pd.Series, b: pd.Series | float) -> pd.Series:
    return (a < b) & ~_same(a, b)


def _above(a: pd.Series, b: pd.Series | float) -> pd.Series:
    return (a > b) & ~_same(a, b)


def _reaches(rows: pd.DataFrame, bound: float) -> pd.Series:
    return _above(rows["hi"], bound) | (_same(rows["hi"], bound) & ~rows["hi_open"])


def _at_most(rows: pd.DataFrame, bound: pd.Series, bound_open: pd.Series) -> pd.Series:
    return _below(rows["lo"], bound) | (
        _same(rows["lo"], bound) & ~rows["lo_open"] & ~(bound_open == True)  # noqa: E712
    )


def findings(values: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Active findings: patient, rule, tier, date."""
    tests = dict(iter(values.groupby("test")))
    found = [
        *_platelets(tests["platelets"]),
        _hemoglobin(tests["hemoglobin"], people),
        _creatinine(tests["creatinine"], people),
        *_single(tests),
    ]
    return pd.concat([part for part in found if len(part)], ignore_index=True)


def _previous(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds the newest earlier value that is not preliminary: `p_lo`, `p_hi`, `p_open`."""
    for name, source in (("p_lo", "lo"), ("p_hi", "hi"), ("p_open", "hi_open")):
        settled = rows[source].astype(float).where(rows["answers"])
        rows[name] = settled.groupby(rows["patient"]).ffill().groupby(rows["patient"]).shift()
    return rows


def _found(met: pd.DataFrame, rule: str, tier: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"patient": met["patient"], "rule": rule, "tier": tier, "date": met["date"]}
    )


def _active(
    rows: pd.DataFrame, holds: pd.Series, rule: str, tier: int, judged: pd.Series | None = None
) -> pd.DataFrame:
    """Findings of a rule on single values, after its last false day."""
    settled = rows["answers"] if judged is None else rows["answers"] & judged
    ended = rows[settled & ~holds].groupby("patient")["date"].max()
    met = rows[holds]
    last = met["patient"].map(ended)
    return _found(met[last.isna() | (last <= met["date"])], rule, tier)


def _until_recovered(
    met: pd.DataFrame, rows: pd.DataFrame, bound: pd.Series, least: float, rule: str, tier: int
) -> pd.DataFrame:
    """Findings until a later one of `rows` is no longer so far below the previous value."""
    met = met.assign(bound=bound, bound_open=met["p_open"])[
        ["patient", "date", "bound", "bound_open"]
    ]
    after = met.merge(rows[rows["answers"]], on="patient", suffixes=("", "_after"))
    after = after[after["date_after"] > after["date"]]
    still = _at_most(after, after["bound"], after["bound_open"]) & _reaches(after, least)
    over = after[~still][["patient", "date"]].drop_duplicates().assign(over=True)
    kept = met.merge(over, on=["patient", "date"], how="left")
    return _found(kept[kept["over"].isna()], rule, tier)


def _platelets(rows: pd.DataFrame) -> list[pd.DataFrame]:
    rows = _previous(rows.copy())
    middle = _below(rows["lo"], 100) & _reaches(rows, 50)
    lowish = _below(rows["lo"], 150) & _reaches(rows, 100)
    certain = ~_below(rows["p_lo"], 100) & (
        _below(rows["p_hi"], 150) | (_same(rows["p_hi"], 150) & (rows["p_open"] == 1))
    )
    certain &= rows["p_lo"].notna()
    halved = (
        _reaches(rows, 100)
        & _at_most(rows, rows["p_hi"] * 0.5, rows["p_open"])
        & (rows["p_hi"] != 0)
    )
    half = rows[halved]
    new = _active(rows, lowish, "PLT-5", 3)
    fresh = rows[lowish & ~certain][["patient", "date"]]
    return [
        _active(rows, _below(rows["lo"], 20), "PLT-1", 0),
        _active(rows, _below(rows["lo"], 50), "PLT-2", 1),
        _active(rows, middle, "PLT-3", 1),
        _until_recovered(half, rows, half["p_hi"] * 0.5, 100, "PLT-4", 1),
        new.merge(fresh, on=["patient", "date"]),
    ]


def _baseline(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Adds the newest value up to the first infusion: `b_lo`, `b_hi`, `b_open`, after its day."""
    first = rows["patient"].map(people["first"])
    base = rows[rows["answers"] & (rows["date"] <= first)].drop_duplicates("patient", keep="last")
    base = base.set_index("patient")
    after = rows["date"] > rows["patient"].map(base["date"])
    for name, source in (("b_lo", "lo"), ("b_hi", "hi"), ("b_open", "hi_open")):
        rows[name] = rows["patient"].map(base[source].astype(float)).where(after)
    return rows


def _hemoglobin(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    rows = _baseline(_previous(rows.copy()), people)
    low = _below(rows["lo"], 10) | _at_most(rows, rows["b_hi"] - 2, rows["b_open"])
    met = rows[low | _at_most(rows, rows["p_hi"] - 2, rows["p_open"])]
    return _until_recovered(met, rows[~low], met["p_hi"] - 2, -1e300, "HB-1", 2)


def _creatinine(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    rows = _baseline(rows.copy(), people)
    risen = _above(rows["hi"], rows["b_lo"] * 1.3)
    return _active(rows, risen, "CRE-1", 2, rows["b_lo"].notna())


def _single(tests: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    white, urine, tsh, alt = (tests[name] for name in ("neutrophils", "urine_rbc", "tsh", "alt"))
    high = alt["high"].fillna(40)
    outside = _below(tsh["lo"], tsh["low"].fillna(0.4)) | _above(tsh["hi"], tsh["high"].fillna(4.0))
    return [
        _active(white, _below(white["lo"], 1), "NEU-1", 2),
        _active(white, _below(white["lo"], 0.5), "NEU-2", 0),
        _active(urine, _reaches(urine, 3), "UA-3", 3),
        _active(tsh, outside, "TSH-1", 3),
        _active(alt, _above(alt["hi"], high * 3), "LFT-1", 2),
        _active(alt, _above(alt["hi"], high * 5), "LFT-2", 1),
    ]
