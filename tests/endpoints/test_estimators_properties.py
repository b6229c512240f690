"""Estimators on small random data: against plain loops, and what must hold whatever the data."""

import copy

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.endpoints import naive

from longwatch.endpoints.competing import cumulative_incidence, gray
from longwatch.endpoints.counts import mean_count
from longwatch.endpoints.cox import cox
from longwatch.endpoints.cox_fit import fit_cox
from longwatch.endpoints.incidence import incidence
from longwatch.endpoints.rates import relapse_rate
from longwatch.endpoints.survival import at_risk_table, km, logrank, median, rmst

few = settings(max_examples=15, deadline=None)

days = st.integers(1, 9)
kinds = st.integers(0, 2)
people = st.lists(st.tuples(days, kinds, st.sampled_from("ab")), min_size=1, max_size=25)


def tte(rows, *, competing=False):
    return {
        "time": [row[0] for row in rows],
        "event": [row[1] if competing else row[1] > 0 for row in rows],
        "arm": [row[2] for row in rows],
    }


@few
@given(people)
def test_kaplan_meier_equals_plain_loops(rows):
    for step in km(tte(rows)).table.to_pylist():
        plain = [(time, kind > 0) for time, kind, _ in rows]
        assert step["estimate"] == pytest.approx(naive.kaplan_meier(plain, step["time"]))


@few
@given(people)
def test_at_risk_left_and_events_add_up_to_everybody(rows):
    table = at_risk_table(tte(rows), range(11)).to_pylist()

    assert all(row["at_risk"] + row["censored"] + row["events"] == len(rows) for row in table)
    assert [row["at_risk"] for row in table] == [
        sum(time >= day for time, *_ in rows) for day in range(11)
    ]


@few
@given(people)
def test_aalen_johansen_equals_plain_loops_and_shares_add_up_to_one(rows):
    found = cumulative_incidence(tte(rows, competing=True), times=range(1, 10)).table.to_pylist()
    plain = [(time, kind) for time, kind, _ in rows]
    for row in found:
        if row["estimate"] is not None:
            expected = naive.aalen_johansen(plain, int(row["kind"]), row["time"])
            assert row["estimate"] == pytest.approx(expected, abs=1e-12)
    free = km(tte(rows), times=range(1, 10)).table["estimate"].to_pylist()
    for day, share in enumerate(free, 1):
        with_event = [row["estimate"] for row in found if row["time"] == day]
        if share is not None and None not in with_event:
            assert share + sum(with_event) == pytest.approx(1)


@few
@given(people)
def test_without_competing_events_the_incidence_is_one_minus_kaplan_meier(rows):
    data = tte(rows)
    curve = km(data).table.to_pylist()

    for row, other in zip(cumulative_incidence(data).table.to_pylist(), curve, strict=False):
        assert row["estimate"] == pytest.approx(1 - other["estimate"], abs=1e-12)


@few
@given(
    st.lists(
        st.tuples(st.integers(0, 4), days, st.booleans(), st.integers(-2, 2)),
        min_size=4,
        max_size=20,
    ),
    st.sampled_from(["efron", "breslow"]),
)
def test_cox_stands_where_the_plain_likelihood_is_highest(rows, ties):
    rows = [(entry, entry + time, event, np.array([float(x)])) for entry, time, event, x in rows]
    x = np.array([row[3] for row in rows])
    assume(len(set(x.ravel())) > 1 and any(row[2] for row in rows))
    entry, time, event = (np.array([row[place] for row in rows]) for place in range(3))
    fit = fit_cox(time.astype(float), event, x, entry=entry.astype(float), ties=ties)
    assume(fit.converged and not fit.infinite.any() and abs(fit.beta[0]) < 5)

    here = naive.partial_likelihood(fit.beta, rows, ties)

    assert fit.log_likelihood == pytest.approx(here, abs=1e-9)
    for step in (-1e-3, 1e-3):
        assert naive.partial_likelihood(fit.beta + step, rows, ties) <= here + 1e-12
    second = sum(naive.partial_likelihood(fit.beta + step, rows, ties) for step in (-1e-3, 1e-3))
    curvature = (2 * here - second) / 1e-6
    assert 1 / fit.variance[0, 0] == pytest.approx(curvature, rel=1e-2, abs=1e-3)


@few
@given(people)
def test_the_order_of_rows_and_the_names_of_groups_do_not_matter(rows):
    data, backward = tte(rows), tte(rows[::-1])
    for ask in (
        lambda one: km(one, "arm").table,
        lambda one: median(one, "arm").table,
        lambda one: gray(one, "arm").table,
        lambda one: logrank(one, "arm").table,
    ):
        assert ask(data).to_pylist() == ask(backward).to_pylist()
    other = {**data, "arm": [{"a": "z", "b": "y"}[arm] for arm in data["arm"]]}
    assert logrank(other, "arm").statistic == pytest.approx(logrank(data, "arm").statistic)


@few
@given(people)
def test_a_group_alone_is_as_among_others(rows):
    together = km(tte(rows), "arm").table.to_pylist()
    for arm in {row[2] for row in rows}:
        alone = km(tte([row for row in rows if row[2] == arm])).table.to_pylist()
        assert [{**row, "group": arm} for row in alone] == [
            row for row in together if row["group"] == arm
        ]


@few
@given(people)
def test_the_mean_time_is_the_area_of_the_curve(rows):
    tau = min(max(time for time, *_ in rows), 6)
    data = [(time, kind > 0) for time, kind, _ in rows]

    area = sum(naive.kaplan_meier(data, day) for day in range(tau))

    assert rmst(tte(rows), tau=tau).estimate == pytest.approx(area)


def ratio(found):
    row = found.table.to_pylist()[0]
    return row["estimate"], row["lo"], row["hi"]


@few
@given(people)
def test_groups_exchanged_turn_the_hazard_ratio_over(rows):
    assume(len({row[2] for row in rows}) == 2)
    data = tte(rows)
    one, other = (ratio(cox(data, "arm", reference={"arm": arm})) for arm in "ab")
    assume(one[0] is not None and other[0] is not None)

    assert one[0] * other[0] == pytest.approx(1, rel=1e-7)
    assert one[1] * other[2] == pytest.approx(1, rel=1e-6)


followed = st.lists(
    st.tuples(st.integers(3, 40), st.sets(st.integers(0, 40), max_size=4), st.sampled_from("ab")),
    min_size=1,
    max_size=15,
)


def relapsing(rows):
    subjects = {
        "id": list(range(len(rows))),
        "start": [100] * len(rows),
        "end": [100 + end for end, *_ in rows],
        "arm": [arm for *_, arm in rows],
    }
    found = [(i, 100 + d) for i, (end, own, _) in enumerate(rows) for d in own if d <= end]
    relapses = {"id": [one[0] for one in found], "day": [one[1] for one in found]}
    return (relapses if found else {"id": pa.array([], pa.int64()), "day": []}), subjects


@few
@given(followed)
def test_the_mean_count_equals_plain_loops(rows):
    relapses, subjects = relapsing(rows)
    plain = [(end, [day for day in own if day <= end]) for end, own, _ in rows]

    for row in mean_count(relapses, subjects).table.to_pylist():
        mean, error = naive.mean_count(plain, row["time"])
        assert row["estimate"] == pytest.approx(mean)
        assert (row["se"] or 0.0) == pytest.approx(error, abs=1e-7)


@few
@given(followed)
def test_poisson_rates_are_events_by_person_years(rows):
    relapses, subjects = relapsing(rows)

    for row in relapse_rate(relapses, subjects, "arm", model="poisson").table.to_pylist():
        if row["kind"] == "rate":
            assert row["estimate"] == pytest.approx(row["events"] / row["person_years"])


@few
@given(followed)
def test_the_negative_binomial_stands_where_the_plain_likelihood_is_highest(rows):
    relapses, subjects = relapsing(rows)
    found = relapse_rate(relapses, subjects, "arm").table.to_pylist()
    rates = {row["term"]: row["estimate"] for row in found if row["kind"] == "rate"}
    assume(found[-1]["term"] == "theta" and all(rates.values()))
    alpha = 1 / found[-1]["estimate"]
    count = [sum(day <= end for day in own) for end, own, _ in rows]
    years = [end / 365.25 for end, *_ in rows]
    groups = [arm for *_, arm in rows]

    def at(factor, shape):
        moved = {arm: np.log(rate) + factor for arm, rate in rates.items()}
        return naive.negative_binomial(count, years, groups, moved, shape)

    here = at(0.0, alpha)
    assert max(at(-1e-4, alpha), at(1e-4, alpha)) <= here + 1e-12
    shapes = (0.0, 1e-3, 0.3, 2.0) if alpha == 0 else (0.0, alpha * 0.999, alpha * 1.001)
    assert max(at(0.0, shape) for shape in shapes) <= here + 1e-9


@few
@given(followed)
def test_years_since_the_start_add_up(rows):
    events, subjects = relapsing(rows)
    events = {**events, "term": pa.array(["x"] * len(events["day"]), pa.string())}

    found = incidence(events, subjects, anchor="start", bins=[0, 0.03, 0.05, 1], terms=["x"])

    table = found.table.to_pylist()
    assert sum(row["events"] for row in table) == len(events["day"])
    assert sum(row["person_years"] for row in table) == pytest.approx(found.person_years)
    assert sum(row["first_events"] for row in table) == len(set(events["id"])) * (
        len(events["day"]) > 0
    )
    assert table[0]["n"] == len(rows)
    assert all(row["first_person_years"] <= row["person_years"] + 1e-12 for row in table)


@few
@given(followed)
def test_what_is_given_is_not_changed(rows):
    relapses, subjects = relapsing(rows)
    before = copy.deepcopy((relapses, subjects))

    relapse_rate(relapses, subjects, "arm", model="lwyy")
    mean_count(relapses, subjects, "arm")

    assert (relapses, subjects) == before


@few
@given(st.lists(st.tuples(st.integers(0, 5), days, st.booleans()), min_size=1, max_size=12))
def test_who_enters_on_a_day_is_not_yet_at_risk_on_it(rows):
    data = {
        "entry": [entry for entry, *_ in rows],
        "time": [entry + length for entry, length, _ in rows],
        "event": [event for *_, event in rows],
    }

    for step in km(data, entry="entry").table.to_pylist():
        assert step["n_risk"] == sum(
            entry < step["time"] <= entry + length for entry, length, _ in rows
        )
