"""Data that cannot answer: what is known, None for the rest with the reason, or a clear refusal."""

import numpy as np
import pyarrow as pa
import pytest

from longwatch.core.errors import UsageError
from longwatch.endpoints.competing import cumulative_incidence, first_events, gray
from longwatch.endpoints.counts import mean_count
from longwatch.endpoints.cox import cox
from longwatch.endpoints.incidence import associated, incidence
from longwatch.endpoints.rates import relapse_rate
from longwatch.endpoints.survival import at_risk_table, km, logrank, median, rmst

PEOPLE = {"id": [1, 2, 3, 4], "start": [0] * 4, "end": [731] * 4, "arm": list("aabb")}
NOBODY = {"id": pa.array([], pa.int64()), "start": [], "end": [], "arm": pa.array([], pa.string())}
NONE = {"id": pa.array([], pa.int64()), "day": []}
NO_EVENTS = {**NONE, "term": pa.array([], pa.string())}
EMPTY = {"time": [], "event": [], "arm": pa.array([], pa.string()), "age": []}

ASKED = {
    "km": lambda tte, *_: km(tte, "arm"),
    "km at times": lambda tte, *_: km(tte, "arm", times=[0, 100, 5000]),
    "median": lambda tte, *_: median(tte, "arm"),
    "logrank": lambda tte, *_: logrank(tte, "arm"),
    "rmst": lambda tte, *_: rmst(tte, "arm"),
    "incidence": lambda tte, *_: cumulative_incidence(tte, by="arm"),
    "gray": lambda tte, *_: gray(tte, "arm"),
    "poisson": lambda _, r, s: relapse_rate(r, s, "arm", model="poisson"),
    "nb": lambda _, r, s: relapse_rate(r, s, "arm", model="nb"),
    "nb joint": lambda _, r, s: relapse_rate(r, s, "arm", model="nb", se="joint"),
    "lwyy": lambda _, r, s: relapse_rate(r, s, "arm", model="lwyy"),
    "mean count": lambda _, r, s: mean_count(r, s, "arm", times=[0, 100, 5000]),
    "by year": lambda _, r, s: incidence(
        {**r, "term": pa.array(["x"] * len(r["day"]), pa.string())}, s, anchor="start", by="arm"
    ),
}

DATA = {
    "nobody": (EMPTY, NONE, NOBODY),
    "one person without event": (
        {"time": [9], "event": [0], "arm": ["a"], "age": [3]},
        NONE,
        {"id": [1], "start": [0], "end": [9], "arm": ["a"]},
    ),
    "one person with event": (
        {"time": [9], "event": [1], "arm": ["a"], "age": [3]},
        {"id": [1], "day": [9]},
        {"id": [1], "start": [0], "end": [9], "arm": ["a"]},
    ),
    "all left on day 0": (
        {"time": [0, 0, 0], "event": [0, 0, 0], "arm": list("aab"), "age": [1, 2, 3]},
        NONE,
        {"id": [1, 2, 3], "start": [0] * 3, "end": [0] * 3, "arm": list("aab")},
    ),
    "no event in one group": (
        {"time": [1, 2, 3, 4], "event": [1, 1, 0, 0], "arm": list("aabb"), "age": [1, 3, 2, 4]},
        {"id": [1, 1, 2], "day": [5, 100, 20]},
        PEOPLE,
    ),
    "no event at all": (
        {"time": [1, 2, 3, 4], "event": [0] * 4, "arm": list("aabb"), "age": [1, 3, 2, 4]},
        NONE,
        PEOPLE,
    ),
    "all have the event on one day": (
        {"time": [5] * 4, "event": [1] * 4, "arm": list("aabb"), "age": [1, 3, 2, 4]},
        {"id": [1, 2, 3, 4], "day": [5] * 4},
        PEOPLE,
    ),
    "nothing but missing": (
        {"time": [None] * 2, "event": [1, 0], "arm": ["a", "b"], "age": [1, 2]},
        {"id": [1], "day": pa.array([None], pa.int64())},
        {
            "id": [1, 2],
            "start": [0, 0],
            "end": pa.array([None, None], pa.int64()),
            "arm": list("ab"),
        },
    ),
}


def figures(result):
    yield from (result.estimate, result.se, result.lo, result.hi, result.p, result.statistic)
    for row in result.table.to_pylist():
        yield from (value for value in row.values() if isinstance(value, float))


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("case", DATA)
def test_there_is_an_answer_without_nan_and_a_reason_for_what_is_missing(what, case):
    found = ASKED[what](*DATA[case])

    assert not any(value is not None and np.isnan(value) for value in figures(found))
    assert found.method
    assert str(found)
    if found.events == 0:
        assert found.warnings


@pytest.mark.parametrize("what", ASKED)
def test_the_columns_do_not_depend_on_the_data(what):
    schemas = {str(ASKED[what](*data).table.schema) for data in DATA.values()}

    assert len(schemas) == 1


def test_a_group_without_relapse_has_a_rate_with_an_exact_limit_and_no_ratio():
    for model in ("poisson", "nb", "lwyy"):
        found = relapse_rate({"id": [1, 2], "day": [5, 20]}, PEOPLE, "arm", model=model)
        rows = {row["term"]: row for row in found.table.to_pylist()}

        assert rows["b"]["estimate"] == 0
        assert rows["b"]["hi"] == pytest.approx(-np.log(0.025) / (2 * 731 / 365.25))
        assert rows["b vs a"]["estimate"] is None
        assert found.estimate is None
        assert any("no ratio" in warning for warning in found.warnings)


def test_separation_is_named_and_the_other_covariate_is_as_without_it():
    data = {
        "time": range(1, 7), "event": [1, 1, 1, 0, 0, 0], "arm": list("aaabbb"),
        "age": [3, 1, 2, 5, 3, 2],
    }  # fmt: skip
    alone = cox({name: column[:3] for name, column in data.items()}, "age")

    found = cox(data, ["arm", "age"])

    arm, age = found.table.to_pylist()
    assert (arm["estimate"], arm["lo"], arm["hi"], arm["p"]) == (None,) * 4
    assert "runs to 0" in found.warnings[0]
    assert age["estimate"] == pytest.approx(alone.estimate, rel=1e-6)
    assert age["se"] == pytest.approx(alone.se, rel=1e-6)


def test_a_covariate_without_end_in_a_rate_is_named():
    people = {**PEOPLE, "smokes": [False, True, False, True]}
    for model in ("poisson", "nb", "lwyy"):
        found = relapse_rate(
            {"id": [1, 3, 3], "day": [5, 20, 30]}, people, "arm", model=model, covariates=["smokes"]
        )
        smokes = next(row for row in found.table.to_pylist() if row["term"] == "smokes")

        assert smokes["estimate"] is None
        assert any("smokes: no finite rate ratio" in warning for warning in found.warnings)


def test_people_all_alike_have_a_rate_and_no_robust_error():
    found = relapse_rate({"id": [1, 2, 3, 4], "day": [9] * 4}, PEOPLE, model="poisson")

    assert found.estimate == pytest.approx(4 / (4 * 731 / 365.25))
    assert (found.se, found.lo, found.hi) == (None, None, None)
    assert "robust errors" in found.warnings[0]


def test_counts_that_vary_less_than_poisson_give_poisson_and_say_so():
    found = relapse_rate({"id": [1, 2, 3, 4], "day": [9] * 4}, PEOPLE, "arm", se="model")
    poisson = relapse_rate(
        {"id": [1, 2, 3, 4], "day": [9] * 4}, PEOPLE, "arm", model="poisson", se="model"
    )

    assert found.estimate == pytest.approx(poisson.estimate)
    assert found.se == pytest.approx(poisson.se)
    assert found.table.to_pylist()[-1]["estimate"] == np.inf
    assert "no more than Poisson" in found.warnings[0]


def test_after_the_last_day_seen_a_curve_is_unknown_unless_everybody_had_the_event():
    left = km({"time": [1, 5], "event": [1, 0]}, times=[6])
    done = km({"time": [1, 5], "event": [1, 1]}, times=[6])

    assert left.estimate is None
    assert "nobody was seen after day 5" in left.warnings[0]
    assert (done.estimate, done.lo, done.hi) == (0, None, None)


def test_after_the_last_day_seen_a_share_is_unknown_unless_everybody_had_an_event():
    left = cumulative_incidence({"time": [1, 5], "event": ["x", "censored"]}, times=[6])
    done = cumulative_incidence({"time": [1, 5], "event": ["x", "y"]}, cause="x", times=[6])

    assert left.estimate is None
    assert "nobody was seen after day 5" in left.warnings[0]
    assert done.estimate == 0.5


def test_rows_left_out_are_counted():
    data = {"time": [1, None, 3], "event": [1, 1, None], "arm": ["a", "b", "b"]}

    found = km(data, "arm")

    assert found.n == 1
    assert found.warnings[:2] == (
        "1 rows without time are left out",
        "1 rows without event or censoring are left out",
    )
    assert "nobody of group b is left" in found.warnings


def test_who_could_not_be_assessed_is_left_out_with_the_reason():
    found = km(
        {
            "time": [1, None, None],
            "event": [1, None, None],
            "status": ["event", "not_assessable: x", None],
        }
    )

    assert found.warnings == (
        "1 rows (not_assessable: x) are left out",
        "1 rows without time are left out",
    )


def test_relapses_that_do_not_count_are_counted():
    relapses = {
        "id": [1, 1, 1, 1, 2, 9], "day": [-3, 5, 5, 999, 7, 7],
        "confirmed": [True, True, True, True, False, True],
    }  # fmt: skip

    found = relapse_rate(relapses, PEOPLE)

    assert found.events == 1
    assert found.warnings[:5] == (
        "1 relapses of people who are not counted",
        "1 relapses before the start of follow-up are not counted",
        "1 relapses after the end of follow-up are not counted",
        "1 relapses that were not confirmed are not counted",
        "1 relapses on the day of another are counted with it",
    )


def test_dates_are_as_good_as_day_numbers():
    days = relapse_rate({"id": [1, 3], "day": [31, 60]}, PEOPLE, "arm", model="poisson")
    dates = relapse_rate(
        {"id": [1, 3], "date": ["2020-02-01", "2020-03-01"]},
        {**PEOPLE, "start": ["2020-01-01"] * 4, "end": ["2022-01-01"] * 4},
        "arm",
        model="poisson",
    )

    assert dates.table.to_pylist() == days.table.to_pylist()


def test_relapses_on_the_first_and_the_last_day_count():
    relapses = {"id": [1, 2, 2], "day": [0, 731, 4]}
    for model in ("poisson", "lwyy", "nb"):
        assert relapse_rate(relapses, PEOPLE, "arm", model=model).events == 3
    assert mean_count(relapses, PEOPLE, times=[731]).estimate == pytest.approx(3 / 4)


TTE = DATA["no event in one group"][0]
REFUSED = {
    "ids of another type": (
        lambda: relapse_rate({"id": ["1"], "day": [3]}, PEOPLE),
        "ids are string in relapses",
    ),
    "dates beside day numbers": (
        lambda: relapse_rate({"id": [1], "date": ["2020-01-01"]}, PEOPLE),
        "count days differently",
    ),
    "a missing column": (lambda: km({"time": [1]}), "column 'event' is missing"),
    "a negative time": (lambda: km({"time": [-1], "event": [1]}), "times are negative"),
    "an event in words": (lambda: km({"time": [1], "event": ["yes"]}), "holds 'yes'"),
    "no table": (lambda: km([1, 2]), "is not a table"),
    "a level above 1": (lambda: km(TTE, level=95), "a level of 95"),
    "an unknown band": (lambda: km(TTE, ci="exact"), "no band is called 'exact'"),
    "days backward": (lambda: at_risk_table(TTE, [3, 1]), "from early to late"),
    "an unknown model": (lambda: relapse_rate(NONE, PEOPLE, model="gee"), "'gee' is not known"),
    "joint errors without dispersion": (
        lambda: relapse_rate(NONE, PEOPLE, model="poisson", se="joint"),
        "needs a dispersion",
    ),
    "an unknown reference": (
        lambda: relapse_rate(NONE, PEOPLE, "arm", reference="c"),
        "no group 'c'",
    ),
    "a covariate that never changes": (
        lambda: cox({**TTE, "age": [3] * 4}, ["arm", "age"]),
        "covariate 'age' has the same value",
    ),
    "a covariate that follows": (
        lambda: cox({**TTE, "twice": [2, 6, 4, 8]}, ["age", "twice"]),
        "covariate 'twice' follows",
    ),
    "no covariate": (lambda: cox(TTE, []), "no covariate"),
    "unknown ties": (lambda: cox(TTE, "age", ties="exact"), "no ties are called"),
    "a tau that nobody saw": (lambda: rmst(TTE, tau=100), "nobody was seen after day 4"),
    "a share above 1": (lambda: median(TTE, share=2), "a share of 2"),
    "an unknown kind": (lambda: gray(TTE, "arm", cause="itp"), "no event is a 'itp'"),
    "an unknown variance": (lambda: cumulative_incidence(TTE, var="x"), "no variance"),
    "a cause that competes": (
        lambda: first_events(NO_EVENTS, PEOPLE, "itp", ["itp"]),
        "looked at and competing",
    ),
    "no cause": (lambda: cumulative_incidence(NO_EVENTS, PEOPLE), "no cause is named"),
    "no infusions": (lambda: incidence(NO_EVENTS, PEOPLE), "needs infusions"),
    "bins backward": (
        lambda: incidence(NO_EVENTS, PEOPLE, anchor="start", bins=[2, 1]),
        "rising years",
    ),
    "an unknown anchor": (lambda: incidence(NO_EVENTS, PEOPLE, anchor="x"), "anchor 'x'"),
    "a window backward": (lambda: associated(NO_EVENTS, PEOPLE, NONE, (3, 1)), "within"),
    "too many groups": (
        lambda: km({"time": [1] * 200, "event": [1] * 200, "arm": range(200)}, "arm"),
        "200 different values",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused_in_words(case):
    ask, words = REFUSED[case]

    with pytest.raises(UsageError, match=words):
        ask()
