"""Adherence counts as the watch counts, and adds up."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.endpoints.clinic_of_endpoints import CBC, DAY, TSH, record, tables

from longwatch.core.daycolumns import months_after
from longwatch.core.daynumbers import months_later
from longwatch.core.errors import UsageError
from longwatch.core.record import Record
from longwatch.endpoints.adherence import MONTHS, PEOPLE, Series, adherence
from longwatch.endpoints.from_record import from_record
from longwatch.endpoints.watched_by import watched_by
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch

FIRST = date(2025, 1, 31)


def kept(days: list[date], as_of: date, series: Series = CBC, **given: list) -> dict:
    tests = [test for test in series.tests for _ in days]
    done = {"id": ["a"] * len(tests), "date": days * len(series.tests), "test": tests}
    infused = given or {"id": ["a"], "date": [FIRST], "course": [1]}
    if not tests:
        done = {"id": pa.array([], pa.string()), "date": pa.array([], pa.date32()),
                "test": pa.array([], pa.string())}  # fmt: skip
    return adherence(done, infused, [series], as_of, watch_months=48).people.to_pylist()[0]


def examined(people: int) -> Record:
    """The clinic, with examinations, screening by test or by procedure, and forms; some missed."""
    made, rng = tables(people), np.random.default_rng(3)
    first = dict(zip(reversed(made["infusions"]["patient"]),
                     reversed(made["infusions"]["date"]), strict=True))  # fmt: skip
    forms = (("procedure", "skin-exam", 365), ("procedure", "hpv-screen", 800),
             ("note", "rems-status", 182), ("symptom", "rems-status", 1500))  # fmt: skip
    for who, start in first.items():
        for kind, code, every in forms:
            for number in range(1, 4 * 365 // every):
                day = start + timedelta(days=every * number + int(rng.integers(-45, 45)))
                row = (who, day, kind, code)
                for name, cell in zip(made["events"], row, strict=True):
                    made["events"][name].append(cell)
        for year in (1, 3):
            row = (who, start + timedelta(days=365 * year + int(rng.integers(-45, 45))), "hpv", 0.0,
                   None)  # fmt: skip
            for name, cell in zip(made["results"], row, strict=True):
                made["results"][name].append(cell)
    return Record.from_tables(**made)


def counts(row: dict) -> tuple[int, ...]:
    return tuple(row[name] for name in ("expected", "on_time", "late", "missed"))


@pytest.mark.parametrize("as_of", [DAY, date(2022, 3, 31), date(2021, 6, 30), date(2032, 1, 1)])
def test_every_item_counts_as_the_watch_counts_it(as_of: date) -> None:
    pack, clinic = load_protocol("alemtuzumab-us"), examined(20)
    watched = watched_by(pack)
    cohort = from_record(clinic, as_of, events=["skin-exam", "hpv-screen", "rems-status"])
    told = {
        (row["patient"], row["activity"]): tuple(list(row.values())[2:7])
        for row in watch(pack, clinic, as_of).adherence.to_pylist()
    }

    made = adherence(
        cohort.tests, cohort.infusions, watched.series, as_of, watch_months=watched.watch_months,
        subjects=cohort.subjects,
    )  # fmt: skip

    treated = cohort.subjects.filter(cohort.subjects["start"].is_valid())
    women = pc.sum(pc.equal(treated["sex"], "female")).as_py()
    assert made.people.num_rows == (len(watched.series) - 1) * treated.num_rows + women
    for row in made.people.to_pylist():
        own = (*counts(row), row["longest_gap_days"])
        assert own == told[row["id"], row["activity"]], row["id"]


@pytest.mark.parametrize(
    ("sentence", "day", "as_of", "expected"),
    [
        ("the day before it opens answers nothing", "02-20", "03-08", (1, 0, 0, 0)),
        ("the day it opens is in time", "02-21", "03-08", (1, 1, 0, 0)),
        ("the day it closes is in time", "03-07", "03-08", (1, 1, 0, 0)),
        ("the day after is late", "03-08", "03-09", (1, 0, 1, 0)),
        ("on the last day of the window nothing is expected yet", "03-07", "03-07", (0, 0, 0, 0)),
        ("once the next has opened it is missed", "03-24", "03-24", (1, 0, 0, 1)),
    ],
)
def test_edges_of_a_window(sentence: str, day: str, as_of: str, expected: tuple) -> None:
    done, today = (date.fromisoformat(f"2025-{one}") for one in (day, as_of))

    assert counts(kept([done], today)) == expected, sentence


def test_half_the_tests_answer_nothing() -> None:
    given = {"id": ["a"], "date": [FIRST], "course": [1]}
    done = {"id": ["a"], "date": [date(2025, 2, 28)], "test": ["platelets"]}

    row = adherence(done, given, [CBC], date(2025, 3, 9), watch_months=48).people.to_pylist()[0]

    assert counts(row) == (1, 0, 0, 0)


def test_days_are_covered_until_the_next_tests_would_have_closed() -> None:
    done = [date(2025, 2, 28)]
    # From 31 January: covered to 7 March (28 February + 7); the test of 28 February covers to
    # 28 March + 7 = 4 April. Day 31 January to 4 April are 63 of the 90 days to 1 May.
    row = kept(done, date(2025, 5, 1))

    assert (row["covered_days"], row["watched_days"]) == (63, 90)
    assert row["covered_share"] == pytest.approx(63 / 90)


def test_nobody_and_nothing_give_the_same_columns() -> None:
    none = {"id": pa.array([], pa.string()), "date": pa.array([], pa.date32())}
    empty = adherence({**none, "test": pa.array([], pa.string())}, none, [CBC, TSH], DAY,
                      watch_months=48)  # fmt: skip

    assert empty.people.column_names == ["id", *PEOPLE.names]
    assert empty.months.schema.names == MONTHS.names
    assert empty.people.num_rows == empty.months.num_rows == 0


def test_months_add_up_to_people() -> None:
    cohort = from_record(record(), DAY)
    made = adherence(cohort.tests, cohort.infusions, [CBC, TSH], DAY, watch_months=48)
    for name in ("expected", "on_time", "late", "missed"):
        assert sum(made.months[name].to_pylist()) == sum(made.people[name].to_pylist()) > 0
    for row in made.months.to_pylist():
        assert row["on_time"] + row["late"] + row["missed"] + row["open"] == row["expected"]
        assert row["lo"] <= row["share"] <= row["hi"]
        assert 0 <= row["covered_share"] <= 1


def test_a_series_without_tests_or_without_people_is_refused() -> None:
    with pytest.raises(UsageError, match="makes no sense"):
        kept([FIRST], DAY, Series("x", "X", (), 1, 0, 0))
    with pytest.raises(UsageError, match="give subjects with sex"):
        kept([FIRST], DAY, Series("x", "X", ("hpv",), 12, 0, 0, sexes=("female",)))


@given(
    start=st.integers(-30_000, 80_000),
    months=st.lists(st.integers(-600, 600), min_size=1, max_size=5),
)
@settings(max_examples=100)
def test_months_of_a_column_are_those_of_one_day(start: int, months: list[int]) -> None:
    found = months_after(np.array([[start]]), np.array(months)).tolist()

    assert found == [[months_later(start, one) for one in months]]


@given(st.lists(st.integers(0, 800), max_size=30), st.integers(0, 900))
@settings(max_examples=25, deadline=None)
def test_more_tests_never_make_fewer_answers(days: list[int], until: int) -> None:
    as_of = FIRST + timedelta(days=until)
    done = [FIRST + timedelta(days=day) for day in days]

    fewer, more = kept(done[1:], as_of), kept(done, as_of)

    assert more["expected"] == fewer["expected"]
    assert more["on_time"] + more["late"] >= fewer["on_time"] + fewer["late"]
    assert more["on_time"] >= fewer["on_time"]
    assert more["covered_days"] >= fewer["covered_days"] or more["late"] != fewer["late"]
