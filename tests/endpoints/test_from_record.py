"""What of a Record counts as what, and that nothing that was not used is forgotten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from tests.endpoints.clinic_of_endpoints import DAY, record, tables

from longwatch.core.errors import UsageError
from longwatch.core.record import Record
from longwatch.endpoints.from_record import Cohort, from_record

START = date(2025, 1, 6)


def read(
    *,
    results: list[tuple[Any, ...]] = (),
    events: list[tuple[Any, ...]] = (),
    infusions: list[tuple[Any, ...]] = (("a", START, 1, "given"),),
    patients: list[tuple[Any, ...]] = (("a", date(1990, 1, 1), date(2020, 1, 1)),),
    as_of: date = DAY,
) -> Cohort:
    def table(names: tuple[str, ...], rows: Any) -> dict[str, list[Any]]:
        return {name: [row[at] for row in rows] for at, name in enumerate(names)}

    made = Record.from_tables(
        patients=table(("patient", "birth_date", "ms_onset"), patients),
        infusions=table(("patient", "date", "course", "status"), infusions),
        results=table(("patient", "date", "test", "value", "unit", "status", "comparator",
                       "received"), results),
        events=table(("patient", "date", "kind", "code"), events),
    )  # fmt: skip
    return from_record(made, as_of)


def edss(day: date, value: float | None, status: str = "final", sign: str | None = None,
         received: datetime | None = None) -> tuple[Any, ...]:  # fmt: skip
    return ("a", day, "edss", value, "{score}", status, sign, received)


def counted(cohort: Cohort) -> dict[str, int]:
    return {row["what"]: row["rows"] for row in cohort.counts.to_pylist()}


@pytest.mark.parametrize(
    ("sentence", "row", "used"),
    [
        ("a final score is a visit", edss(START, 2.5), 1),
        ("a corrected one, too", edss(START, 2.5, "corrected"), 1),
        ("a preliminary one is none", edss(START, 2.5, "preliminary"), 0),
        ("a cancelled one is none", edss(START, 2.5, "cancelled"), 0),
        ("'below 3' is no score", edss(START, 3.0, sign="<"), 0),
    ],
)
def test_what_is_an_edss_visit(sentence: str, row: tuple, used: int) -> None:
    cohort = read(results=[row])

    assert cohort.visits.num_rows == used, sentence
    assert counted(cohort).get("EDSS without an exact, final value", 0) == 1 - used


def test_what_came_after_the_day_is_not_known_yet() -> None:
    later = date(2025, 6, 1)
    cohort = read(
        results=[edss(START, 2.0), edss(later, 4.0)],
        events=[("a", later, "relapse", None)],
        as_of=date(2025, 5, 31),
    )

    assert cohort.visits.num_rows == 1
    assert cohort.relapses.num_rows == 0
    assert cohort.subjects["end"].to_pylist() == [START]
    assert counted(cohort)["results and events after the day"] == 2


def test_a_result_that_arrived_later_was_not_known() -> None:
    arrived = datetime(2025, 7, 1, 9, 30)  # noqa: DTZ001 (at the clinic)
    row = edss(START, 2.0, received=arrived)

    assert read(results=[row], as_of=date(2025, 6, 30)).visits.num_rows == 0
    assert read(results=[row], as_of=date(2025, 7, 1)).visits.num_rows == 1


def test_follow_up_ends_with_the_last_entry_of_any_kind() -> None:
    last = date(2025, 9, 9)
    cohort = read(events=[("a", last, "note", "rems-status")])

    assert cohort.subjects.select(["start", "end"]).to_pylist() == [{"start": START, "end": last}]


def test_a_relapse_before_the_onset_of_ms_is_counted_and_left_out() -> None:
    cohort = read(events=[("a", date(2019, 12, 31), "relapse", None),
                          ("a", date(2020, 1, 1), "relapse", None)])  # fmt: skip

    assert cohort.relapses["date"].to_pylist() == [date(2020, 1, 1)]
    assert counted(cohort)["relapses before the onset of MS"] == 1


def test_diagnoses_after_the_first_infusion_are_adverse_events_by_group_once_a_day() -> None:
    day = date(2025, 3, 3)
    cohort = read(
        events=[
            ("a", day, "diagnosis", "graves-disease"),
            ("a", day, "diagnosis", "thyroiditis"),
            ("a", day, "diagnosis", "gout"),
            ("a", day, "diagnosis", None),
            ("a", day, "diagnosis", "ms"),
            ("a", START, "diagnosis", "immune-thrombocytopenia"),
            ("a", day, "symptom", "fever"),
        ]
    )

    assert sorted(cohort.aes["term"].to_pylist()) == ["Gout", "Thyroid disease", "Without a code"]


@pytest.mark.parametrize(
    ("sentence", "infusions", "what"),
    [
        ("course 2 without course 1", [("a", START, 2, "given")], "out of order"),
        ("course 2 before course 1", [("a", START, 2, "given"), ("a", DAY, 1, "given")],
         "out of order"),
        ("before birth", [("a", date(1980, 1, 1), 1, "given")], "before their birth"),
    ],
)  # fmt: skip
def test_contradictions_leave_nobody_without_a_word(
    sentence: str, infusions: list, what: str
) -> None:
    cohort = read(infusions=infusions)

    assert cohort.subjects["start"].to_pylist() == [None], sentence
    assert cohort.infusions.num_rows == 0
    assert [rows for name, rows in counted(cohort).items() if what in name] == [1]


def test_planned_and_not_done_infusions_treat_nobody() -> None:
    planned = [("a", START, 1, "planned"), ("a", START, 1, "not-done")]

    assert read(infusions=planned).subjects["start"].to_pylist() == [None]


def test_the_columns_do_not_depend_on_the_data() -> None:
    full, none = from_record(record(5), DAY), from_record(Record(), DAY)
    for name in ("subjects", "visits", "relapses", "infusions", "aes", "tests", "counts"):
        assert getattr(full, name).column_names == getattr(none, name).column_names
        assert none.subjects.num_rows == 0


def test_the_record_is_not_changed_and_the_order_of_rows_does_not_matter() -> None:
    made = tables(12)
    turned = {
        name: {key: cells[::-1] for key, cells in table.items()} for name, table in made.items()
    }
    first = from_record(Record.from_tables(**made), DAY)
    other = from_record(Record.from_tables(**turned), DAY)

    def rows(table: pa.Table) -> list:
        return sorted(map(str, table.to_pylist()))

    assert made == tables(12)
    for name in ("subjects", "visits", "relapses", "infusions", "aes", "tests"):
        assert rows(getattr(first, name)) == rows(getattr(other, name))


def test_a_moment_is_no_day() -> None:
    with pytest.raises(UsageError, match=r"must be a datetime\.date"):
        from_record(Record(), datetime(2025, 1, 1, 12))  # noqa: DTZ001
