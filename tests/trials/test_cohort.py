"""A virtual cohort is an ordinary Record, and each patient is the same in any cohort."""

import itertools
from dataclasses import replace
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
from longwatch.trials.cohort_engine import Care
from longwatch.trials.cohort_plan import asked_by
from longwatch.watch import plan as dated_plan
from longwatch.watch import watch

pytestmark = pytest.mark.usefixtures("compiled_cohort")
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
    """People who miss next to nothing, never leave, and have the two courses of the label."""
    care = Care(further=False, leaving=False)
    return virtual_cohort(CohortPlan(US, 60, seed=4, parameters=KEPT, care=care))


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


@pytest.fixture(scope="module")
def events(cohort):
    return cohort.record.events.to_pylist()


def _count(events, kind, *codes):
    return sum(row["kind"] == kind and (not codes or row["code"] in codes) for row in events)


def test_every_kind_of_event_is_there(events):
    """150 people, five years: each of these is frequent enough not to be missed by chance."""
    assert 0.8 * 150 <= _count(events, "relapse") <= 4 * 150
    assert _count(events, "diagnosis", "graves-disease", "hypothyroidism", "thyroiditis") >= 20
    assert _count(events, "diagnosis", "active-infection") >= 300
    assert _count(events, "note", "infusion-reaction") >= 200
    assert _count(events, "symptom", "rash") >= 100
    assert _count(events, "symptom", "tiredness") >= 200
    assert _count(events, "note", "steroid-uplift") >= 250
    assert _count(events, "vaccination", "influenza-vaccine") >= 150
    assert _count(events, "medication") >= 250


def test_no_event_ends_before_it_begins(events):
    assert all(row["end_date"] is None or row["end_date"] >= row["date"] for row in events)


def test_symptoms_end_unless_the_person_left(cohort, events):
    open_ones = [row for row in events if row["kind"] == "symptom" and row["end_date"] is None]

    assert len(open_ones) < 0.02 * _count(events, "symptom")


def test_nobody_is_vaccinated_within_six_weeks_before_a_course(cohort, events):
    starts = {}
    for row in cohort.record.infusions.to_pylist():
        if row["day"] == 1:
            starts.setdefault(row["patient"], []).append(row["date"])
    for row in events:
        if row["kind"] == "vaccination":
            gaps = [(start - row["date"]).days for start in starts[row["patient"]]]
            assert not any(0 <= gap < 42 for gap in gaps), row


def test_the_edss_is_examined_at_visits_twice_a_year_on_the_scale(faithful):
    results = faithful.record.results
    edss = results.filter(pc.equal(results["test"].cast(pa.string()), "edss"))
    scores = set(edss["value"].to_pylist())

    assert scores <= {0.0, *(step / 2 for step in range(2, 21))}
    assert len(scores) >= 6
    assert 9.5 <= edss.num_rows / 60 <= 11.5
    assert set(edss["unit"].cast(pa.string()).to_pylist()) == {"{score}"}


def test_some_are_treated_again_by_need_and_nobody_where_it_is_not_done(cohort):
    plan = CohortPlan(US, 150, seed=4)
    more = cohort.record.infusions
    fixed = virtual_cohort(replace(plan, care=Care(further=False))).record.infusions

    again = pc.count_distinct(more.filter(pc.greater(more["course"], 2))["patient"]).as_py()
    assert 0.1 * 150 <= again <= 0.6 * 150
    assert pc.max(fixed["course"]).as_py() == 2


def test_thyroid_disease_is_found_soon_by_those_who_keep_every_test(faithful):
    """Every three months TSH is drawn, and the disease takes four to eight weeks to evolve."""
    told = {}
    for row in faithful.record.events.to_pylist():
        if row["code"] in {"graves-disease", "hypothyroidism", "thyroiditis"}:
            told[row["patient"]] = row["date"]
    truth = [row for row in faithful.truth.to_pylist() if row["patient"] in told]
    delays = [(told[row["patient"]] - row["onset_thyroid"]).days for row in truth]

    assert len(delays) >= 8
    assert all(0 < delay <= 181 for delay in delays)
    assert np.median(delays) < 130


def test_who_leaves_is_heard_of_no_more(cohort):
    left = {row["patient"]: row["left"] for row in cohort.truth.to_pylist() if row["left"]}
    latest = {}
    for row in [*cohort.record.results.to_pylist(), *cohort.record.events.to_pylist()]:
        latest[row["patient"]] = max(latest.get(row["patient"], row["date"]), row["date"])

    assert any(day < date(2024, 1, 1) for day in left.values())
    assert all(latest[patient] <= day for patient, day in left.items() if patient in latest)


DECISIONS = {
    "antiviral": {("medication", "rxnorm-281"), ("diagnosis", "herpes-zoster"),
                  ("symptom", "blister-rash"), ("diagnosis", "active-infection")},
    "diet": {("diagnosis", "active-infection"), ("symptom", "fever"), ("symptom", "headache"),
             ("symptom", "neck-stiffness")},
    "steroid": {("note", "infusion-reaction"), ("diagnosis", "severe-infusion-reaction"),
                ("symptom", "rash"), ("symptom", "headache"), ("symptom", "fever"),
                ("symptom", "nausea"), ("symptom", "hives"), ("note", "itching"),
                ("note", "flushing")},
    "vaccines": {("vaccination", "influenza-vaccine"), ("vaccination", "varicella-vaccine")},
}  # fmt: skip
"""Each decision, and the only events that may follow from it."""


LISTERIA_OFTEN = CohortPlan(
    US, 150, seed=4, parameters=Parameters.load().with_values({"infections.listeria": 0.1})
)


@pytest.fixture(scope="module")
def usual():
    return virtual_cohort(LISTERIA_OFTEN)


@pytest.mark.parametrize("decision", DECISIONS)
def test_another_decision_changes_only_what_follows_from_it(decision, usual):
    here = usual
    there = virtual_cohort(replace(LISTERIA_OFTEN, care=Care(**{decision: False})))

    for name in ("patients", "infusions", "results"):
        assert getattr(here.record, name).equals(getattr(there.record, name)), name
    assert here.truth.equals(there.truth)
    rows = [{tuple(row.items()) for row in one.record.events.to_pylist()} for one in (here, there)]
    changed = {(dict(row)["kind"], dict(row)["code"]) for row in rows[0] ^ rows[1]}
    assert changed
    assert changed <= DECISIONS[decision]


def test_without_the_antiviral_only_more_people_have_herpes():
    plan = CohortPlan(US, 4000, seed=4)
    without = replace(plan, care=Care(antiviral=False))

    def herpes(plan):
        table = chunk(plan, 0, 4000)["events"]
        is_simple = pc.equal(table["text"].cast(pa.string()), "herpes")
        is_zoster = pc.equal(table["code"].cast(pa.string()), "herpes-zoster")
        table = table.filter(pc.or_(pc.fill_null(is_simple, False), is_zoster))
        return set(zip(table["patient"].to_pylist(), table["date"].to_pylist(), strict=True))

    assert herpes(plan) < herpes(without)


def test_who_cannot_be_computed_is_marked_counted_and_has_no_results(monkeypatch):
    """Cells of one person that are not finite: the others are as they were."""
    from longwatch.trials import cohort_chunk

    real = cohort_chunk.cells_at_visits

    def broken(*args):
        found = real(*args)
        found.at_visits[3, 0, 5] = np.nan
        return found

    plan = CohortPlan(US, 20, seed=4)
    sound = virtual_cohort(plan)
    monkeypatch.setattr(cohort_chunk, "cells_at_visits", broken)
    cohort = virtual_cohort(plan)

    assert cohort.failed == 1
    assert cohort.truth["failed"].to_pylist() == [number == 5 for number in range(20)]
    others = [number for number in range(1, 21) if number != 6]
    for name in ("infusions", "results", "events"):
        table = getattr(cohort.record, name)
        assert "v000000006" not in table["patient"].to_pylist()
        _same(table, _of(getattr(sound.record, name), others))


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
    days = {1: 5, 2: 3, 3: 3, 4: 3, 5: 3}
    for patient in cohort.record.patients["patient"].to_pylist():
        rows = cohort.record.infusions.filter(pc.equal(cohort.record.infusions["patient"], patient))
        told = [(row["course"], row["day"], row["dose_mg"]) for row in rows.to_pylist()]
        count = told[-1][0]
        assert told == [(c, d, 12.0) for c in range(1, count + 1) for d in range(1, days[c] + 1)]
        dates = rows["date"].to_pylist()
        starts = [day for day, row in zip(dates, told, strict=True) if row[1] == 1]
        assert all(day.weekday() == 0 for day in starts)
        assert all((b - a).days >= 365 for a, b in itertools.pairwise(starts))


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
    one = chunk(plan, 0, 1050)
    other = chunk(plan, 1000, 50)

    for name in ("patients", "results", "events", "truth"):
        _same(_of(one[name], range(1001, 1051)), other[name])


def test_another_adherence_changes_which_tests_are_done_and_no_value(cohort):
    """A decision of its own stream: a test done in both worlds on one day has the same value."""
    faithful = virtual_cohort(CohortPlan(US, 60, seed=4, parameters=KEPT))

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
    [
        ({"patients": -1}, "-1 patients"),
        ({"months": 0}, "0 months"),
        ({"months": 500}, "500 months"),
        ({"weeks": 0}, "0 weeks"),
        ({"seed": -1}, "seed -1"),
        ({"courses": 0}, "0 courses"),
        ({"trial": "care_ms_9"}, "care_ms_9"),
        ({"start": date(202, 1, 1)}, "0202-01-01"),
    ],
)
def test_impossible_arguments_are_refused_with_the_reason(wrong, word):
    with pytest.raises(UsageError, match=word):
        CohortPlan(**{"protocol": US, "patients": 1, **wrong})


def test_a_protocol_without_such_courses_is_refused():
    with pytest.raises(UsageError, match="no cohort on campath-bcll"):
        asked_by(load_protocol("campath-bcll"))
