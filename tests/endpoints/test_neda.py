"""No evidence of disease activity: yes only when all was looked at, no when one thing failed."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longwatch.core.errors import UsageError
from longwatch.endpoints.neda import neda
from longwatch.endpoints.rule import Rule

RULE = Rule.preset("care-ms")
WHO = {"id": [1], "start": [0], "end": [731]}
QUIET = {"id": [1] * 9, "day": [91 * n for n in range(9)], "value": [2.0] * 9}
CLEAN = {"id": [1] * 3, "day": [0, 360, 735], "new_gd": [3, 0, 0], "new_t2": [5, 0, 0]}
NOBODY = {"id": [], "day": []}


def _of(visits=QUIET, relapses=NOBODY, mri=CLEAN, who=WHO, rule=RULE, **more):
    return neda(visits, relapses, mri, who, rule, **more).to_pylist()


def _with(table, **changed):
    return {**table, **changed}


def test_all_looked_at_and_nothing_found():
    rows = _of()

    assert [row["year"] for row in rows] == [1, 2]
    assert [row["neda"] for row in rows] == ["yes", "yes"]
    assert {row["failed"] for row in rows} == {None}


@pytest.mark.parametrize(
    ("changed", "yearly", "cumulative", "failed", "after"),
    [
        ({"relapses": {"id": [1], "day": [100]}}, ["no", "yes"], ["no", "no"], "relapse", 100),
        ({"relapses": {"id": [1], "day": [400]}}, ["yes", "no"], ["yes", "no"], "relapse", 400),
        ({"relapses": {"id": [1], "day": [365]}}, ["no", "yes"], ["no", "no"], "relapse", 365),
        ({"relapses": {"id": [1], "day": [366]}}, ["yes", "no"], ["yes", "no"], "relapse", 366),
        ({"relapses": {"id": [1], "day": [-9]}}, ["yes", "yes"], ["yes", "yes"], None, None),
        (
            {"mri": _with(CLEAN, new_t2=[0, 1, 0])},
            ["no", "yes"], ["no", "no"], "mri", 360,
        ),
        (
            {"mri": _with(CLEAN, day=[0, 390, 735], new_gd=[0, 1, 0])},
            ["no", "yes"], ["no", "no"], "mri", 390,
        ),
        (
            {"mri": _with(CLEAN, new_gd=[0, 0, 2])},
            ["yes", "no"], ["yes", "no"], "mri", 735,
        ),
        (
            {"visits": _with(QUIET, value=[2, 2, 3, 3, 3, 3, 3, 3, 3])},
            ["no", "yes"], ["no", "no"], "worsening", 182,
        ),
        (
            {"visits": _with(QUIET, value=[2, 2, 3, 3, 3, 4, 4, 4, 4])},
            ["no", "no"], ["no", "no"], "worsening", 182,
        ),
        (
            {
                "relapses": {"id": [1], "day": [300]},
                "visits": _with(QUIET, value=[2, 2, 3, 3, 3, 3, 3, 3, 3]),
            },
            ["no", "yes"], ["no", "no"], "worsening", 182,
        ),
    ],
)  # fmt: skip
def test_one_thing_found_ends_it(changed, yearly, cumulative, failed, after):
    each, whole = _of(**changed, windows="yearly"), _of(**changed)

    assert [row["neda"] for row in each] == yearly
    assert [row["neda"] for row in whole] == cumulative
    first = [(row["failed"], row["failed_after"]) for row in whole if row["neda"] == "no"]
    assert first[:1] == ([(failed, after)] if failed else [])


@pytest.mark.parametrize(
    ("changed", "component", "yearly"),
    [
        ({"relapses": None}, "relapse", ["unknown", "unknown"]),
        ({"mri": None}, "mri", ["unknown", "unknown"]),
        ({"visits": None}, "worsening", ["unknown", "unknown"]),
        ({"mri": _with(CLEAN, day=[0, 500, 735])}, "mri", ["unknown", "yes"]),
        ({"mri": _with(CLEAN, new_t2=[0, None, 0])}, "mri", ["unknown", "yes"]),
        (
            {"visits": {"id": [1] * 3, "day": [0, 500, 700], "value": [2, 2, 2]}},
            "worsening", ["unknown", "yes"],
        ),
        (
            {"visits": _with(QUIET, value=[2, 2, 2, 2, 2, 2, 2, 2, 3])},
            "worsening", ["yes", "unknown"],
        ),
        ({"visits": _with(QUIET, day=[day + 60 for day in QUIET["day"]])},
         "worsening", ["unknown", "unknown"]),
        ({"who": _with(WHO, end=[400])}, "relapse", ["yes"]),
        ({"who": _with(WHO, end=[364])}, "relapse", ["unknown"]),
        ({"who": _with(WHO, end=[None])}, "relapse", ["unknown"]),
        ({"who": _with(WHO, start=[None])}, "relapse", ["unknown"]),
    ],
)  # fmt: skip
def test_what_nobody_looked_at_is_unknown(changed, component, yearly):
    rows = _of(**changed, windows="yearly")

    assert [row[component] for row in rows] == yearly
    assert all(row["neda"] == "unknown" for row in rows if row[component] == "unknown")


def test_a_failure_counts_also_when_the_rest_is_unknown():
    rows = _of(relapses={"id": [1], "day": [50]}, mri=None, who=_with(WHO, end=[100]))

    assert [(row["neda"], row["failed"], row["mri"]) for row in rows] == [
        ("no", "relapse", "unknown")
    ]


def test_people_who_left_stay_in_the_table_as_unknown():
    who = {"id": [1, 2], "start": [0, 0], "end": [731, 300]}

    rows = _of(who=who, years=2)

    assert [(row["id"], row["neda"]) for row in rows] == [
        (1, "yes"), (1, "yes"), (2, "unknown"), (2, "unknown"),
    ]  # fmt: skip


def test_only_the_components_of_the_rule_are_asked():
    rows = _of(mri=None, rule=RULE.with_(neda=["relapse", "worsening"]))

    assert [row["neda"] for row in rows] == ["yes", "yes"]
    assert "mri" not in rows[0]


def test_visits_before_the_baseline_visit_are_not_used():
    before = {
        "id": [1] * 11,
        "day": [-400, -300, *QUIET["day"]],
        "value": [1.0, 1.0, *QUIET["value"]],
    }

    assert [row["worsening"] for row in _of(visits=before)] == ["yes", "yes"]


def test_dates_give_the_same_answer():
    def dated(table):
        days = [dt.date(2020, 1, 1) + dt.timedelta(days=day) for day in table["day"]]
        return {**{k: v for k, v in table.items() if k != "day"}, "date": days}

    who = {"id": [1], "start": [dt.date(2020, 1, 1)], "end": [dt.date(2022, 1, 1)]}
    relapse = {"id": [1], "day": [400]}

    rows = _of(dated(QUIET), dated(relapse), dated(CLEAN), who)

    assert rows == _of(relapses=relapse)


def test_what_does_not_belong_together_is_refused():
    with pytest.raises(UsageError, match="ids are"):
        _of(relapses={"id": ["1"], "day": [3]})
    with pytest.raises(UsageError, match="count days differently"):
        _of(mri={"id": [1], "date": ["2020-01-01"], "new_gd": [0]})
    with pytest.raises(UsageError, match="'yearly' or 'cumulative'"):
        _of(windows="monthly")
    with pytest.raises(UsageError, match="'start' and 'end'"):
        _of(who={"id": [1]})


def test_nobody_gives_an_empty_table_of_the_same_columns():
    none = neda(QUIET, NOBODY, CLEAN, {"id": [], "start": [], "end": []}, RULE)

    assert none.num_rows == 0
    assert none.schema.names == neda(QUIET, NOBODY, CLEAN, WHO, RULE).schema.names


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_blanking_a_count_never_makes_a_year_free_of_lesions(data):
    order = {"no": 0, "unknown": 1, "yes": 2}
    count = st.one_of(st.none(), st.integers(0, 1))
    names = ("new_gd", "new_t2")
    mri = _with(CLEAN, **{name: [data.draw(count) for _ in range(3)] for name in names})
    name, place = data.draw(st.sampled_from(names)), data.draw(st.integers(0, 2))
    blank = _with(mri, **{name: [None if n == place else v for n, v in enumerate(mri[name])]})

    for before, after in zip(_of(mri=mri), _of(mri=blank), strict=True):
        assert order[after["mri"]] <= max(order[before["mri"]], order["unknown"])
        assert not (after["mri"] == "yes" and before["mri"] != "yes")


@pytest.mark.parametrize("year", [1, 2])
def test_a_year_without_any_value_is_unknown(year):
    gone = [0 < day - 365 * (year - 1) <= 395 for day in QUIET["day"]]
    value = [None if lost else v for lost, v in zip(gone, QUIET["value"], strict=True)]

    rows = _of(visits=_with(QUIET, value=value), windows="yearly")

    assert rows[year - 1]["worsening"] == "unknown"
