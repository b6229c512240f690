"""Made patients: who they are, their infusions, their yearly and half-yearly events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

AS_OF = date(2026, 6, 1)
DAY_OF = (AS_OF - date(1970, 1, 1)).days
"""The day of the watch, and its number."""
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


@dataclass
class People:
    """A chunk of patients as arrays; days are day numbers."""

    names: pa.Array
    first: np.ndarray
    courses: np.ndarray
    starts: np.ndarray
    last: np.ndarray
    sex: np.ndarray
    lab: np.ndarray


def months_after(days: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Day numbers so many calendar months later, clipped to the month's end."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    offset = (dates - month).astype(np.int64)
    later = month + months
    length = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int64)
    return later.astype("datetime64[D]").astype(np.int64) + np.minimum(offset, length - 1)


def made_people(rng: np.random.Generator, start: int, size: int) -> People:
    """People number `start` and on: courses, infusion days, sex, laboratory."""
    as_of = DAY_OF
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
    return People(
        names=pa.array([f"P{number:08d}" for number in range(start, start + size)]),
        first=first,
        courses=courses,
        starts=starts,
        last=last,
        sex=rng.choice(4, size, p=[0.68, 0.30, 0.01, 0.01]),
        lab=rng.integers(0, 3, size),
    )


def words(codes: np.ndarray, meant: tuple[str, ...] | pa.Array) -> pa.Array:
    """Codes and what they mean, as a dictionary column."""
    meant = meant if isinstance(meant, pa.Array) else pa.array(meant)
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), meant)


def dates(days: np.ndarray) -> pa.Array:
    """Day numbers as dates."""
    return pa.array(days.astype(np.int32)).view(pa.date32())


def patients(rng: np.random.Generator, people: People) -> pa.Table:
    """The `patients` table; one birth date in two thousand is wrong."""
    size = len(people.first)
    birth = people.first - rng.integers(19 * 365, 60 * 365, size)
    wrong = rng.random(size) < 0.0005
    birth[wrong] = people.first[wrong] + 40
    return pa.table(
        {
            "patient": people.names,
            "birth_date": dates(birth),
            "sex": words(people.sex, ("female", "male", "other", "unknown")),
        }
    )


def infusions(rng: np.random.Generator, people: People) -> tuple[pa.Table, np.ndarray]:
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
            "patient": words(who, people.names),
            "date": dates(people.starts[who, course] + day + np.where(planned, 2500, 0)),
            "course": pa.array((course + 1).astype(np.int32)),
            "day": pa.array((day + 1).astype(np.int32)),
            "dose_mg": pa.array(np.full(len(who), 12.0)),
            "status": words(planned, ("given", "planned")),
        }
    )
    return table, kept


def events(rng: np.random.Generator, people: People, kept: np.ndarray) -> pa.Table:
    """The `events` table of those `kept` on file: examinations, screening, status forms."""
    as_of = DAY_OF
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
            "patient": words(whose[order], people.names),
            "date": dates(days[order]),
            "kind": words((codes[order] == 2), ("procedure", "note")),
            "code": words(codes[order], ("skin-exam", "hpv-screen", "rems-status")),
        }
    )
