"""A symptom that the protocol cannot read is counted and told, never silently nothing."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from longwatch.core.record import Record
from longwatch.core.tables import RECORD
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch
from longwatch.watch.unread import in_words

PACK = load_protocol("alemtuzumab-us")
DAY = date(2025, 6, 1)


def unread(*events: tuple[date, str, str | None]) -> dict[str, int]:
    rows = [
        {"patient": "p1", "date": day, "kind": kind, "code": code} for day, kind, code in events
    ]
    record = Record.from_tables(
        patients={"patient": ["p1"]}, events=pa.Table.from_pylist(rows, RECORD["events"])
    )
    return watch(PACK, record, DAY).unread_symptoms


def test_unknown_and_missing_codes_are_counted_the_most_frequent_first() -> None:
    day = date(2025, 5, 1)
    events = [(day, "symptom", code) for code in ("epistaxis", None)]
    events.append((date(2025, 5, 2), "symptom", None))
    found = unread(*events)
    assert found == {"(no code)": 2, "epistaxis": 1}
    assert list(found) == ["(no code)", "epistaxis"]


@pytest.mark.parametrize("code", [symptom.id for symptom in PACK.symptoms])
def test_every_symptom_of_the_protocol_is_read(code: str) -> None:
    assert unread((DAY, "symptom", code)) == {}


def test_other_kinds_of_events_and_later_ones_are_not_counted() -> None:
    assert unread((DAY, "vaccine", "epistaxis"), (date(2025, 6, 2), "symptom", "epistaxis")) == {}


def test_the_notice_names_each_code_and_what_may_be_meant() -> None:
    known = [symptom.id for symptom in PACK.symptoms]
    words = in_words({"nosebleeds": 2, "(no code)": 1}, known)
    assert "nosebleeds 2 (did you mean 'nosebleed'?), (no code) 1" in words
    assert words.endswith("a person must read them")
