"""A virtual cohort is an ordinary Record, and each patient is the same in any cohort."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from longwatch.core.errors import UsageError
from longwatch.core.record import Record
from longwatch.mechanism.parameters import Parameters
from longwatch.protocols.load import load_protocol
from longwatch.trials.cohort import CohortPlan, chunk, virtual_cohort
from longwatch.trials.cohort_plan import asked_by
from longwatch.watch import plan as dated_plan
from longwatch.watch import watch

US = load_protocol("alemtuzumab-us")
KEPT = Parameters.load().with_values(
    {
        "adherence.first": 0.999,
        "adherence.decline": 0.0,
        "adherence.concentration": 100.0,
        "adherence.late_share": 0.0,
        "adherence.no_urine": 0.0,
        "adherence.forms": 1.0,
    }
)


@pytest.fixture(scope="module")
def cohort():
    return virtual_cohort(CohortPlan(US, 150, seed=4))


@pytest.fixture(scope="module")
def faithful():
    """People who miss next to nothing."""
    return virtual_cohort(CohortPlan(US, 60, seed=4, parameters=KEPT))


def _of(table, numbers):
    wanted = pa.array([f"v{number:09d}" for number in numbers])
    return table.filter(pc.is_in(table["patient"].cast(pa.string()), value_set=wanted))


def _same(one, other):
    assert one.column_names == other.column_names
    for name in one.column_names:
        assert one[name].to_pylist() == other[name].to_pylist(), name


def test_the_record_is_read_without_problems(cohort, tmp_path):
    cohort.write(tmp_path)
    record = Record.read(tmp_path)

    assert record.problems == ()
    assert record.held.num_rows == 0
    assert record.unwatched == {}
    assert record.incomplete == {}
    assert record.results.num_rows == cohort.record.results.num_rows


def test_the_watch_runs_over_it_and_knows_every_value_and_symptom(cohort):
    outcome = watch(US, cohort.record, date(2024, 6, 3))

    assert outcome.unusable == 0
    assert outcome.unread_symptoms == {}
    assert set(outcome.status["status"].to_pylist()) <= {
        "due", "overdue", "not-yet", "not-applicable", "ended",
    }  # fmt: skip
    assert outcome.worklist.num_rows > 0


def test_every_recurring_activity_is_answered_by_people_who_keep_every_date(faithful):
    adherence = watch(US, faithful.record, date(2023, 1, 2)).adherence

    totals = adherence.group_by("activity").aggregate([("items", "sum"), ("on_time", "sum")])
    for row in totals.to_pylist():
        assert row["items_sum"] > 0, row
        assert row["on_time_sum"] >= 0.97 * row["items_sum"], row


def test_visits_lie_in_the_windows_of_the_plan(faithful):
    record = faithful.record
    first = record.infusions.filter(pc.equal(record.infusions["patient"], "v000000001"))["date"]
    due = [item for item in dated_plan(US, first=first[0].as_py()).items if item.activity == "cbc"][
        :60
    ]
    results = _of(record.results, [1])
    platelets = results.filter(pc.equal(results["test"].cast(pa.string()), "platelets"))["date"]

    drawn = platelets.to_pylist()[1:]
    for item in due:
        if item.item not in (11, 12, 13):
            assert any(item.opens <= day <= item.closes for day in drawn), item.date


def test_what_a_course_needs_is_there_before_it(faithful):
    readiness = watch(US, faithful.record, date(2024, 6, 3)).readiness

    table = readiness.group_by(["activity", "state"]).aggregate([("state", "count")]).to_pylist()
    assert table


def test_infusions_follow_the_label(cohort):
    infusions = _of(cohort.record.infusions, [5]).to_pylist()

    assert [(row["course"], row["day"], row["dose_mg"]) for row in infusions] == [
        *((1, day, 12.0) for day in (1, 2, 3, 4, 5)),
        *((2, day, 12.0) for day in (1, 2, 3)),
    ]
    assert infusions[0]["date"].weekday() == 0
    assert (infusions[5]["date"] - infusions[4]["date"]).days >= 365


def test_nobody_comes_on_a_weekend_or_during_a_course(cohort):
    results = cohort.record.results
    days = results["date"].to_numpy().astype("datetime64[D]").astype(np.int64)

    assert not np.any((days - 4) % 7 >= 5)


def test_nothing_after_the_last_day_is_known():
    until = date(2020, 6, 1)
    record = virtual_cohort(CohortPlan(US, 40, seed=4, until=until)).record

    for name in ("infusions", "results", "events"):
        assert pc.max(getattr(record, name)["date"]).as_py() <= until, name


def test_a_patient_is_the_same_in_a_smaller_cohort(cohort):
    small = virtual_cohort(CohortPlan(US, 20, seed=4))

    for name in ("patients", "infusions", "results", "events"):
        _same(_of(getattr(cohort.record, name), range(1, 21)), getattr(small.record, name))
    _same(_of(cohort.truth, range(1, 21)), small.truth)


def test_a_patient_has_the_same_values_in_another_lane():
    """Bitwise: person 1000 in lane 1000 of one chunk, and in lane 0 of another."""
    plan = CohortPlan(US, 5000, seed=4)
    one = chunk(plan, 0, 1050, small=True)
    other = chunk(plan, 1000, 50, small=True)

    for name in ("patients", "results", "events", "truth"):
        _same(_of(one[name], range(1001, 1051)), other[name])


def test_another_adherence_changes_which_tests_are_done_and_no_value(cohort, faithful):
    """A decision of its own stream: a test done in both worlds on one day has the same value."""

    def values(record):
        table = _of(record.results, range(1, 61))
        table = table.filter(pc.equal(table["test"].cast(pa.string()), "creatinine"))
        keys = zip(table["patient"].to_pylist(), table["date"].to_pylist(), strict=True)
        return dict(zip(keys, table["value"].to_pylist(), strict=True))

    here, there = values(cohort.record), values(faithful.record)
    common = here.keys() & there.keys()
    assert len(common) > 1000
    assert len(there) > len(here)
    assert all(here[key] == there[key] for key in common)
    _same(
        _of(cohort.truth, range(1, 61)).select(["patient", "onset_thyroid", "thyroid_kind"]),
        faithful.truth.select(["patient", "onset_thyroid", "thyroid_kind"]),
    )


def test_a_test_every_three_months_is_drawn_at_every_third_visit(faithful):
    counts = dict(
        faithful.record.results.group_by("test")
        .aggregate([("test", "count")])
        .select(["test", "test_count"])
        .to_pydict()
    )
    number = dict(zip(map(str, counts["test"]), counts["test_count"], strict=True))

    assert 0.30 < number["tsh"] / number["platelets"] < 0.40


def test_cd4_is_counted_from_month_two_until_it_is_high_enough(faithful):
    results = faithful.record.results
    cd4 = results.filter(pc.equal(results["test"].cast(pa.string()), "cd4"))
    firsts = dict(
        zip(
            faithful.record.infusions["patient"].to_pylist()[::8],
            faithful.record.infusions["date"].to_pylist()[::8],
            strict=True,
        )
    )
    for patient in ("v000000001", "v000000002", "v000000003"):
        mine = cd4.filter(pc.equal(cd4["patient"].cast(pa.string()), patient)).to_pylist()
        since = [(row["date"] - firsts[patient]).days for row in mine]
        assert since[0] >= 50
        before = [row["value"] for row, day in zip(mine, since, strict=True) if day < 371]
        assert all(value < 200 for value in before[:-1])


@pytest.mark.parametrize(
    ("wrong", "word"),
    [({"patients": -1}, "-1 patients"), ({"months": 0}, "0 months"), ({"seed": -1}, "seed -1")],
)
def test_impossible_arguments_are_refused_with_the_reason(wrong, word):
    with pytest.raises(UsageError, match=word):
        CohortPlan(**{"protocol": US, "patients": 1, **wrong})


def test_a_protocol_without_such_courses_is_refused():
    with pytest.raises(UsageError, match="no cohort on campath-bcll"):
        asked_by(load_protocol("campath-bcll"))
