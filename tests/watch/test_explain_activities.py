"""Why something is due, overdue, released or blocked: checked by hand."""

from datetime import date

from tests.watch.explained import CLUMPED, FIRST, LABEL, node, outcome_of


def test_an_overdue_run_is_told_item_by_item_with_its_tier_and_next_step():
    why = outcome_of(as_of=date(2025, 6, 20)).explain("p1", "creatinine")
    assert why.text == (
        "Serum creatinine (creatinine): overdue since 2025-04-11, 71 days (missing: creatinine)"
    )
    run = node(why, "3 items in a row without an answer: overdue since 2025-04-11")
    assert [child.text.split(":")[0] for child in run.children] == [
        "item 1, due 2025-04-03, closed 2025-04-10",
        "item 2, due 2025-05-03, closed 2025-05-10",
        "item 3, due 2025-06-03, closed 2025-06-10",
    ]
    assert "same-day, for 71 days overdue (from 54 days on)" in node(why, "How fast").text
    assert node(why, "Next due 2025-07-03")
    assert LABEL in why.source


def test_a_partial_draw_says_what_came_and_what_is_missing_and_why():
    draw = date(2025, 4, 3)
    why = outcome_of(
        [
            (draw, "wbc", 5, {"source": "row-w"}),
            (draw, "platelets", None, {"text": "clumped", "source": "row-p"}),
        ],
        as_of=date(2025, 4, 8),
        problems=[CLUMPED],
    ).explain("p1", "cbc")
    assert node(why, "wbc: there").children[0].source == "row-w"
    missing = node(why, "platelets: missing")
    assert "clumped: counts for nothing, it has no value" in missing.children[0].text
    assert missing.children[0].source == "row-p"


def test_the_anchor_of_the_31st_and_the_end_are_the_infusions():
    days = [(date(2025, 1, 31), 1), (date(2026, 2, 2), 2)]
    why = outcome_of(infusions=days, as_of=date(2026, 3, 1)).explain("p1", "cbc")
    watched = node(why, "Watched from 2025-01-31 to 2030-02-02")
    assert "2026-02-02 infusion of course 2" in watched.children[1].children[0].text
    assert node(why, "Item 13, due 2026-02-28")


def test_what_contradicts_itself_is_told_with_the_infusions():
    why = outcome_of(infusions=[(FIRST, 2)]).explain("p1", "cbc")
    assert "unknown (no given infusion of course 1)" in why.text
    assert "2025-03-03 infusion of course 2" in node(why, "Nothing can be judged").children[0].text


def test_a_released_course_names_the_value_that_released_it():
    why = outcome_of(
        [(date(2025, 7, 1), "cd4", 260, {"unit": "/uL", "source": "row-4"})],
    ).explain("p1", "cd4")
    assert node(why, "Every course is released").children[0].source == "row-4"
    antiviral = outcome_of(
        [(date(2025, 7, 1), "cd4", 260, {"unit": "/uL", "source": "row-4"})],
    ).explain("p1", "antiviral")
    assert "row-4" in [one.source for one in antiviral.walk()]


def test_a_before_course_item_shows_what_lies_outside_its_window():
    tsh = [(date(2025, 1, 2), "tsh", 1.5, {"unit": "m[IU]/L"})]
    why = outcome_of(tsh).explain("p1", "baseline-thyroid")
    assert "course 1 blocked" in why.text
    assert "outside the window" in node(why, "tsh: missing").children[0].text


def test_a_contraindication_that_holds_names_its_fact():
    hiv = [(date(2025, 1, 2), "hiv", 1, {"unit": "{presence}", "source": "row-h"})]
    why = outcome_of(hiv).explain("p1", "hiv-infection")
    assert "holds, course 1 blocked" in why.text
    assert "row-h" in [one.source for one in why.walk()]
