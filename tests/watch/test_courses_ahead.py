"""A blocked course reaches the worklist in a stream as in memory, and only while it is ahead."""

from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest
from tests.watch.compare import record_of

from longwatch.core.record import Record
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch
from longwatch.watch.stream import watch_parquet

PACK = load_protocol("alemtuzumab-us")
DAY = date(2025, 6, 1)


def clinic(plans):
    """People with one result each and a first course planned so many days ahead (None: none)."""
    rows = {"patients": [], "infusions": [], "results": [], "events": []}
    for number, ahead in enumerate(plans):
        who = f"p{number:03d}"
        rows["patients"].append({"patient": who, "sex": "male"})
        given = {"date": DAY - timedelta(days=20), "status": "given"}
        planned = {"date": DAY + timedelta(days=ahead or 0), "status": "planned"}
        one = given if ahead is None else planned
        rows["infusions"].append({"patient": who, "course": 1, "day": 1, **one})
        rows["results"].append(
            {"patient": who, "date": DAY - timedelta(days=3), "test": "tsh", "value": 2.0,
             "unit": "m[IU]/L"}
        )  # fmt: skip
    return record_of(rows)


@pytest.mark.parametrize("rows_a_group", [3, 1_000])
def test_a_stream_finds_the_same_blocked_courses(tmp_path, rows_a_group):
    plans = [None, 40, 30, None, 14, 3, None, -5, 31, None]
    clinic(plans).write(tmp_path, "parquet")
    results = pq.read_table(tmp_path / "results.parquet")
    pq.write_table(results, tmp_path / "results.parquet", row_group_size=rows_a_group)

    streamed = watch_parquet(PACK, tmp_path, DAY).worklist
    loaded = watch(PACK, Record.read(tmp_path), DAY)

    assert streamed.to_pylist() == loaded.worklist.to_pylist()
    found = {row["patient"]: row["tier"] for row in streamed.to_pylist() if row["blocked"]}
    assert found == {"p002": "routine", "p004": "week", "p005": "48-hours", "p007": "same-day"}
    assert sorted(loaded.blocked_courses) == sorted(found)


def test_a_pack_that_names_no_days_lists_no_course():
    pack = PACK.model_copy(update={"course_ahead": None})
    assert watch(pack, clinic([3, -5]), DAY).worklist.num_rows == 0
