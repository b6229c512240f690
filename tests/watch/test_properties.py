"""What must hold for every patient, whatever the facts (invariants 3, 4, 5, 7)."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.watch.compare import record_of, rows_of
from tests.watch.interests import has_words
from tests.watch.outcomes import (
    RUNS,
    US,
    answers,
    existing,
    only,
    patients_of,
    sample,
    statuses,
)

from longwatch.core.catalogue import catalogue
from longwatch.core.tables import OUTCOME
from longwatch.watch import watch

every_run = pytest.mark.parametrize(("pack_id", "seed"), RUNS)
few = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
seeds = st.integers(min_value=0, max_value=10**6)


def same(one, other):
    for name in OUTCOME:
        ours, theirs = [str(row) for row in one[name]], [str(row) for row in other[name]]
        told = sorted(set(ours) ^ set(theirs))
        assert ours == theirs, "\n".join([name, *told[:6]])


@few
@given(seed=seeds, shuffle=seeds)
def test_the_order_of_rows_never_matters(seed, shuffle):
    pack, rows, as_of = sample(US, seed, 4)
    mixed = {name: list(table) for name, table in rows.items()}
    for table in mixed.values():
        random.Random(shuffle).shuffle(table)
    same(answers(pack, rows, as_of), answers(pack, mixed, as_of))


@every_run
def test_one_patient_alone_gets_the_same_answer_as_among_many(pack_id, seed):
    pack, rows, as_of = sample(pack_id, seed)
    among = answers(pack, rows, as_of, engine="compiled")
    for patient in patients_of(rows):
        alone = answers(pack, only(rows, patient), as_of, engine="python")
        for name in OUTCOME:
            mine = [dict(row) for row in among[name] if row["patient"] == patient]
            if name == "worklist":
                mine = [{**row, "rank": 1} for row in mine]
            assert mine == alone[name], (patient, name)


@every_run
def test_every_row_names_its_protocol_version_rule_or_activity(pack_id, seed):
    pack, rows, as_of = sample(pack_id, seed)
    answer = answers(pack, rows, as_of)
    for name, table in answer.items():
        for row in table:
            if "protocol" in row:
                assert (row["protocol"], row["version"]) == (pack.id, pack.version), name
    rules = {rule.id: rule for rule in (*pack.rules, *pack.red_flags)}
    for row in answer["findings"]:
        rule = rules[row["rule"]]
        assert row["source"], row
        assert all(suspect in row["suspects"] for suspect in rule.suspects)
    assert {row["rule"] for row in answer["unjudged"]} <= rules.keys()
    assert {row["activity"] for row in answer["status"]} <= {a.id for a in pack.recurring}
    assert all(row["reason"] for row in answer["worklist"])


def test_the_inputs_are_not_changed():
    pack, rows, as_of = sample(US, 7)
    record = record_of(rows)
    before = rows_of(record)
    watch(pack, record, as_of).worklist.to_pylist()
    assert rows_of(record) == before


@every_run
def test_overdue_never_expires(pack_id, seed):
    pack, rows, as_of = sample(pack_id, seed)
    rows = existing(rows, as_of)
    now = statuses(answers(pack, rows, as_of))
    for days in (1, 31, 400, 4000):
        later = statuses(answers(pack, rows, as_of + timedelta(days=days)))
        for key, row in now.items():
            if row["status"] == "overdue":
                assert later[key]["status"] == "overdue", (key, days)
                assert later[key]["overdue_since"] == row["overdue_since"], (key, days)
                assert later[key]["days_overdue"] == row["days_overdue"] + days, (key, days)


@few
@given(seed=seeds, draw=seeds)
def test_a_further_final_result_never_makes_days_overdue_larger(seed, draw):
    pack, rows, as_of = sample(US, seed, 3)
    rng = random.Random(draw)
    tests = sorted({test for a in pack.recurring for test in a.answered_by.tests})
    before = statuses(answers(pack, rows, as_of))
    more = {name: list(table) for name, table in rows.items()}
    for patient in patients_of(rows):
        known = catalogue().tests[rng.choice(tests)]
        value = 0.0 if has_words(known.id) else sum(known.plausible) / 2
        more["results"].append(
            {
                "patient": patient,
                "date": as_of - timedelta(days=rng.randint(0, 120)),
                "test": known.id,
                "value": value,
                "unit": known.unit,
                "status": "final",
            }
        )
    for key, row in statuses(answers(pack, more, as_of)).items():
        assert row["days_overdue"] <= before[key]["days_overdue"], key


@every_run
def test_a_further_course_never_moves_the_end_nearer(pack_id, seed):
    pack, rows, as_of = sample(pack_id, seed)
    rows = existing(rows, as_of)
    before = statuses(answers(pack, rows, as_of))
    more = {name: list(table) for name, table in rows.items()}
    for patient in patients_of(rows):
        mine = [r for r in only(rows, patient)["infusions"] if r["course"] is not None]
        course = max((row["course"] for row in mine), default=0) + 1
        more["infusions"].append(
            {"patient": patient, "date": as_of, "course": course, "day": 1, "status": "given"}
        )
    by_first = {activity.id for activity in pack.recurring if activity.anchor == "first"}
    for (patient, activity), row in statuses(answers(pack, more, as_of)).items():
        old = before[patient, activity]
        if activity in by_first and "unknown" not in (row["status"], old["status"]):
            assert row["status"] != "ended", (patient, activity)
            if old["next_due"] is not None:
                assert row["next_due"] == old["next_due"], (patient, activity)


@pytest.mark.parametrize("years", [40, -60])
def test_whole_leap_cycles_change_nothing(years):
    """Between 1901 and 2099 four years are 1461 days, whatever the year."""
    pack, rows, as_of = sample(US, 8)

    def moved(cell):
        return cell.replace(year=cell.year + years) if isinstance(cell, date) else cell

    shifted = {
        name: [{column: moved(cell) for column, cell in row.items()} for row in table]
        for name, table in rows.items()
    }
    here, there = answers(pack, rows, as_of), answers(pack, shifted, moved(as_of))
    texts = {"reason", "compared_with", "detail", "evidence"}
    expected = {
        name: [{c: moved(v) for c, v in row.items() if c not in texts} for row in here[name]]
        for name in OUTCOME
    }
    found = {
        name: [{c: v for c, v in row.items() if c not in texts} for row in there[name]]
        for name in OUTCOME
    }
    same(expected, found)


def test_other_identifiers_change_nothing():
    pack, rows, as_of = sample(US, 9)
    other = {
        name: [{**row, "patient": f"Ω {row['patient']}"} for row in table]
        for name, table in rows.items()
    }
    here, there = answers(pack, rows, as_of), answers(pack, other, as_of)
    expected = {
        name: [{**row, "patient": f"Ω {row['patient']}"} for row in here[name]] for name in OUTCOME
    }
    same(expected, there)


@every_run
def test_a_superseding_value_gives_the_answer_as_if_only_it_had_arrived(pack_id, seed):
    pack, rows, as_of = sample(pack_id, seed, 40)
    numbers = [r for r in rows["results"] if r["value"] and not has_words(r["test"])]
    corrections = [{**r, "value": r["value"] * 0.9, "status": "corrected"} for r in numbers[:9]]
    rows = {**rows, "results": rows["results"] + corrections}
    rows = existing(rows_of(record_of(rows)), as_of)
    groups = {}
    for row in rows["results"]:
        groups.setdefault((row["patient"], row["test"], row["date"]), []).append(row)
    kept = []
    for group in groups.values():
        states = {row["status"] or "final" for row in group}
        corrected = [row for row in group if row["status"] == "corrected"]
        one_laboratory = len({row["laboratory"] for row in group}) == 1
        alone = len(corrected) == 1 and "cancelled" not in states and one_laboratory
        kept += corrected if alone else group
    assert len(kept) < len(rows["results"]), "nothing was superseded"
    same(answers(pack, rows, as_of), answers(pack, {**rows, "results": kept}, as_of))
