"""What a clinic enters wrongly: each kind has its rule, is counted, and changes no answer.

Every case is one sound person with one mistake more than the others.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from longwatch.core.record import Record
from longwatch.endpoints.from_record import from_record
from longwatch.endpoints.report import Report, report

DAY = date(2026, 11, 22)
HEADS = {
    "patients": "patient,birth_date,sex,ms_onset",
    "infusions": "patient,date,course,day",
    "results": "patient,date,test,value,unit",
    "events": "patient,date,kind,code",
}
SOUND = {
    "patients": ["a,1990-01-01,female,2015-01-01", "b,1991-01-01,male,2016-01-01"],
    "infusions": ["a,2024-01-08,1,1", "b,2024-02-05,1,1"],
    "results": [
        *(f"a,{day},edss,{score},{{score}}" for day, score in (
            ("2024-01-05", 2), ("2024-04-05", 3), ("2024-07-05", 3), ("2024-10-05", 3.5),
            ("2025-12-20", 3.5))),
        *(f"b,{day},edss,2,{{score}}" for day in ("2024-02-01", "2024-05-03", "2025-11-02")),
    ],
    "events": ["a,2024-06-03,relapse,relapse"],
}  # fmt: skip


def made(folder: Path, more: dict[str, list[str]], **replaced: list[str]) -> Report:
    folder.mkdir()
    for name, head in HEADS.items():
        rows = [*replaced.get(name, SOUND[name]), *more.get(name, [])]
        (folder / f"{name}.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return report(from_record(Record.read(folder), DAY), title="x")


def counted(of: Report) -> dict[str, str]:
    return {row[0]: row[1] for table in of.sections[0].tables for row in table.rows}


def answers(of: Report) -> list[Any]:
    return [
        (row.name, row.estimate, row.n, row.events)
        for section in of.sections
        for row in section.rows
        if section.id in ("relapses", "worsening", "improvement", "edss-change")
    ]


@pytest.fixture
def sound(tmp_path: Path) -> Report:
    return made(tmp_path / "sound", {})


def test_the_sound_one_has_nothing_to_count_and_an_event(sound: Report) -> None:
    assert counted(sound) == {}
    worse = next(one for one in answers(sound) if one[0] == "Confirmed worsening by 24 months")
    assert worse[2:] == (2, 1)


@pytest.mark.parametrize(
    ("sentence", "more", "what", "many"),
    [
        ("a score between the steps is no score", {"results": ["a,2024-08-20,edss,2.3,{score}"]},
         "EDSS that are not 0 to 10 in steps of 0.5", "1"),
        ("a score above 10 is held back", {"results": ["a,2024-08-20,edss,10.5,{score}"]},
         "entries held back", "1"),
        ("a score below 0 is held back", {"results": ["a,2024-08-20,edss,-0.5,{score}"]},
         "entries held back", "1"),
        ("a score in another unit is held back", {"results": ["a,2024-08-20,edss,3,mg/dL"]},
         "entries held back", "1"),
        ("of two on a day the worse counts", {"results": ["a,2024-07-05,edss,1,{score}"]},
         "further EDSS of one day", "1"),
        ("a relapse before there was MS is a wrong date", {"events": ["a,2014-12-31,relapse,x"]},
         "relapses before the onset of MS", "1"),
        ("what lies after the day does not exist", {"results": ["a,2027-01-05,edss,9,{score}"]},
         "results and events after the day", "1"),
        ("an infusion before birth follows nobody",
         {"patients": ["c,2020-01-01,male,"], "infusions": ["c,2019-01-07,1,1"]},
         "people with an infusion before their birth", "1"),
        ("a second course without a first one follows nobody",
         {"patients": ["c,1990-01-01,male,"], "infusions": ["c,2024-01-08,2,1"]},
         "people whose courses do not begin with 1 or are out of order", "1"),
    ],
)  # fmt: skip
def test_a_mistake_is_counted_and_changes_no_answer(
    sentence: str, more: dict[str, list[str]], what: str, many: str, tmp_path: Path, sound: Report
) -> None:
    found = made(tmp_path / "bad", more)

    told = {key: value for key, value in counted(found).items() if "order of dates" not in key}
    assert told == {what: many}, sentence
    assert answers(found) == answers(sound), sentence


def test_visits_out_of_order_are_put_in_order_and_counted(tmp_path: Path, sound: Report) -> None:
    found = made(tmp_path / "turned", {}, results=SOUND["results"][::-1])

    assert counted(found) == {"EDSS out of the order of dates": "6"}
    assert answers(found) == answers(sound)


def test_nobody_without_follow_up_counts_as_well(tmp_path: Path, sound: Report) -> None:
    more = {
        "patients": ["c,1990-01-01,female,2020-01-01", "d,1990-01-01,female,2020-01-01"],
        "infusions": ["c,2024-03-04,1,1"],
    }

    found = made(tmp_path / "short", more)

    assert found.people == 2
    assert answers(found) == answers(sound)
    words = found.sections[0].pictures[0].draw(860, "k", True)
    assert "1 left: nothing on record after the day of the infusion" in words
    assert "1 left: no infusion given yet" in words
