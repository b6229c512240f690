"""What pages make of days, units and lists before they show them."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
import tests.django_once  # noqa: F401 (before anything of the store)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("complete, 2026-11-20", "complete, 20 Nov 2026"),
        ("nothing dated", "nothing dated"),
        ("order 12026-11-201 stays", "order 12026-11-201 stays"),
        ("no such day 2026-13-41", "no such day 2026-13-41"),
        (None, ""),
    ],
)
def test_days_in_sentences_of_the_watch_have_the_name_of_their_month(said, shown):
    from longwatch.web.templatetags.parts import days_in_words

    assert days_in_words(said) == shown


def test_units_are_written_as_people_write_them():
    from longwatch.web.templatetags.parts import shown_unit

    assert [shown_unit(one) for one in ("mm[Hg]", "Cel", "%", None)] == ["mmHg", "°C", "%", ""]


def test_what_is_late_since_one_day_stands_together_the_longest_first():
    from longwatch.web.morning import Line

    def one(since, in_hand=False):
        return SimpleNamespace(since=since and date(2026, 11, since), in_hand=in_hand)

    urine, blood, thyroid, count, called = one(9), one(9), one(2), one(None), one(9, in_hand=True)
    line = Line(None, "overdue", [urine, thyroid, count, blood, called])
    assert line.late == [(date(2026, 11, 2), [thyroid]), (date(2026, 11, 9), [urine, blood])]
    assert line.besides == [count, called], "nothing is left out"


def test_what_can_be_done_on_the_same_days_is_one_visit():
    from longwatch.web.record_parts import together

    def item(title, day, closes):
        opens, closes = date(2026, 12, 10), date(2026, 12, closes)
        return SimpleNamespace(
            date=date(2026, 12, day), opens=opens, closes=closes, state="planned", title=title
        )

    visits = together([item("blood", 17, 24), item("thyroid", 17, 31), item("urine", 17, 24)])
    assert [one.titles for one in visits] == [["blood", "urine"], ["thyroid"]]


@pytest.mark.parametrize(
    ("windows", "common"),
    [
        ([(3, 31), (10, 24)], (10, 24)),
        ([(3, 9), (10, 24)], None),
        ([(None, 24)], (1, 24)),
        ([(10, None)], None),
        ([], None),
    ],
    ids=["the days that all have", "none", "open before", "without an end", "nothing"],
)
def test_a_visit_is_proposed_on_days_on_which_all_can_be_taken(monkeypatch, windows, common):
    from longwatch.web.pages import arrangements

    def day(number):
        return number and date(2026, 12, number)

    monkeypatch.setattr(arrangements, "today", lambda: day(1))
    items = [SimpleNamespace(opens=day(opens), closes=day(ends)) for opens, ends in windows]
    assert arrangements._common(items) == (common and tuple(day(one) for one in common))


def test_an_entry_of_an_infusion_day_is_told_in_words():
    import json

    from longwatch.web.pages.infusion import _words

    titles = {"dilute": "Dilute the dose", "pulse": "Pulse", "rash": "Rash"}

    def told(what="", **detail):
        return _words(SimpleNamespace(what=what, detail=json.dumps(detail)), titles)

    assert told("dilute", done=True) == "Dilute the dose"
    assert told("dilute", done=False) == "Dilute the dose, not done"
    assert told(values={"pulse": 70.0}) == "Pulse 70"
    assert told("rash", grade=2, words="on the arms", given="", scale="x") == (
        "Rash, grade 2, on the arms"
    )
    assert told(ml_per_h=25.0) == "25.0 mL/h"
