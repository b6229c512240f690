"""Active findings in pandas.

A leg holds when it is at least undecided; findings up to its last false day are over.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_SPAN = {"alt": 35, "neutrophils": 3}


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
    low, red = _platelets(tests["platelets"])
    hemoglobin, pale = _hemoglobin(tests["hemoglobin"], people)
    creatinine = _creatinine(tests["creatinine"], people)
    legs = _legs(tests) | {"creatinine": creatinine}
    found = [*red, *pale, *_single(legs), *_combined(legs), _tma(low, legs, hemoglobin)]
    return pd.concat([part for part in found if len(part)], ignore_index=True)


def _previous(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds the newest earlier value that is not preliminary: `p_lo`, `p_hi`, `p_open`."""
    for name, source in (("p_lo", "lo"), ("p_hi", "hi"), ("p_open", "hi_open")):
        settled = rows[source].astype(float).where(rows["answers"])
        rows[name] = settled.groupby(rows["patient"]).ffill().groupby(rows["patient"]).shift()
    return rows


def _active(
    rows: pd.DataFrame, holds: pd.Series, rule: str, tier: int, judged: pd.Series | None = None
) -> pd.DataFrame:
    """Findings of a leg on single values, after its last false day."""
    settled = rows["answers"] if judged is None else rows["answers"] & judged
    ended = rows[settled & ~holds].groupby("patient")["date"].max()
    return _after(rows[holds], ended, rule, tier)


def _after(met: pd.DataFrame, ended: pd.Series, rule: str, tier: int) -> pd.DataFrame:
    last = met["patient"].map(ended)
    kept = met[last.isna() | (last <= met["date"])]
    return pd.DataFrame(
        {"patient": kept["patient"], "rule": rule, "tier": tier, "date": kept["date"]}
    )


def _until_recovered(
    met: pd.DataFrame, rows: pd.DataFrame, bound: pd.Series, least: float, rule: str, tier: int
) -> pd.DataFrame:
    """Findings of a fall against the previous value, until a later one is no longer that low."""
    met = met.assign(bound=bound, bound_open=met["p_open"])[
        ["patient", "date", "bound", "bound_open"]
    ]
    after = met.merge(rows, on="patient", suffixes=("", "_after"))
    after = after[(after["date_after"] > after["date"]) & after["answers"]]
    still = _at_most(after, after["bound"], after["bound_open"]) & _reaches(after, least)
    over = after[~still][["patient", "date"]].drop_duplicates().assign(over=True)
    kept = met.merge(over, on=["patient", "date"], how="left")
    kept = kept[kept["over"].isna()]
    return pd.DataFrame(
        {"patient": kept["patient"], "rule": rule, "tier": tier, "date": kept["date"]}
    )


def _platelets(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    rows = _previous(rows.copy())
    p20, p50, p100 = (_below(rows["lo"], bound) for bound in (20, 50, 100))
    middle = p100 & _reaches(rows, 50)
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
    ended = rows[rows["answers"] & ~p20].groupby("patient")["date"].max()
    near = rows[p50][["patient", "date"]].merge(
        rows[p20][["patient", "date"]], on="patient", suffixes=("", "_other")
    )
    gap = (near["date"] - near["date_other"]).dt.days
    worst = near[(gap >= 0) & (gap <= 7)].drop_duplicates(["patient", "date"])
    half = rows[halved]
    new = _active(rows, lowish, "PLT-5", 3)
    fresh = rows[lowish & ~certain][["patient", "date"]]
    found = [
        _after(worst, ended, "PLT-1", 0),
        _active(rows, p50, "PLT-2", 1),
        _active(rows, middle, "PLT-3", 1),
        _until_recovered(half, rows, half["p_hi"] * 0.5, 100, "PLT-4", 1),
        new.merge(fresh, on=["patient", "date"]),
    ]
    last_normal = rows[rows["answers"] & ~p100].groupby("patient")["date"].max()
    low = rows[p100][["patient", "date"]]
    return low.assign(ended=low["patient"].map(last_normal)), found


def _baseline(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Adds the newest value up to the first infusion: `b_lo`, `b_hi`, `b_open`, after its day."""
    first = rows["patient"].map(people["first"])
    base = rows[rows["answers"] & (rows["date"] <= first)].drop_duplicates("patient", keep="last")
    base = base.set_index("patient")
    after = rows["date"] > rows["patient"].map(base["date"])
    for name, source in (("b_lo", "lo"), ("b_hi", "hi"), ("b_open", "hi_open")):
        rows[name] = rows["patient"].map(base[source].astype(float)).where(after)
    return rows


def _hemoglobin(
    rows: pd.DataFrame, people: pd.DataFrame
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    rows = _baseline(_previous(rows.copy()), people)
    ten = _below(rows["lo"], 10)
    base = _at_most(rows, rows["b_hi"] - 2, rows["b_open"])
    step = _at_most(rows, rows["p_hi"] - 2, rows["p_open"]) & ~ten & ~base
    fallen = _active(rows, base, "HB-1", 2, rows["b_hi"].notna())
    fallen = fallen.merge(rows[~ten][["patient", "date"]], on=["patient", "date"])
    met = rows[step]
    found = [
        _active(rows, ten, "HB-1", 2),
        fallen,
        _until_recovered(met, rows, met["p_hi"] - 2, -1e300, "HB-1", 2),
    ]
    falling = rows[_below(rows["lo"], rows["b_hi"]) | _below(rows["lo"], rows["p_hi"])]
    return falling[["patient", "date"]], found


def _creatinine(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    rows = _baseline(rows.copy(), people)
    risen = _above(rows["hi"], rows["b_lo"] * 1.3)
    return _leg(rows, risen, rows["b_lo"].notna())


def _leg(rows: pd.DataFrame, holds: pd.Series, judged: pd.Series | None = None) -> pd.DataFrame:
    settled = rows["answers"] if judged is None else rows["answers"] & judged
    ended = rows[settled & ~holds].groupby("patient")["date"].max()
    met = rows[holds][["patient", "date"]]
    return met.assign(ended=met["patient"].map(ended))


def _legs(tests: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    white, urine, tsh, alt = (tests[name] for name in ("neutrophils", "urine_rbc", "tsh", "alt"))
    high = alt["high"].fillna(40)
    return {
        "neutrophils": _leg(white, _below(white["lo"], 1)),
        "neutrophils-2": _leg(white, _below(white["lo"], 0.5)),
        "urine_rbc": _leg(urine, _reaches(urine, 3)),
        "tsh": _leg(tsh, _below(tsh["lo"], tsh["low"].fillna(0.4))),
        "tsh-2": _leg(tsh, _above(tsh["hi"], tsh["high"].fillna(4.0))),
        "alt": _leg(alt, _above(alt["hi"], high * 3)),
        "alt-2": _leg(alt, _above(alt["hi"], high * 5)),
    }


def _kept(met: pd.DataFrame, rule: str, tier: int) -> pd.DataFrame:
    kept = met[met["ended"].isna() | (met["ended"] <= met["date"])]
    kept = kept.drop_duplicates(["patient", "date"])
    return pd.DataFrame(
        {"patient": kept["patient"], "rule": rule, "tier": tier, "date": kept["date"]}
    )


def _single(legs: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    rules = {
        "neutrophils": ("NEU-1", 2),
        "urine_rbc": ("UA-3", 3),
        "creatinine": ("CRE-1", 2),
        "alt": ("LFT-1", 2),
    }
    found = [_kept(legs[leg], rule, tier) for leg, (rule, tier) in rules.items()]
    thyroid = pd.concat([legs["tsh"], legs["tsh-2"]]).drop_duplicates(["patient", "date"])
    return [*found, _kept(thyroid, "TSH-1", 3)]


def _combined(legs: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    found = []
    for leg, rule, tier in (("alt", "LFT-2", 1), ("neutrophils", "NEU-2", 0)):
        pairs = legs[leg][["patient", "date"]].merge(
            legs[f"{leg}-2"], on="patient", suffixes=("", "_other")
        )
        gap = (pairs["date"] - pairs["date_other"]).dt.days
        found.append(_kept(pairs[(gap >= 0) & (gap <= _SPAN[leg])], rule, tier))
    kidney, urine = legs["creatinine"], legs["urine_rbc"][["patient", "date"]]
    days = pd.concat([kidney[["patient", "date"]], urine])
    both = days.merge(kidney, on="patient", suffixes=("", "_a"))
    both = both.merge(urine.rename(columns={"date": "date_b"}), on="patient")
    gaps = [(both["date"] - both[name]).dt.days for name in ("date_a", "date_b")]
    near = (gaps[0] >= 0) & (gaps[0] <= 35) & (gaps[1] >= 0) & (gaps[1] <= 35)
    return [*found, _kept(both[near], "CRE-2", 0)]


def _tma(low: pd.DataFrame, legs: dict[str, pd.DataFrame], falling: pd.DataFrame) -> pd.DataFrame:
    """Platelets below 100, hemoglobin falling and creatinine risen within 7 days."""
    kidney = legs["creatinine"][["patient", "date"]]
    three = low.merge(kidney, on="patient", suffixes=("_p", "_c"))
    three = three.merge(falling.rename(columns={"date": "date_h"}), on="patient")
    parts = ["date_p", "date_c", "date_h"]
    newest, oldest = three[parts].max(axis=1), three[parts].min(axis=1)
    three = three.assign(date=newest)[(newest - oldest).dt.days <= 7]
    return _kept(three, "TMA-1", 0)
