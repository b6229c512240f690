"""The plan: dates by hand, and states that are the engine's own."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.watch.compare import record_of
from tests.watch.outcomes import RUNS, existing, sample

from longwatch.core.errors import UsageError
from longwatch.core.record import Record
from longwatch.exchange.ics import CalendarOptions, write_ics
from longwatch.exchange.ics import PlanItem as Window
from longwatch.protocols.folders import packs
from longwatch.protocols.load import load_protocol
from longwatch.watch import plan, watch

US = "alemtuzumab-us"


def planned(first, pack_id=US):
    return plan(load_protocol(pack_id), first=first)


def dates(made, activity):
    return [item.date for item in made.items if item.activity == activity]


def record_for(*infusions, results=(), events=(), sex="female"):
    """The Record of `p1`; infusions: date, course, status; results: date, test, value, unit."""
    tables = {
        "patients": {"patient": ["p1"], "sex": [sex]},
        "infusions": {
            "patient": ["p1"] * len(infusions),
            "date": [one[0] for one in infusions],
            "course": [one[1] for one in infusions],
            "status": [one[2] for one in infusions],
        },
    }
    if results:
        columns = zip(*results, strict=True)
        names = ("date", "test", "value", "unit")
        tables["results"] = dict(zip(names, map(list, columns), strict=True))
        tables["results"]["patient"] = ["p1"] * len(results)
    if events:
        days, kinds, codes = (list(column) for column in zip(*events, strict=True))
        tables["events"] = {
            "patient": ["p1"] * len(events), "date": days, "kind": kinds, "code": codes,
        }  # fmt: skip
    record = Record.from_tables(**tables)
    assert not record.problems
    return record


def made_for(record, as_of, pack_id=US):
    return plan(load_protocol(pack_id), record=record, as_of=as_of)


def item(made, activity, **wanted):
    found = [
        one
        for one in made.items
        if one.activity == activity
        and all(getattr(one, key) == value for key, value in wanted.items())
    ]
    assert len(found) == 1, found
    return found[0]


COURSE_1 = [(date(2025, 3, day), 1, "given") for day in range(3, 8)]
COURSE_2 = [(date(2026, 3, day), 2, "planned") for day in range(3, 6)]


# --- From a first day alone ------------------------------------------------------------------


def test_months_of_the_31st_keep_to_the_end_of_the_month():
    made = planned(date(2025, 1, 31))
    assert dates(made, "cbc")[:4] == [
        date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31),
    ]  # fmt: skip


def test_a_leap_day_comes_back_every_fourth_year():
    made = planned(date(2024, 2, 29))
    days = dates(made, "cbc")
    assert days[11] == date(2025, 2, 28)
    assert days[47] == date(2028, 2, 29)
    assert made.end == date(2029, 3, 2)


def test_course_2_at_its_usual_date_moves_the_end():
    made = planned(date(2025, 3, 3))
    assert [(one.course, one.item, one.date) for one in made.items if one.kind == "infusion"] == [
        (1, 1, date(2025, 3, 3)), (1, 2, date(2025, 3, 4)), (1, 3, date(2025, 3, 5)),
        (1, 4, date(2025, 3, 6)), (1, 5, date(2025, 3, 7)),
        (2, 1, date(2026, 3, 3)), (2, 2, date(2026, 3, 4)), (2, 3, date(2026, 3, 5)),
    ]  # fmt: skip
    assert (made.last, made.end) == (date(2026, 3, 5), date(2030, 3, 5))
    assert len(dates(made, "cbc")) == 60
    assert dates(made, "cbc")[-1] == date(2030, 3, 3)
    assert len(dates(made, "thyroid")) == 20
    assert dates(made, "skin-exam") == [date(year, 3, 3) for year in range(2026, 2031)]
    assert any("Course 2 counts as given" in note for note in made.notes)


def test_windows_reach_from_opening_to_closing():
    made = planned(date(2025, 3, 3))
    first = next(one for one in made.items if one.activity == "cbc")
    assert (first.opens, first.closes) == (date(2025, 3, 27), date(2025, 4, 10))
    baseline = item(made, "baseline-cbc", course=1)
    assert (baseline.opens, baseline.closes) == (date(2025, 2, 1), date(2025, 3, 3))
    vaccines = item(made, "vaccines", course=2)
    assert (vaccines.opens, vaccines.date) == (None, date(2026, 1, 20))
    assert {one.course for one in made.items if one.activity == "baseline-skin-exam"} == {1}


def test_periods_have_their_dates_or_say_that_they_are_open():
    made = planned(date(2025, 3, 3))
    contraception = item(made, "contraception", course=1)
    assert (contraception.date, contraception.closes) == (date(2025, 3, 3), date(2025, 7, 7))
    antiviral = item(made, "antiviral", course=1)
    assert antiviral.closes is None
    assert "until cd4 is 200" in antiviral.words
    assert item(made, "safety-card", course=1).closes == made.end


def test_the_infusion_day_lists_its_steps_in_order_with_their_clock():
    made = planned(date(2025, 3, 3))
    steps = {
        day: [one.activity for one in made.items if one.kind == "check" and one.date == day]
        for day in (date(2025, 3, 3), date(2025, 3, 6))
    }
    order = [step.id for step in load_protocol(US).infusion_day]
    assert steps[date(2025, 3, 3)] == order
    assert steps[date(2025, 3, 6)] == [
        step
        for step in order
        if step not in ("verify-authorized", "pregnancy-day-1", "antiviral-day-1", "steroid")
    ]
    start = item(made, "start-within", date=date(2025, 3, 3))
    assert "start-within 8 h" in start.words


def test_the_leukemia_regimen_steps_its_dose_up():
    made = planned(date(2025, 3, 3), "campath-bcll")
    titles = [one.title for one in made.items if one.kind == "infusion"]
    assert titles[0].endswith("day 1 of 37: 3 mg over 2 h")
    assert titles[1].endswith("day 2 of 37: 10 mg over 2 h")
    assert titles[2].endswith("day 3 of 37: 30 mg over 2 h")
    assert made.last == date(2025, 5, 23)


@pytest.mark.parametrize("pack_id", packs())
def test_every_pack_gives_a_plan_in_order_with_sources(pack_id):
    made = planned(date(2024, 2, 29), pack_id)
    days = [one.date for one in made.items]
    assert days == sorted(days)
    assert all(one.source and one.title and one.words for one in made.items)
    assert {one.state for one in made.items} == {"planned"}
    expected = {part.id for part in load_protocol(pack_id).recurring}
    assert expected <= {one.activity for one in made.items}
    assert len(made.as_dict()["items"]) == len(made.items)


# --- From a Record -------------------------------------------------------------------------


def test_what_was_done_late_or_missed_is_said_and_what_is_to_come_is_planned():
    days = [date(2025, 4, 2), date(2025, 5, 20), date(2025, 7, 3)]
    record = record_for(
        *COURSE_1, *COURSE_2, results=[(day, "creatinine", 80, "umol/L") for day in days]
    )
    made = made_for(record, date(2025, 8, 5))
    states = [(one.item, one.state, one.answered) for one in made.items
              if one.activity == "creatinine"]  # fmt: skip
    assert states[:6] == [
        (1, "done", date(2025, 4, 2)),
        (2, "done-late", date(2025, 5, 20)),
        (3, "missed", None),
        (4, "done", date(2025, 7, 3)),
        (5, "due", None),
        (6, "planned", None),
    ]
    assert len(states) == 60


def test_an_unbroken_run_stays_overdue_and_misses_what_came_before():
    made = made_for(record_for(*COURSE_1), date(2025, 6, 1))
    states = [one.state for one in made.items if one.activity == "creatinine"]
    assert states[:4] == ["missed", "missed", "overdue", "planned"]
    window = next(one for one in made.calendar_entries() if one.activity == "creatinine")
    assert (window.due, window.closes) == (date(2025, 6, 3), date(2025, 6, 10))
    later = made_for(record_for(*COURSE_1), date(2025, 6, 20))
    window = next(one for one in later.calendar_entries() if one.activity == "creatinine")
    assert (window.due, window.closes) == (date(2025, 6, 3), date(2025, 6, 20))


def test_a_planned_course_moves_the_end_and_without_it_the_plan_says_so():
    without = made_for(record_for(*COURSE_1), date(2025, 8, 1))
    assert without.end == date(2029, 3, 7)
    assert any("the Record plans none" in note for note in without.notes)
    with_it = made_for(record_for(*COURSE_1, *COURSE_2), date(2025, 8, 1))
    assert with_it.end == date(2030, 3, 5)
    assert any("Course 2 counts as given" in note for note in with_it.notes)
    assert any("Course 2 on 2026-03-03: blocked" in note for note in with_it.notes)


def test_a_planned_day_that_passed_unrecorded_is_overdue_and_moves_nothing():
    planned_ones = [(day, 2, "planned") for day, _, _ in COURSE_2]
    made = made_for(record_for(*COURSE_1, *planned_ones), date(2026, 4, 1))
    assert {one.state for one in made.items if one.kind == "infusion" and one.course == 2} == {
        "overdue"
    }
    assert made.end == date(2029, 3, 7)
    assert any("is not recorded as given" in note for note in made.notes)


def test_before_a_planned_course_each_thing_is_done_due_or_too_late():
    made = made_for(
        record_for(
            *COURSE_1, *COURSE_2,
            results=[(date(2026, 2, 20), "tsh", 1.4, "m[IU]/L")],
            events=[(date(2025, 2, 1), "note", "rems-enrollment")],
        ),
        date(2026, 2, 25),
    )  # fmt: skip
    states = {one.activity: one.state for one in made.items
              if one.kind == "before-course" and one.course == 2}  # fmt: skip
    assert states["baseline-thyroid"] == "done"
    assert states["rems-enrollment"] == "done"
    assert states["baseline-cbc"] == "due"
    assert states["vaccines"] == "overdue"
    early = made_for(record_for(*COURSE_1, *COURSE_2), date(2025, 8, 1))
    assert item(early, "baseline-cbc", course=2).state == "planned"


@pytest.mark.parametrize(
    ("infusions", "part"),
    [
        ([], "no infusion given or planned"),
        ([(date(2025, 3, 3), 2, "given")], "no given infusion of course 1"),
        ([(date(2025, 3, 3), 1, "planned")], "is not recorded as given"),
    ],
)
def test_what_cannot_be_dated_is_said_and_nothing_is_made_up(infusions, part):
    record = record_for(*infusions) if infusions else Record.from_tables(
        patients={"patient": ["p1"]}
    )  # fmt: skip
    made = made_for(record, date(2025, 8, 1))
    assert any(part in note for note in made.notes)
    assert not [one for one in made.items if one.kind in ("test", "exam", "form")]


def test_where_the_sex_is_not_recorded_the_plan_says_for_whom_it_would_be():
    made = made_for(record_for(*COURSE_1, sex="unknown"), date(2026, 5, 1))
    screens = [one for one in made.items if one.activity == "hpv-screen"]
    assert [one.state for one in screens[:2]] == ["unknown", "planned"]
    assert "Only for sex female" in screens[0].words


def _items_by_activity(made):
    by_activity = {}
    for one in made.items:
        if one.kind in ("test", "exam", "form"):
            by_activity.setdefault(one.activity, []).append(one)
    return by_activity


def _agrees_with_engine(pack, record, as_of, patient, outcome):
    made = plan(pack, record=record, patient=patient, as_of=as_of)
    listed = _items_by_activity(made)
    kept = {row["activity"]: row for row in outcome.adherence.to_pylist()
            if row["patient"] == patient}  # fmt: skip
    for row in outcome.status.to_pylist():
        if row["patient"] != patient:
            continue
        opened = [one for one in listed.get(row["activity"], []) if one.state != "planned"]
        if row["status"] in ("unknown", "not-applicable"):
            assert all(one.state == "unknown" for one in opened)
            continue
        assert (opened[-1].date if opened else None) == row["due"]
        assert (opened[-1].closes if opened else None) == row["closes"]
        now = opened[-1].state if opened else ""
        assert (now if now in ("due", "overdue") else "") == (
            row["status"] if row["status"] in ("due", "overdue") else ""
        )
        answers = [one.answered for one in opened if one.answered is not None]
        assert max(answers, default=None) == row["last_answered"]
        closed = Counter(one.state for one in opened if one.closes < as_of)
        counts = kept[row["activity"]]
        assert closed["done"] == counts["on_time"]
        assert closed["done-late"] == counts["late"]
        assert closed["missed"] == counts["missed"]
        ahead = [one.date for one in listed.get(row["activity"], []) if one.state == "planned"]
        if row["next_due"] is not None and not made.notes:
            assert ahead[0] == row["next_due"]


@pytest.mark.parametrize(("pack_id", "seed"), RUNS)
def test_states_of_random_patients_are_the_engines(pack_id, seed):
    pack, rows, as_of = sample(pack_id, seed)
    record = record_of(rows)
    outcome = watch(pack, record, as_of)
    for patient in outcome.patients:
        _agrees_with_engine(pack, record, as_of, patient, outcome)


@pytest.mark.parametrize(("pack_id", "seed"), RUNS[:3])
def test_what_lies_after_the_day_changes_nothing(pack_id, seed):
    pack, rows, as_of = sample(pack_id, seed)
    day = as_of - timedelta(days=200)
    # An infusion row that cannot be read leaves everything open whenever it is dated.
    rows["infusions"] = [row for row in rows["infusions"] if row["course"] is not None]
    now, then = record_of(rows), record_of(existing(rows, day))
    assert not now.incomplete
    for patient in now.patients["patient"].to_pylist():
        one, other = (plan(pack, record=all_, patient=patient, as_of=day) for all_ in (now, then))
        assert one == other


def test_an_infusion_that_cannot_be_read_leaves_everything_open_though_it_lies_after_the_day():
    record = Record.from_tables(
        patients={"patient": ["p1"]},
        infusions={
            "patient": ["p1", "p1"],
            "date": [date(2025, 3, 3), date(2026, 3, 3)],
            "course": [1, None],
            "status": ["given", "given"],
        },
    )
    made = made_for(record, date(2025, 8, 1))
    assert any("course is empty" in note for note in made.notes)
    dated = [one for one in made.items if one.kind in ("test", "exam", "form")]
    assert not dated


# --- Calendar, text, wrong use --------------------------------------------------------------


def test_the_calendar_holds_what_is_still_to_be_done_and_its_entries_are_told_apart():
    made = made_for(record_for(*COURSE_1, *COURSE_2), date(2025, 8, 1))
    entries = made.calendar_entries()
    assert len({(one.activity, one.item) for one in entries}) == len(entries)
    assert not [one for one in entries if one.activity == "contraception"]
    assert all(one.opens <= one.closes for one in entries)
    assert [one for one in made.calendar_entries({"period"}) if one.activity == "contraception"]


def test_a_neutral_calendar_names_no_illness_and_no_drug():
    made = planned(date(2025, 3, 3))
    options = CalendarOptions(datetime(2025, 3, 1, 8, tzinfo=UTC), neutral=True)
    text = write_ics([Window(*entry) for entry in made.calendar_entries()], options)
    titles = {line for line in text.splitlines() if line.startswith("SUMMARY:")}
    assert titles == {"SUMMARY:Blood test", "SUMMARY:Appointment", "SUMMARY:Paperwork"}


def test_items_of_one_day_stand_together_in_the_text():
    lines = planned(date(2025, 3, 3)).lines()
    assert lines.count("2025-04-03 Thu") == 1
    spot = lines.index("2025-04-03 Thu")
    assert lines[spot + 1].strip().startswith("2025-03-27 to 2025-04-10  Complete blood count")
    assert lines.index("Before course 2") < lines.index("2026-03-03 Tue")
    assert not [line for line in planned(date(2025, 3, 3)).lines(checks=False) if " 1. " in line]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({}, "a first day or a Record"),
        ({"first": date(2025, 3, 3), "record": Record.from_tables()}, "one of them"),
        ({"record": record_for(*COURSE_1)}, "needs a day"),
        ({"record": record_for(*COURSE_1), "patient": "p01", "as_of": date(2025, 8, 1)},
         "did you mean 'p1'"),
        ({"record": Record.from_tables(patients={"patient": ["a", "b"]}),
          "as_of": date(2025, 8, 1)}, "say whose plan"),
        ({"first": date(9999, 12, 30)}, "beyond the calendar"),
        ({"first": date(1, 1, 1)}, "the year lies outside"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_in_words(arguments, part):
    with pytest.raises(UsageError, match=part):
        plan(load_protocol(US), **arguments)
