"""Records for the store's tests: a small one in words, and random ones."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
from hypothesis import strategies as st

from longwatch.core.record import Record
from longwatch.core.tables import RECORD

moment = datetime  # moments of a Record are naive on purpose: the clinic's clock


def small() -> Record:
    """Two people, one of them with an infusion and results of two laboratories."""
    return Record.from_tables(
        patients={
            "patient": ["p1", "p2"],
            "birth_date": [date(1990, 5, 1), None],
            "sex": ["female", None],
            "protocol": ["alemtuzumab-us", None],
            "name": ["Roe, Ann", "Doe, Jon"],
        },
        infusions={"patient": ["p1"], "date": [date(2025, 3, 3)], "course": [1], "day": [1]},
        results={
            "patient": ["p1", "p1", "p2"],
            "date": [date(2025, 4, 1), date(2025, 5, 1), date(2025, 5, 2)],
            "test": ["platelets", "platelets", "tsh"],
            "value": [240.0, 25.0, 0.02],
            "comparator": [None, None, "<"],
            "unit": ["10*9/L", "10*9/L", "m[IU]/L"],
            "source": ["lab-a|1", "lab-a|2", "lab-b|1"],
            "received": [moment(2025, 4, 2, 8, 0, 0, 1), None, moment(2025, 5, 3)],
        },
        events={"patient": ["p2"], "date": [date(2025, 2, 1)], "kind": ["vaccination"]},
        identifiers={"authority": ["A", "B"], "value": ["007", "007"], "patient": ["p1", "p2"]},
        held={"id": ["abc"], "reason": ["missing-unit"], "raw": ["OBX|…"], "patient": ["p1"]},
    )


ids = st.sampled_from(["p1", "0042", "Ünal-7", "=1+1", "N/A", 'a,"b'])
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
moments = st.none() | st.datetimes(moment(1900, 1, 1), moment(2200, 1, 1))
words = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
names = st.none() | st.text("abcxyz0189-_ =+@,\"'%;", min_size=1).filter(lambda t: t == t.strip())
amounts = st.none() | st.floats(min_value=0.5, max_value=4000, allow_nan=False)
numbers = st.none() | st.integers(-(2**40), 2**40)

_RESULTS = {
    "patient": ids,
    "date": days,
    "test": st.just("alt"),
    "value": st.floats(min_value=1, max_value=49000),
    "comparator": st.sampled_from([None, "<", "<=", ">", ">="]),
    "text": words,
    "unit": st.sampled_from(["U/L", "[IU]/L"]),
    "low": amounts,
    "high": amounts,
    "status": st.sampled_from([None, "preliminary", "final", "corrected", "cancelled"]),
    "source": names,
    "received": moments,
}
_EXTRAS = {
    "lot": (pa.string(), words),
    "rack": (pa.int64(), numbers),
    "drawn": (pa.timestamp("us"), moments),
    "fasting": (pa.bool_(), st.none() | st.booleans()),
    "issued": (pa.string(), names),
    "value_high": (pa.float64(), amounts),
}
_INFUSIONS = {
    "patient": ids,
    "date": days,
    "course": st.integers(1, 9),
    "day": st.none() | st.integers(1, 5),
    "dose_mg": amounts,
    "drug": names,
    "started": moments,
    "ended": moments,
    "status": st.sampled_from([None, "planned", "given", "not-done"]),
}
_EVENTS = {
    "patient": ids,
    "date": days,
    "kind": st.sampled_from(["relapse", "note"]),
    "code": names,
    "end_date": st.none() | days,
    "grade": st.none() | st.integers(0, 5),
    "text": words,
}


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A Record of a few rows, with any of the extra columns."""
    extras = draw(st.sets(st.sampled_from(sorted(_EXTRAS))))
    schema = RECORD["results"]
    for name in sorted(extras):
        schema = schema.append(pa.field(name, _EXTRAS[name][0]))
    shape = _RESULTS | {name: _EXTRAS[name][1] for name in extras}
    rows = draw(st.lists(st.fixed_dictionaries(shape), max_size=6))
    # A row twice over is told twice.
    rows += rows[: draw(st.integers(0, 2))]
    infusions = draw(st.lists(st.fixed_dictionaries(_INFUSIONS), max_size=3))
    events = draw(st.lists(st.fixed_dictionaries(_EVENTS), max_size=3))
    return Record.from_tables(
        results=pa.Table.from_pylist(rows, schema),
        infusions=pa.Table.from_pylist(infusions, RECORD["infusions"]),
        events=pa.Table.from_pylist(events, RECORD["events"]),
    ).sorted()
