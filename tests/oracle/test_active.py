"""The oracle on how long a finding of several tests stays active (semantics, section 4)."""

import pytest
from tests.oracle.rows import day, result
from tests.oracle.test_findings import ALT, alt, cre, run

AST = {"test": "ast", "above_limit": {"limit": "high", "times": 3}}
EITHER = {"any": [ALT, AST]}
D0, D1, D2, D3 = "2025-04-01", "2025-05-01", "2025-06-01", "2025-07-01"
HIGH, NORMAL = 400.0, 20.0


def ast(date: str, value: float, **more: object) -> dict:
    return result(date, "ast", value, "U/L", **more)


BOTH_HIGH = [alt(D0, HIGH), ast(D0, HIGH)]
ONE_AFTER_THE_OTHER = [*BOTH_HIGH, alt(D1, NORMAL), ast(D2, NORMAL)]
FROM_PREVIOUS = {
    "test": "creatinine",
    "rise": {"more_than": 30, "unit": "%", "against": "previous"},
}
CREATININE_ROSE = [cre("2025-03-01", 100.0), cre("2025-03-20", 140.0), alt(D0, HIGH)]
STILL_NEW = {"test": "alt", "above_limit": {"limit": "high", "times": 1}, "new": True}

# rule, results, as_of, is the finding of D0 active?
CASES = {
    "both normal on one later day: over": (
        EITHER, [*BOTH_HIGH, alt(D1, NORMAL), ast(D1, NORMAL)], D3, False,
    ),
    "one normal, the other not measured yet: active": (EITHER, ONE_AFTER_THE_OTHER, D1, True),
    "and on the day before it is measured": (EITHER, ONE_AFTER_THE_OTHER, "2025-05-31", True),
    "over from the day on which the other is normal too": (EITHER, ONE_AFTER_THE_OTHER, D2, False),
    "the other order ends on the same day": (
        EITHER, [*BOTH_HIGH, ast(D1, NORMAL), alt(D2, NORMAL)], D2, False,
    ),
    "the other test never measured again: active": (
        EITHER, [*BOTH_HIGH, alt(D1, NORMAL)], D3, True,
    ),
    "the raising test never measured again: active": (
        EITHER, [*BOTH_HIGH, ast(D1, NORMAL)], D3, True,
    ),
    "even where the other test alone makes the rule false": (
        {"all": [ALT, AST]}, [*BOTH_HIGH, ast(D1, NORMAL)], D3, True,
    ),
    "a test normal on the day and high later keeps nothing active": (
        EITHER, [alt(D0, HIGH), ast(D0, NORMAL), alt(D1, NORMAL), ast(D1, HIGH)], D3, False,
    ),
    "the newest day counts, not the worst since": (
        EITHER, [*BOTH_HIGH, ast(D1, HIGH), ast(D2, NORMAL), alt(D3, NORMAL)], D3, False,
    ),
    "of several values on that day the worst counts": (
        EITHER, [*BOTH_HIGH, alt(D1, NORMAL), ast(D1, NORMAL), ast(D1, HIGH)], D3, True,
    ),
    "what is over stays over": (
        EITHER, [*BOTH_HIGH, alt(D1, NORMAL), ast(D1, NORMAL), ast(D2, HIGH)], D3, False,
    ),
    "a preliminary value of the other test ends nothing": (
        EITHER, [*BOTH_HIGH, alt(D1, NORMAL), ast(D1, NORMAL, status="preliminary")], D3, True,
    ),
    "the other test is held against the value before its own rise": (
        {"any": [ALT, FROM_PREVIOUS]},
        [*CREATININE_ROSE, alt(D1, NORMAL), cre(D1, 135.0)], D3, True,
    ),
    "and is over when that rise is": (
        {"any": [ALT, FROM_PREVIOUS]},
        [*CREATININE_ROSE, alt(D1, NORMAL), cre(D1, 125.0)], D3, False,
    ),
    "what was not new stays not new": (
        {"any": [ALT, STILL_NEW]}, [alt("2025-03-20", 100.0), alt(D0, HIGH), alt(D1, 100.0)],
        D3, False,
    ),
    "what was new stays new": (
        {"any": [ALT, STILL_NEW]}, [alt("2025-03-20", NORMAL), alt(D0, HIGH), alt(D1, 100.0)],
        D3, True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES, ids=str)
def test_active(name):
    when, results, as_of, expected = CASES[name]
    rows = run(when, results, as_of=as_of, within_days=14)["findings"]
    (finding,) = [row for row in rows if row["date"] == day(D0)]
    assert finding["active"] == expected
