"""The protocol of the benchmarks: the US pack, cut to what SQL and pandas answer as well."""

from __future__ import annotations

from functools import cache

from bench.cohort import TESTS
from longwatch.protocols.load import load_protocol
from longwatch.protocols.model import Pack

SEVERAL_TESTS = ("CRE-2", "TMA-1")
"""The rules that join several of the tests measured here."""


@cache
def shipped_pack() -> Pack:
    """`alemtuzumab-us` as it is."""
    return load_protocol("alemtuzumab-us")


@cache
def bench_pack() -> Pack:
    """`alemtuzumab-us` without CRE-2, TMA-1 and blocked courses; panels of what is measured here.

    A finding of CRE-2 or TMA-1 ends as the whole rule stands by the newest values of each of its
    tests; to write that by hand in SQL and pandas would be a project of its own. The engine
    `longwatch-shipped-pack` is timed with all rules.

    With eight tests no whole blood count, urinalysis or liver panel would ever be complete,
    everybody would be overdue since the first month, and comparing worklists would show little.
    Readiness is asked person by person; SQL and pandas leave it out, the shipped pack is timed with
    it.
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
    rules = tuple(rule for rule in pack.rules if rule.id not in SEVERAL_TESTS)
    cut = {"recurring": tuple(recurring), "rules": rules, "course_ahead": None}
    return pack.model_copy(update=cut)
