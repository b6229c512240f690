"""The results of made patients: draws, values, units, limits, versions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from bench.cohort import DAY_OF, TESTS, People, dates, months_after, words

ALL_TESTS = (*TESTS, "cd4")
_UNITS = ("10*9/L", "K/uL", "g/dL", "g/L", "umol/L", "mg/dL", "/[HPF]", "m[IU]/L", "U/L", "/uL")
_BENCH = (0, 0, 0, 0, 1, 2, 1, 1, 3)
"""Blood count, chemistry, urine, cells: by test."""
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


def _draws(rng: np.random.Generator, people: People) -> tuple[np.ndarray, np.ndarray]:
    """Day of every draw, and which of them came: patients × months."""
    as_of = DAY_OF
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


def _values(rng: np.random.Generator, people: People, day: np.ndarray) -> np.ndarray:
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
    values = np.empty((*shape, len(ALL_TESTS)))
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


def results(rng: np.random.Generator, people: People) -> pa.Table:
    """The `results` table, by patient, date and test."""
    as_of = DAY_OF
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
    # Tests of one bench of the laboratory come in one message.
    arrived = rng.integers(8 * 3600, 60 * 3600, (*day.shape, max(_BENCH) + 1))
    received = when * _DAY + arrived[who, month, np.array(_BENCH)[test]] * 1_000_000
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
    # Of ten pairs five are preliminary then final, four final then corrected, one is withdrawn.
    status = np.where((copies[spot] == 2) & (kind < 0.005) & ~second, 1, status)
    status = np.where(second & (kind < 0.005), 0, status)
    status = np.where(second & (kind >= 0.005) & (kind < 0.009), 2, status)
    status = np.where(second & (kind >= 0.009), 3, status)
    corrected = second & (status == 2)
    value = np.where(corrected, np.round(value * 1.08 * 100) / 100, value)
    return _results_table(people, who, when, test, value, sign, unit, lab, status, received)


def _results_table(people: People, *columns: Any) -> pa.Table:
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
            "patient": words(who, people.names),
            "date": dates(when),
            "test": words(test, ALL_TESTS),
            "value": pa.array(value),
            "comparator": comparator,
            "unit": words(unit, _UNITS),
            "low": pa.array(low, mask=np.isnan(low)),
            "high": pa.array(high, mask=np.isnan(high)),
            "status": words(status, _STATUSES),
            "source": words(lab, _LABS),
            "received": pa.array(received, pa.timestamp("us")),
        }
    )
