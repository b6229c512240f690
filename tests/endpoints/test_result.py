"""Results: no NaN, one shape, everything a reader needs in print and in the metadata."""

import math

import pyarrow as pa

from longwatch.endpoints.result import SUMMARY, Result
from longwatch.endpoints.survival import km
from longwatch.endpoints.timetable import rule_behind


class Said:
    """A rule as far as a result needs it."""

    def describe(self):
        return "relapses of 48 hours"


def test_what_is_not_a_number_becomes_none():
    found = Result("x", math.nan, se=math.nan, hi=math.inf)

    assert (found.estimate, found.se, found.hi) == (None, None, math.inf)


def test_the_print_says_estimate_interval_method_rule_and_warnings():
    found = Result(
        "rate", 0.25, lo=0.2, hi=0.3, p=0.00001, n=9, events=4, person_years=16.0,
        method="exact", rule=Said(), warnings=("few",), table=pa.table({"a": [1], "b": [None]}),
    )  # fmt: skip

    assert str(found).splitlines() == [
        "rate: 0.25 (95 % 0.2 to 0.3); p < 0.0001; n 9, events 4, person-years 16.0",
        "  a  b",
        "  1  –",
        "method: exact",
        "rule: relapses of 48 hours",
        "warning: few",
    ]


def test_a_long_table_is_cut_and_says_so():
    found = Result("x", table=pa.table({"a": range(25)}))

    assert str(found).splitlines()[-1] == "  … and 5 more rows"


def test_the_summary_has_one_row_of_one_shape():
    for found in (Result("x"), km({"time": [1], "event": [1]}, rule=Said())):
        assert found.summary().schema.equals(SUMMARY)
        assert found.summary().num_rows == 1


def test_the_frame_carries_method_and_rule():
    frame = km({"time": [1], "event": [1]}, rule=Said()).to_frame()

    assert frame.schema.metadata[b"rule"] == b"relapses of 48 hours"
    assert frame.schema.metadata[b"method"].startswith("Kaplan–Meier".encode())
    assert Result("x", 3.0).to_frame()["estimate"].to_pylist() == [3.0]


def test_the_rule_travels_with_a_table_made_here():
    from longwatch.endpoints.attached import attach
    from longwatch.endpoints.rule import Rule

    table = attach(pa.table({"time": [1], "event": [1]}), Rule.preset("care-ms"), {})

    assert km(table).rule == Rule.preset("care-ms")
    assert rule_behind(table, Said()).describe() == "relapses of 48 hours"
    assert rule_behind({"time": []}, None) is None
