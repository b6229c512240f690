"""The oracle on examples computed by hand from design section 6: items, answers, status.

First infusion 2025-03-03, five days, so the watch ends 2029-03-07. Monthly blood count, 7/7:
item 1 is due 04-03 (open 03-27 to 04-10), item 2 due 05-03 (04-26 to 05-10).
"""

import pytest
from tests.oracle import oracle
from tests.oracle.rows import day, infusions, result, tables
from tests.oracle.tiny import monthly, tiny

PACK = tiny(recurring=[monthly("cbc", "platelets", "wbc")])
COURSE = infusions("2025-03-03", 5)


def draw(date: str, **more: object) -> list[dict]:
    return [
        result(date, "platelets", 240.0, "10*9/L", **more),
        result(date, "wbc", 5.0, "10*9/L", **more),
    ]


CASES = {
    "the day before item 1 opens nothing is asked": (
        "2025-03-26", COURSE, [],
        {"status": "not-yet", "due": None, "closes": None, "next_due": day("2025-04-03")},
    ),
    "item 1 is due on the day it opens": (
        "2025-03-27", COURSE, [],
        {"status": "due", "due": day("2025-04-03"), "closes": day("2025-04-10"),
         "next_due": day("2025-05-03"), "missing": "platelets, wbc", "days_overdue": 0},
    ),
    "item 1 is still due on the day it closes": (
        "2025-04-10", COURSE, [], {"status": "due", "overdue_since": None},
    ),
    "item 1 is one day overdue the day after": (
        "2025-04-11", COURSE, [],
        {"status": "overdue", "overdue_since": day("2025-04-11"), "days_overdue": 1},
    ),
    "a missed item keeps the status overdue when the next is open": (
        "2025-04-26", COURSE, [],
        {"status": "overdue", "due": day("2025-05-03"), "overdue_since": day("2025-04-11"),
         "days_overdue": 16},
    ),
    "a draw on the first day of the window answers": (
        "2025-04-01", COURSE, draw("2025-03-27"),
        {"status": "not-yet", "last_answered": day("2025-03-27"), "missing": "",
         "due": day("2025-04-03"), "next_due": day("2025-05-03")},
    ),
    "a draw the day before the window opens answers nothing": (
        "2025-04-01", COURSE, draw("2025-03-26"),
        {"status": "due", "last_answered": None},
    ),
    "a late draw answers item 1 until the day before item 2 opens": (
        "2025-04-25", COURSE, draw("2025-04-25"),
        {"status": "not-yet", "last_answered": day("2025-04-25"), "days_overdue": 0},
    ),
    "a draw when item 2 has opened answers item 2 and ends the run": (
        "2025-04-27", COURSE, draw("2025-04-26"),
        {"status": "not-yet", "last_answered": day("2025-04-26"), "overdue_since": None},
    ),
    "half a panel answers nothing and says what is missing": (
        "2025-04-05", COURSE, draw("2025-04-01")[:1],
        {"status": "due", "missing": "wbc", "last_answered": None},
    ),
    "a panel is answered on the day it becomes complete": (
        "2025-04-20", COURSE, [draw("2025-03-30")[0], draw("2025-04-12")[1]],
        {"status": "not-yet", "last_answered": day("2025-04-12")},
    ),
    "a preliminary value answers nothing": (
        "2025-04-05", COURSE, draw("2025-04-01", status="preliminary"),
        {"status": "due", "missing": "platelets, wbc"},
    ),
    "a value with a comparator answers": (
        "2025-04-05", COURSE, draw("2025-04-01", comparator="<"), {"status": "not-yet"},
    ),
    "a value without a unit answers nothing": (
        "2025-04-05", COURSE,
        [result("2025-04-01", "platelets", 240.0, None), draw("2025-04-01")[1]],
        {"status": "due", "missing": "platelets"},
    ),
    "a second course moves the end and not the series": (
        "2029-04-01", COURSE + infusions("2026-03-09", 3, course=2), [],
        {"status": "overdue", "due": day("2029-04-03"), "next_due": day("2029-05-03"),
         "overdue_since": day("2025-04-11")},
    ),
    "after the end an unanswered last item is overdue, for ever": (
        "2035-01-01", COURSE, [],
        {"status": "overdue", "due": day("2029-03-03"), "next_due": None,
         "overdue_since": day("2025-04-11")},
    ),
    "after the end with the last item answered the watch has ended": (
        "2029-04-01", COURSE, draw("2029-03-20"),
        {"status": "ended", "due": day("2029-03-03"), "last_answered": day("2029-03-20")},
    ),
    "a start on 31 January asks for the last of February": (
        "2025-02-21", infusions("2025-01-31", 1), [],
        {"status": "due", "due": day("2025-02-28"), "next_due": day("2025-03-31")},
    ),
    "a start on 29 February ends on 29 February": (
        "2030-01-01", infusions("2024-02-29", 1), [],
        {"status": "overdue", "due": day("2028-02-29"), "next_due": None},
    ),
    "only planned is not yet": (
        "2025-03-01", infusions("2025-03-03", 5, status="planned"), [],
        {"status": "not-yet", "next_due": None},
    ),
    "no infusion at all is unknown": ("2025-03-01", [], [], {"status": "unknown"}),
    "an infusion after the day does not exist": (
        "2025-03-02", COURSE, [], {"status": "unknown"},
    ),
    "a second course without a first is unknown": (
        "2025-04-01", infusions("2025-03-03", 3, course=2), [], {"status": "unknown"},
    ),
    "course 2 on the day of course 1 is unknown": (
        "2025-04-01", COURSE + infusions("2025-03-03", 1, course=2), [], {"status": "unknown"},
    ),
    "a given infusion without its course is unknown": (
        "2025-04-01", [*COURSE, {"patient": "p", "date": day("2025-03-08"), "course": None}], [],
        {"status": "unknown"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES, ids=str)
def test_status(name):
    as_of, given, results, expected = CASES[name]
    answer = oracle(PACK, tables(infusions=given, results=results), day(as_of))
    row = answer["status"][0]
    assert {key: row[key] for key in expected} == expected


def test_an_infusion_before_birth_is_unknown():
    born = [{"patient": "p", "birth_date": day("2025-03-04")}]
    answer = oracle(PACK, tables(patients=born, infusions=COURSE), day("2025-04-01"))
    assert answer["status"][0]["status"] == "unknown"


def test_adherence_counts_on_time_late_missed_and_the_longest_gap():
    results = draw("2025-04-03") + draw("2025-05-20") + draw("2025-07-04")
    as_of = day("2025-07-20")
    row = oracle(PACK, tables(infusions=COURSE, results=results), as_of)["adherence"][0]
    # Items close 04-10, 05-10, 06-10, 07-10: on time, late (05-20), missed, on time.
    assert (row["items"], row["on_time"], row["late"], row["missed"]) == (4, 2, 1, 1)
    # Steps: 03-03, 04-03 (31), 05-20 (47), 07-04 (45), 07-20 (16).
    assert row["longest_gap_days"] == 47


def test_an_overdue_last_item_is_none_of_the_three():
    row = oracle(PACK, tables(infusions=COURSE), day("2025-04-20"))["adherence"][0]
    assert (row["items"], row["on_time"], row["late"], row["missed"]) == (1, 0, 0, 0)


CD4 = tiny(
    recurring=[
        monthly(
            "cd4",
            "cd4",
            anchor="course",
            first_item=2,
            stops_when={"test": "cd4", "at_least": 200, "unit": "/uL"},
        )
    ]
)

SECOND = infusions("2026-03-09", 3, course=2)

COURSE_CASES = {
    "counted from day 1 of the course, first in month 2": (
        "2025-05-01", COURSE, [], {"status": "due", "due": day("2025-05-03")},
    ),
    "200 on the day of the last infusion releases": (
        "2025-05-01", COURSE, [result("2025-03-07", "cd4", 200.0, "/uL")],
        {"status": "not-applicable"},
    ),
    "200 the day before it does not": (
        "2025-05-01", COURSE, [result("2025-03-06", "cd4", 200.0, "/uL")], {"status": "due"},
    ),
    "more than 150 is not certainly 200": (
        "2025-05-01", COURSE, [result("2025-04-01", "cd4", 150.0, "/uL", comparator=">")],
        {"status": "due"},
    ),
    "a new course starts the series anew": (
        "2026-05-05", COURSE + SECOND, [result("2025-06-01", "cd4", 300.0, "/uL")],
        {"status": "due", "due": day("2026-05-09")},
    ),
    "an unreleased first course keeps its anchor in the second": (
        "2026-05-05", COURSE + SECOND, [],
        {"status": "overdue", "due": day("2026-05-03"), "overdue_since": day("2025-05-11")},
    ),
    "release after the second releases both": (
        "2026-07-05", COURSE + SECOND, [result("2026-06-01", "cd4", 300.0, "/uL")],
        {"status": "not-applicable"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COURSE_CASES, ids=str)
def test_series_by_course(name):
    as_of, given, results, expected = COURSE_CASES[name]
    answer = oracle(CD4, tables(infusions=given, results=results), day(as_of))
    row = answer["status"][0]
    assert {key: row[key] for key in expected} == expected


SEXES = [("female", "due"), ("male", "not-applicable"), ("other", "unknown"), (None, "unknown")]


@pytest.mark.parametrize(("sex", "expected"), SEXES)
def test_an_activity_for_one_sex(sex, expected):
    pack = tiny(recurring=[monthly("hpv", "platelets", applies_if={"sex": ["female"]})])
    patients = [{"patient": "p", "sex": sex}]
    answer = oracle(pack, tables(patients=patients, infusions=COURSE), day("2025-04-01"))
    assert answer["status"][0]["status"] == expected
