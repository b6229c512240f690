"""Made patients for benchmarks: a Record folder in Parquet, written in chunks of whole patients.

A monthly draw of eight tests for about 50 months, 15 % of the results missed, 1 to 3 courses; CD4
until it is back, yearly and half-yearly events; three laboratories with their own units and limits;
one result in a hundred comes in two versions, one in a thousand as "<" or ">". Nobody reports a symptom.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

AS_OF = date(2026, 6, 1)
TESTS = (
    "platelets",
    "neutrophils",
    "lymphocytes",
    "hemoglobin",
    "creatinine",
    "urine_rbc",
    "tsh",
    "alt",
)
_ALL = (*TESTS, "cd4")
_UNITS = ("10*9/L", "K/uL", "g/dL", "g/L", "umol/L", "mg/dL", "/[HPF]", "m[IU]/L", "U/L", "/uL")
_LABS = ("north", "west", "city")
_UNIT_OF = np.array(
    [[0, 0, 0, 2, 4, 6, 7, 8, 9], [1, 1, 1, 2, 5, 6, 7, 8, 9], [0, 0, 0, 3, 4, 6, 7, 8, 9]]
)
"""Unit by laboratory and test."""
_DECIMALS = (0, 2, 2, 1, 0, 0, 2, 0, 0)
_NONE = np.nan
_LIMITS = {
    6: ((0.4, 4.0), (0.27, 4.2), (_NONE, _NONE)),
    7: ((_NONE, 40), (_NONE, 45), (_NONE, _NONE)),
}
"""Printed limits by test: low and high of each laboratory."""
_STATUSES = ("final", "preliminary", "corrected", "cancelled")
_SIGNED = (
    (0, 1, 150, 2e-5),
    (1, 0, 2.5, 2e-5),
    (5, 1, 50, 2e-4),
    (6, 0, 0.05, 5e-4),
    (7, 0, 10, 7e-3),
)
"""Test, "<" or ">", the value, and in what share of its results."""
_MONTHS = 60
_DAY = 86_400_000_000
_CHUNK = 3_000
"""Patients at a time: about a million rows, one row group."""


@dataclass
class _People:
    """A chunk of patients as arrays; days are day numbers."""

    names: pa.Array
    first: np.ndarray
    courses: np.ndarray
    starts: np.ndarray
    last: np.ndarray
    sex: np.ndarray
    lab: np.ndarray


def generate(folder: Path, patients: int, seed: int = 7) -> dict[str, int]:
    """Writes a Record of made patients into `folder` (replaced); the same seed gives the same bytes.

    Returns:
        Rows by table.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    writers: dict[str, pq.ParquetWriter] = {}
    rows: dict[str, int] = {}
    for chunk, start in enumerate(range(0, patients, _CHUNK)):
        rng = np.random.default_rng([seed, chunk])
        tables = _chunk(rng, start, min(_CHUNK, patients - start))
        for name, table in tables.items():
            if name not in writers:
                path = folder / f"{name}.parquet"
                writers[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
            writers[name].write_table(table, row_group_size=2_000_000)
            rows[name] = rows.get(name, 0) + table.num_rows
    for writer in writers.values():
        writer.close()
    return rows


def _chunk(rng: np.random.Generator, start: int, size: int) -> dict[str, pa.Table]:
    people = _people(rng, start, size)
    infusions, kept = _infusions(rng, people)
    return {
        "patients": _patients(rng, people),
        "infusions": infusions,
        "results": _results(rng, people),
        "events": _events(rng, people, kept),
    }


def months_after(days: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Day numbers so many calendar months later, clipped to the month's end."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    offset = (dates - month).astype(np.int64)
    later = month + months
    length = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int64)
    return later.astype("datetime64[D]").astype(np.int64) + np.minimum(offset, length - 1)


def _people(rng: np.random.Generator, start: int, size: int) -> _People:
    as_of = (AS_OF - date(1970, 1, 1)).days
    first = as_of - rng.integers(46 * 30, 58 * 31, size)
    courses = rng.choice([1, 2, 3], size, p=[0.35, 0.5, 0.15])
    starts = np.stack(
        [
            first,
            months_after(first, np.full(size, 12)) + rng.integers(0, 20, size),
            months_after(first, rng.integers(25, 30, size)) + rng.integers(0, 20, size),
        ],
        axis=1,
    )
    length = np.array([5, 3, 3])
    last = starts[np.arange(size), courses - 1] + length[courses - 1] - 1
    return _People(
        names=pa.array([f"P{number:08d}" for number in range(start, start + size)]),
        first=first,
        courses=courses,
        starts=starts,
        last=last,
        sex=rng.choice(4, size, p=[0.68, 0.30, 0.01, 0.01]),
        lab=rng.integers(0, 3, size),
    )


def _words(codes: np.ndarray, words: tuple[str, ...] | pa.Array) -> pa.Array:
    words = words if isinstance(words, pa.Array) else pa.array(words)
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), words)


def _dates(days: np.ndarray) -> pa.Array:
    return pa.array(days.astype(np.int32)).view(pa.date32())


def _patients(rng: np.random.Generator, people: _People) -> pa.Table:
    size = len(people.first)
    birth = people.first - rng.integers(19 * 365, 60 * 365, size)
    wrong = rng.random(size) < 0.0005
    birth[wrong] = people.first[wrong] + 40
    return pa.table(
        {
            "patient": people.names,
            "birth_date": _dates(birth),
            "sex": _words(people.sex, ("female", "male", "other", "unknown")),
        }
    )


def _infusions(rng: np.random.Generator, people: _People) -> tuple[pa.Table, np.ndarray]:
    """Days of each course; one in a thousand patients has none, two in a thousand only a plan."""
    size = len(people.first)
    length = np.array([5, 3, 3])
    who, course, day = np.meshgrid(np.arange(size), np.arange(3), np.arange(5), indexing="ij")
    lot = rng.random(size)
    kept = lot >= 0.001
    use = (course < people.courses[who.ravel()].reshape(who.shape)) & (day < length[course])
    use &= kept[who]
    who, course, day = who[use], course[use], day[use]
    planned = (lot < 0.003)[who]
    table = pa.table(
        {
            "patient": _words(who, people.names),
            "date": _dates(people.starts[who, course] + day + np.where(planned, 2500, 0)),
            "course": pa.array((course + 1).astype(np.int32)),
            "day": pa.array((day + 1).astype(np.int32)),
            "dose_mg": pa.array(np.full(len(who), 12.0)),
            "status": _words(planned, ("given", "planned")),
        }
    )
    return table, kept


def _events(rng: np.random.Generator, people: _People, kept: np.ndarray) -> pa.Table:
    as_of = (AS_OF - date(1970, 1, 1)).days
    size = len(people.first)
    who, day, code = [], [], []
    for number, (every, times, spread, chance) in enumerate(
        ((12, 5, 36, 0.93), (12, 5, 36, 0.9), (6, 10, 18, 0.93))
    ):
        for k in range(1, times + 1):
            due = months_after(people.first, np.full(size, k * every))
            when = due + rng.integers(-spread, spread, size)
            come = (rng.random(size) < chance) & (when <= as_of) & kept
            if number == 1:
                come &= people.sex != 1
            who.append(np.flatnonzero(come))
            day.append(when[come])
            code.append(np.full(int(come.sum()), number))
    whose, days, codes = np.concatenate(who), np.concatenate(day), np.concatenate(code)
    order = np.lexsort((days, whose))
    return pa.table(
        {
            "patient": _words(whose[order], people.names),
            "date": _dates(days[order]),
            "kind": _words((codes[order] == 2), ("procedure", "note")),
            "code": _words(codes[order], ("skin-exam", "hpv-screen", "rems-status")),
        }
    )


def _draws(rng: np.random.Generator, people: _People) -> tuple[np.ndarray, np.ndarray]:
    """Day of every draw, and which of them came: patients × months."""
    as_of = (AS_OF - date(1970, 1, 1)).days
    size = len(people.first)
    months = np.arange(_MONTHS)
    day = months_after(people.first[:, None], months[None, :])
    offset = rng.integers(-6, 7, (size, _MONTHS))
    late = rng.random((size, _MONTHS)) < 0.04
    offset[late] += rng.integers(4, 14, int(late.sum()))
    offset[:, 0] = -rng.integers(2, 28, size)
    day = day + offset
    come = rng.random((size, _MONTHS)) >= 0.115
    lost = np.where(rng.random(size) < 0.05, rng.integers(12, 55, size), _MONTHS)
    end = months_after(people.last, np.full(size, 48))
    come &= months[None, :] < lost[:, None]
    come &= (day <= end[:, None] + 20) & (day <= as_of + 8)
    return day, come


def _episodes(
    rng: np.random.Generator, size: int, share: float, effect: tuple[float, float], lasting: float
) -> np.ndarray:
    """A factor for each patient and month: 1, and `effect` in the months of an episode."""
    factor = np.ones((size, _MONTHS))
    chosen = np.flatnonzero(rng.random(size) < share)
    begin = rng.integers(2, 50, len(chosen))
    length = np.where(rng.random(len(chosen)) < lasting, _MONTHS, rng.integers(1, 6, len(chosen)))
    strength = rng.uniform(*effect, len(chosen))
    months = np.arange(_MONTHS)
    inside = (months >= begin[:, None]) & (months < (begin + length)[:, None])
    factor[chosen] = np.where(inside, strength[:, None], 1.0)
    return factor


def _values(rng: np.random.Generator, people: _People, day: np.ndarray) -> np.ndarray:
    """Canonical values: patients × months × tests."""
    size = len(people.first)
    shape = (size, _MONTHS)

    def noisy(middle: np.ndarray, within: float) -> np.ndarray:
        noise: np.ndarray = rng.standard_normal(shape)
        return middle[:, None] * np.exp(within * noise)

    male = people.sex == 1
    since = np.full(shape, 999.0)
    for course in range(3):
        months = (day - people.starts[:, course][:, None]) / 30.44
        treated = (people.courses[:, None] > course) & (months >= 0)
        since = np.where(treated, np.minimum(since, months), since)
    values = np.empty((*shape, len(_ALL)))
    platelets = noisy(rng.normal(262, 42, size).clip(165, 420), 0.07)
    values[:, :, 0] = platelets * _episodes(rng, size, 0.03, (0.03, 0.55), 0.2)
    neutrophils = noisy(rng.normal(4.0, 0.7, size).clip(2.2, 7), 0.18)
    values[:, :, 1] = neutrophils * _episodes(rng, size, 0.01, (0.08, 0.4), 0.1)
    values[:, :, 2] = noisy(rng.normal(1.8, 0.3, size).clip(1, 3), 0.12) * (
        1 - 0.9 * np.exp(-since / 9)
    )
    hemoglobin = noisy(np.where(male, 14.8, 13.4) + rng.normal(0, 0.6, size), 0.025)
    values[:, :, 3] = hemoglobin * _episodes(rng, size, 0.02, (0.6, 0.85), 0.2)
    creatinine = noisy(np.where(male, 82, 66) * np.exp(rng.normal(0, 0.1, size)), 0.055)
    values[:, :, 4] = creatinine * _episodes(rng, size, 0.01, (1.3, 3.0), 0.4)
    blood = _episodes(rng, size, 0.01, (15, 80), 0.3)
    values[:, :, 5] = rng.poisson(0.25 * blood)
    thyroid = noisy(np.exp(rng.normal(np.log(1.6), 0.25, size)), 0.15)
    thyroid *= _episodes(rng, size, 0.06, (0.002, 0.2), 0.2)
    values[:, :, 6] = thyroid * _episodes(rng, size, 0.06, (3, 15), 0.2)
    liver = noisy(np.exp(rng.normal(np.log(21), 0.2, size)), 0.18)
    values[:, :, 7] = liver * _episodes(rng, size, 0.015, (4, 30), 0.15)
    values[:, :, 8] = _cd4(rng, since)
    return np.asarray(values)


def _cd4(rng: np.random.Generator, since: np.ndarray) -> np.ndarray:
    """Grows back after each course; NaN where nobody asks for it any more."""
    pace = 28 * np.exp(rng.normal(0, 0.35, len(since)))[:, None]
    count = np.maximum(20 + pace * since, 8)
    before = 20 + pace * (since - 3)
    return np.where((since >= 1) & (since < 900) & (before < 200), count, np.nan)


def _results(rng: np.random.Generator, people: _People) -> pa.Table:
    as_of = (AS_OF - date(1970, 1, 1)).days
    day, come = _draws(rng, people)
    values = _values(rng, people, day)
    use = come[:, :, None] & (rng.random(values.shape) >= 0.015) & ~np.isnan(values)
    who, month, test = np.nonzero(use)
    value, when = values[use], day[who, month]
    lab = people.lab[who]
    unit = _UNIT_OF[lab, test]
    value = np.where(unit == 5, value / 88.42, np.where(unit == 3, value * 10, value))
    decimals = np.where(unit == 5, 2, np.array(_DECIMALS)[test] - (unit == 3))
    value = np.round(value * 10.0**decimals) / 10.0**decimals
    value = np.where((test != 5) & (value <= 0), 0.01, value)
    received = when * _DAY + rng.integers(8 * 3600, 60 * 3600, len(when)) * 1_000_000
    status = np.zeros(len(when), np.int64)
    status[(when > as_of - 5) & (rng.random(len(when)) < 0.3)] = 1
    sign = np.full(len(when), -1)
    for number, mark, bound, share in _SIGNED:
        odd = (test == number) & (rng.random(len(when)) < share)
        value, sign = np.where(odd, bound, value), np.where(odd, mark, sign)
    twin = rng.random(len(when))
    copies = np.where(twin < 0.01, 2, 1)
    spot = np.repeat(np.arange(len(when)), copies)
    second = np.concatenate([[False], spot[1:] == spot[:-1]])
    value, when, lab, unit, test, who = (part[spot] for part in (value, when, lab, unit, test, who))
    received, status, sign, kind = (part[spot] for part in (received, status, sign, twin))
    later = received + rng.integers(3600, 90 * 3600, len(spot)) * 1_000_000
    received = np.where(second, later, received)
    # Of every ten pairs five are preliminary then final, four final then corrected, one is withdrawn.
    status = np.where((copies[spot] == 2) & (kind < 0.005) & ~second, 1, status)
    status = np.where(second & (kind < 0.005), 0, status)
    status = np.where(second & (kind >= 0.005) & (kind < 0.009), 2, status)
    status = np.where(second & (kind >= 0.009), 3, status)
    corrected = second & (status == 2)
    value = np.where(corrected, np.round(value * 1.08 * 100) / 100, value)
    return _results_table(people, who, when, test, value, sign, unit, lab, status, received)


def _results_table(people: _People, *columns: Any) -> pa.Table:
    who, when, test, value, sign, unit, lab, status, received = columns
    low, high = np.full(len(who), np.nan), np.full(len(who), np.nan)
    for number, printed in _LIMITS.items():
        rows = test == number
        low[rows] = np.array([pair[0] for pair in printed])[lab[rows]]
        high[rows] = np.array([pair[1] for pair in printed])[lab[rows]]
    comparator = pa.DictionaryArray.from_arrays(
        pa.array(sign.astype(np.int32), mask=sign < 0), pa.array(["<", ">"])
    )
    return pa.table(
        {
            "patient": _words(who, people.names),
            "date": _dates(when),
            "test": _words(test, _ALL),
            "value": pa.array(value),
            "comparator": comparator,
            "unit": _words(unit, _UNITS),
            "low": pa.array(low, mask=np.isnan(low)),
            "high": pa.array(high, mask=np.isnan(high)),
            "status": _words(status, _STATUSES),
            "source": _words(lab, _LABS),
            "received": pa.array(received, pa.timestamp("us")),
        }
    )
