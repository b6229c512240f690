"""Hazards of messages and their status: one named test each."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import pytest
from tests.exchange.conftest import MRN, only, reasons


def test_H15_a_preliminary_result_is_filed_as_preliminary(make):
    assert only(make.load(make.file(make.oru(status="P"))).record.results)["status"] == (
        "preliminary"
    )


def related_messages(make):
    """Five messages about one specimen, and the late one of an older specimen."""
    return {
        "P": make.oru("100", status="P", sent="20250602100000", control="1"),
        "F": make.oru("90", status="F", sent="20250602120000", control="2"),
        "C": make.oru("60", status="C", sent="20250603120000", control="3"),
        "C2": make.oru("40", status="C", sent="20250604120000", control="4"),
        "late": make.oru("20", order="A0", day="20250501", sent="20250502120000", control="5"),
    }


def standing(record, day):
    """What the watch takes for true of a day: corrected before final before preliminary."""
    rows = [row for row in record.results.to_pylist() if row["date"] == day]
    cancelled = [
        row["received"] for row in rows if row["status"] == "cancelled" and row["received"]
    ]
    rows = [
        row
        for row in rows
        if row["status"] != "cancelled"
        and not any(row["received"] and row["received"] < when for when in cancelled)
    ]
    for status in ("corrected", "final", "preliminary"):
        found = [row for row in rows if row["status"] == status]
        if found and status == "corrected":
            newest = max(row["received"] for row in found)
            found = [row for row in found if row["received"] == newest]
        if found:
            return sorted(row["value"] for row in found)
    return []


def test_H16_a_correction_stands_beside_the_result_it_corrects(make):
    report = make.load(*(make.file(text) for text in related_messages(make).values()))
    kept = sorted((r["status"], r["value"]) for r in report.record.results.to_pylist())
    assert kept == [
        ("corrected", 40.0),
        ("corrected", 60.0),
        ("final", 20.0),
        ("final", 90.0),
        ("preliminary", 100.0),
    ]
    assert standing(report.record, date(2025, 6, 2)) == [40.0]


@pytest.mark.parametrize("status", ["W", "D"])
def test_H17_what_the_laboratory_takes_back_no_longer_counts(make, status):
    first = make.load(make.file(make.oru("20")))
    second = make.load(
        make.file(make.oru("20", status=status, sent="20250603080000")), record=first.record
    )
    row = only(second.record.results)
    assert (row["status"], row["was"], row["value"]) == ("cancelled", "final", 20.0)
    held = only(second.record.held)
    assert (held["reason"], held["patient"]) == ("withdrawn", "1")


def test_H17_a_withdrawal_leaves_other_laboratories_alone(make):
    other = make.oru("30", order="B9", sent="20250602110000").replace("|LIS|LAB|", "|LIS|OTHER|")
    texts = [other, make.oru("20"), make.oru("20", status="W", sent="20250603080000")]
    record = make.clinic()
    for text in texts:
        record = make.load(make.file(text), record=record).record
    assert standing(record, date(2025, 6, 2)) == [30.0]


def test_H17_a_withdrawal_that_overtakes_its_result_still_holds(make):
    wrong = make.file(make.oru("20"))
    taken = make.file(make.oru("20", status="W", sent="20250603080000"))
    record = make.load(wrong, record=make.load(taken).record).record
    assert only(record.results)["status"] == "cancelled"


def test_H17_H18_a_cancelled_specimen_counts_for_nothing(make):
    final = make.file(make.oru("90", sent="20250602120000"))
    never = make.file(make.oru("", status="X", sent="20250604120000"))
    for order in ([final, never], [never, final]):
        record = make.clinic()
        for path in order:
            record = make.load(path, record=record).record
        assert standing(record, date(2025, 6, 2)) == []
        assert standing(make.load(*order).record, date(2025, 6, 2)) == []


def test_H18_a_cancelled_report_cancels_its_results(make):
    report = {
        "resourceType": "DiagnosticReport",
        "status": "cancelled",
        "code": {"text": "CBC"},
        "result": [{"reference": "Observation/o1"}],
    }
    loaded = make.load(make.fhir(report, make.observation()))
    assert only(loaded.record.results)["status"] == "cancelled"


def test_H19_the_same_message_again_changes_nothing(make, rows):
    path = make.file(make.oru())
    once = make.load(path)
    again = make.load(path, make.file(make.oru(control="M2")), record=once.record)
    assert again.record.results.equals(once.record.results)
    assert again.duplicates >= 1
    assert not again.filed


def test_H19_one_source_saying_two_things_is_shown_to_a_person_and_both_can_raise(make, rows):
    paths = [make.file(make.oru("240")), make.file(make.oru("20"))]
    forth, back = make.load(*paths), make.load(*reversed(paths))
    assert standing(forth.record, date(2025, 6, 2)) == [20.0, 240.0]
    assert reasons(forth) == {"duplicate-conflict": 1}
    assert rows(forth.record.held, "where") == rows(back.record.held, "where")
    assert "240" in only(forth.record.held)["detail"]


def in_every_order(make, paths, record=None, at=None):
    """The records that the messages end in, one for each order.

    Inputs:
        at: when the first of them came; each further one comes an hour later.
    """
    record = make.clinic() if record is None else record
    if not paths:
        yield record
    # Orders that begin alike are read once as far as they are alike.
    for n, path in enumerate(paths):
        came = {} if at is None else {"received": at}
        after = make.load(path, record=record, **came).record
        later = at and at + timedelta(hours=1)
        yield from in_every_order(make, paths[:n] + paths[n + 1 :], after, later)


def test_H20_every_order_of_related_messages_ends_in_the_same_record(make, rows):
    texts = related_messages(make) | {
        "X": make.oru("", status="X", order="A0", day="20250501", sent="20250503120000")
    }
    del texts["C2"]
    paths = [make.file(text) for text in texts.values()]
    ends = [
        (
            rows(record.results, "received"),
            standing(record, date(2025, 6, 2)),
            standing(record, date(2025, 5, 1)),
            rows(record.held, "received", "where"),
        )
        for record in in_every_order(make, paths, at=datetime.fromisoformat("2025-06-10T08:00"))
    ]
    assert len(ends) == math.factorial(len(paths))
    assert all(end == ends[0] for end in ends)
    assert ends[0][1:3] == ([60.0], [])


def test_H20_two_corrections_in_every_order_leave_the_newer_one_standing(make):
    paths = [make.file(text) for text in related_messages(make).values()]
    ends = [standing(record, date(2025, 6, 2)) for record in in_every_order(make, paths)]
    assert ends == [[40.0]] * math.factorial(len(paths))


def test_H20_duplicated_and_shuffled_messages_give_the_same_record(make, rows):
    paths = [make.file(text) for text in related_messages(make).values()]
    once = make.load(*paths)
    thrice = make.load(*(paths * 3)[::-1])
    assert rows(thrice.record.results, "received") == rows(once.record.results, "received")


def test_H21_two_patients_in_one_message_keep_their_own_results(make):
    text = make.oru("240") + "\r".join(
        [
            f"PID|2||2^^^&{MRN}&URI^MR||||19900501|F",
            "OBR|1||A2|58410-2^CBC^LN|||20250602",
            "OBX|1|NM|777-3^Platelets^LN||20|10*9/L|150-400|LL|||F",
            "",
        ]
    )
    record = make.load(make.file(text)).record
    assert {r["patient"]: r["value"] for r in record.results.to_pylist()} == {"1": 240.0, "2": 20.0}


def test_H21_one_bad_result_does_not_take_the_good_one_with_it(make):
    bad = make.oru("clumped", "K/uL").replace("\r\r", "\r")
    text = bad + "OBX|2|NM|718-7^Hemoglobin^LN||13.1|g/dL|12-15|||||F\r"
    report = make.load(make.file(text))
    assert only(report.record.results)["test"] == "hemoglobin"
    assert reasons(report) == {"not-a-value": 1}


def test_H22_a_damaged_message_is_held_whole(make):
    report = make.load(make.file("OBX|1|NM|777-3^^LN||20|10*9/L|||||F\r"))
    assert sum(report.held.values()) >= 1
    assert report.record.results.num_rows == 0
