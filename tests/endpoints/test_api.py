"""Every name of the interface, as a user calls it: results in one shape, inputs left as they were.

The names are those of the proposal that this package was built by.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import longwatch.endpoints as ep
from longwatch.core.errors import UsageError

RULE = ep.Rule.preset("care-ms").with_(confirm=[182], tolerance=(14, math.inf), baseline="roving")
NAMES = (
    "disability_events", "unconfirmed", "time_to", "milestone", "relapse_rate", "mean_count", "km",
    "cox", "logrank", "cumulative_incidence", "gray", "neda", "incidence", "adherence", "flow",
    "table1", "km_plot", "forest", "report",
)  # fmt: skip
Frames = dict[str, Any]


def frames(people: int = 60, seed: int = 2) -> Frames:
    """A cohort as plain columns; 0 people: the same columns, empty."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"p{number:02d}" for number in range(people)], dtype=object)

    def many(mean: float) -> np.ndarray:
        return np.repeat(ids, rng.poisson(mean, people)) if people else ids

    visits = np.repeat(ids, 9)
    relapses, aes, tests = many(1.2), many(0.8), many(20)
    infused = np.tile([0, 365], people)
    return {
        "visits": {
            "id": visits, "day": np.tile(np.arange(9) * 91, people),
            "value": rng.integers(3, 9, len(visits)) / 2,
        },
        "relapses": {"id": relapses, "day": rng.integers(0, 800, len(relapses))},
        "subjects": {
            "id": ids, "start": np.zeros(people, int), "end": rng.integers(500, 800, people),
            "arm": rng.choice(np.array(["alem", "ifn"], dtype=object), people),
            "age": rng.normal(35, 8, people), "seen": rng.random(people) < 0.9,
        },
        "infusions": {"id": np.repeat(ids, 2), "day": infused,
                      "course": np.tile([1, 2], people)},
        "aes": {"id": aes, "day": rng.integers(1, 800, len(aes)),
                "term": rng.choice(np.array(["itp", "thyroid"], dtype=object), len(aes))},
        "tests": {"id": tests, "day": rng.integers(1, 800, len(tests)),
                  "test": np.repeat("platelets", len(tests)).astype(object)},
        "mri": {"id": np.repeat(ids, 2), "day": np.tile([370, 730], people),
                "new_gd": rng.integers(0, 2, 2 * people), "new_t2": rng.integers(0, 2, 2 * people)},
    }  # fmt: skip


def typed(given: Frames) -> Frames:
    """Text stays text where there are no rows."""
    words = {"id", "arm", "term", "test"}
    return {
        name: pa.table(
            {
                key: pa.array(cells.tolist(), pa.string()) if key in words else pa.array(cells)
                for key, cells in table.items()
            }
        )
        for name, table in given.items()
    }


def tte(f: Frames) -> pa.Table:
    return ep.time_to(ep.disability_events(f["visits"], f["relapses"], RULE), f["subjects"])


def kinds(f: Frames) -> pa.Table:
    return ep.first_events(f["aes"], f["subjects"], ["itp", "thyroid"])


TABLES: dict[str, Callable[[Frames], pa.Table]] = {
    "disability_events": lambda f: ep.disability_events(f["visits"], f["relapses"], RULE),
    "unconfirmed": lambda f: ep.unconfirmed(f["visits"], f["relapses"], RULE),
    "time_to": tte,
    "milestone": lambda f: ep.milestone(f["visits"], f["relapses"], 4.0, RULE),
    "neda": lambda f: ep.neda(
        f["visits"], f["relapses"], f["mri"], f["subjects"], RULE, windows="yearly"
    ),
    "flow": lambda f: ep.flow(f["subjects"], [ep.Stage("seen", "seen", "moved away")]),
    "table1": lambda f: ep.table1(f["subjects"], ["age", "seen"], "arm"),
    "at_risk_table": lambda f: ep.at_risk_table(tte(f), [0, 365]),
    "relapse_days": lambda f: ep.relapse_days(f["relapses"], RULE),
    "first_events": kinds,
}
RESULTS: dict[str, Callable[[Frames], ep.Result]] = {
    "relapse_rate": lambda f: ep.relapse_rate(
        f["relapses"], f["subjects"], by="arm", model="nb", covariates=["age"], se="robust"
    ),
    "relapse_rate lwyy": lambda f: ep.relapse_rate(
        f["relapses"], f["subjects"], by="arm", model="lwyy"
    ),
    "relapse_rate poisson": lambda f: ep.relapse_rate(
        f["relapses"], f["subjects"], by="arm", model="poisson"
    ),
    "mean_count": lambda f: ep.mean_count(f["relapses"], f["subjects"], "arm"),
    "km": lambda f: ep.km(tte(f), "arm", ci="log-log", times=[365, 730]),
    "median": lambda f: ep.median(tte(f), "arm"),
    "rmst": lambda f: ep.rmst(tte(f), "arm"),
    "cox": lambda f: ep.cox(tte(f), ["arm", "age"], ties="efron"),
    "logrank": lambda f: ep.logrank(tte(f), "arm"),
    "incidence": lambda f: ep.incidence(
        f["aes"], f["subjects"], anchor="last infusion", infusions=f["infusions"]
    ),
    "associated": lambda f: ep.associated(f["aes"], f["subjects"], f["infusions"], (0, 30)),
    "cumulative_incidence": lambda f: ep.cumulative_incidence(
        f["aes"], f["subjects"], cause="itp", competing=["thyroid"], by="arm", var="greenwood"
    ),
    "gray": lambda f: ep.gray({**kinds(f).to_pydict(), "arm": f["subjects"]["arm"]}, "arm"),
}
OTHERS = {"adherence", "km_plot", "forest", "report"}
MEASURES = ("estimate", "se", "lo", "hi", "p", "n", "events", "person_years", "method", "rule",
            "warnings")  # fmt: skip


def test_every_name_is_called_here() -> None:
    called = {name.split()[0] for name in (*TABLES, *RESULTS)} | OTHERS

    assert set(NAMES) <= called
    assert called <= set(ep.__all__)


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_has_every_measure_and_can_be_printed_framed_and_drawn(name: str) -> None:
    found = RESULTS[name](typed(frames()))

    for measure in MEASURES:
        value = getattr(found, measure)
        assert not (isinstance(value, float) and math.isnan(value)), measure
    assert found.n > 0
    assert found.method
    assert found.method in str(found)
    assert found.to_frame().num_rows > 0
    assert b"method" in found.to_frame().schema.metadata
    assert found.summary().num_rows == 1
    if name in ("logrank", "gray", "median"):
        # A test has no estimate, and half of these people have no event.
        with pytest.raises(UsageError, match="no estimate to draw"):
            found.plot()
    else:
        assert found.plot().startswith("<svg")


@pytest.mark.parametrize("name", TABLES)
def test_without_people_a_table_has_its_columns(name: str) -> None:
    full, none = TABLES[name](typed(frames())), TABLES[name](typed(frames(0)))

    assert none.schema.names == full.schema.names
    if name != "flow":
        assert none.num_rows == 0 or name in ("table1", "at_risk_table")
    for one, other in zip(none.schema, full.schema, strict=True):
        assert one.type == other.type or name == "time_to", one.name


@pytest.mark.parametrize("name", RESULTS)
def test_without_people_a_result_has_its_columns_no_figure_and_a_reason(name: str) -> None:
    full, none = RESULTS[name](typed(frames())), RESULTS[name](typed(frames(0)))

    assert none.to_frame().schema.names == full.to_frame().schema.names
    assert none.to_frame().schema.types == full.to_frame().schema.types
    assert (none.n, none.events, none.estimate, none.p) == (0, 0, None, None)
    assert str(none)


@pytest.mark.parametrize("name", [*TABLES, *RESULTS])
def test_nothing_given_is_changed_and_every_library_gives_the_same(name: str) -> None:
    call = {**TABLES, **RESULTS}[name]
    plain = frames()
    as_pandas = {key: pd.DataFrame(table) for key, table in plain.items()}
    before = {key: table.copy(deep=True) for key, table in as_pandas.items()}
    chance = np.random.get_state()[1].tolist()

    found = str(call(as_pandas))

    for key, table in before.items():
        pd.testing.assert_frame_equal(as_pandas[key], table)
    assert np.random.get_state()[1].tolist() == chance
    others = {key: pl.DataFrame(table) for key, table in typed(plain).items()}
    assert str(call(others)) == str(call(typed(plain))) == found


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("disability_events", "relapses"), ("unconfirmed", "relapses"), ("milestone", "relapses"),
        ("time_to", "subjects"), ("neda", "mri"), ("neda", "subjects"),
        ("relapse_rate", "relapses"), ("mean_count", "relapses"), ("incidence", "aes"),
        ("incidence", "infusions"), ("associated", "infusions"), ("cumulative_incidence", "aes"),
    ],
)  # fmt: skip
def test_ids_of_another_type_are_refused(name: str, table: str) -> None:
    given = typed(frames())
    numbers = pa.array(range(given[table].num_rows))
    if table == "subjects":
        given[table] = given[table].set_column(0, "id", numbers)
    else:
        given[table] = given[table].set_column(0, "id", numbers)

    with pytest.raises(UsageError, match="ids are"):
        {**TABLES, **RESULTS}[name](given)


def test_a_rule_is_frozen_hashable_and_says_itself() -> None:
    assert len({RULE, RULE.with_(), RULE.with_(confirm=[84])}) == 2
    assert ep.Rule.from_dict(RULE.to_dict()) == RULE
    assert "182" in RULE.describe() or "168" in RULE.describe()
    with pytest.raises(AttributeError):
        RULE.confirm = (84,)  # type: ignore[misc]
    for name in ("care-ms", "opera", "kappos2020", "mueller2023", "mueller2023-specific",
                 "mueller2025", "cagol2022", "msbase2015", "msprog"):  # fmt: skip
        assert ep.Rule.preset(name).definition == name
    assert ep.rule_of(TABLES["disability_events"](typed(frames()))) == RULE
    assert ep.rule_of(TABLES["disability_events"](typed(frames(0)))) == RULE


def test_unconfirmed_changes_say_why() -> None:
    found = ep.unconfirmed(typed(frames())["visits"], typed(frames())["relapses"], RULE)

    assert set(found["reason"].to_pylist()) & {"no_visit", "relapse", "reverted", "last_visit"}


def test_adherence_needs_days_that_are_dates_and_gives_people_and_months() -> None:
    series = ep.Series("cbc", "Blood count", ("platelets",), every=1, early=7, grace=7)
    given = {"id": ["a"], "date": [date(2025, 1, 10)], "course": [1]}
    done = {"id": ["a"], "date": [date(2025, 2, 12)], "test": ["platelets"]}

    kept = ep.adherence(done, given, [series], date(2025, 4, 1), watch_months=48)

    assert kept.people["expected"].to_pylist() == [2]
    assert kept.months["month"].to_pylist() == [1, 2]
    with pytest.raises(UsageError, match="ids are"):
        ep.adherence({**done, "id": [1]}, given, [series], date(2025, 4, 1), watch_months=48)


def test_pictures_are_made_of_results() -> None:
    given = typed(frames())

    whole = ep.km(tte(given), "arm")
    assert "at risk" in ep.km_plot(whole).lower()
    assert "day 365" in RESULTS["km"](given).plot()
    with pytest.raises(UsageError, match="without times"):
        ep.km_plot(RESULTS["km"](given))
    assert ep.forest(RESULTS["cox"](given)).count("hazard ratio") >= 1
