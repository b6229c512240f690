"""The protocol of the benchmarks: the US pack, its panels asking for tests that are measured."""

from __future__ import annotations

from functools import cache

from bench.cohort import TESTS
from longwatch.protocols.load import load_protocol
from longwatch.protocols.model import Pack


@cache
def shipped_pack() -> Pack:
    """`alemtuzumab-us` as it is."""
    return load_protocol("alemtuzumab-us")


@cache
def bench_pack() -> Pack:
    """All activities and rules of `alemtuzumab-us`; panels without the tests nobody measured here.

    With eight tests no whole blood count, urinalysis or liver panel would ever be complete,
    everybody would be overdue since the first month, and comparing worklists would show little.
    """
    pack = shipped_pack()
    measured = {*TESTS, "cd4"}
    recurring = []
    for part in pack.recurring:
        answer = part.answered_by
        tests = tuple(test for test in answer.tests if test in measured)
        if tests and tests != answer.tests:
            answer = answer.model_copy(update={"tests": tests})
            part = part.model_copy(update={"answered_by": answer})
        recurring.append(part)
    return pack.model_copy(update={"recurring": tuple(recurring)})
