"""The page of the test catalogue: what is watched, under which codes, in which units."""

from markdown import code, table, text

from longwatch.core.catalogue import Limits, Test, catalogue
from longwatch.protocols.words_values import number_words


def page() -> str:
    """One row per test, then each test with every spelling that is accepted."""
    tests = list(catalogue().tests.values())
    overview = [
        [
            f"[{text(test.name)}](#{_anchor(test)})",
            code(test.id),
            text(number_words(1, test.unit)[2:] or "no unit"),
            ", ".join(map(code, test.loinc)) or "none",
            _interval(test.plausible),
        ]
        for test in tests
    ]
    head = ["test", "id", "unit", "LOINC", "plausible"]
    return (
        "# The tests\n\nA value is kept in the unit shown. A spelling of a unit is accepted only "
        "where it stands in the list of that test: a value whose unit is unknown or missing, or "
        "whose size no patient can have, is held for a person and never guessed. A limit on the "
        "laboratory's report goes before the usual one.\n\n"
        f"{table(head, overview)}" + "".join(_section(test) for test in tests)
    )


def _anchor(test: Test) -> str:
    return f"test-{test.id.replace('_', '-')}"


def _section(test: Test) -> str:
    facts = [
        ["kind", test.kind],
        ["canonical unit", code(test.unit)],
        ["also written", ", ".join(text(name) for name in test.aliases) or "no other name"],
        ["usual limits", "; ".join(_limits(sex, one) for sex, one in test.limits.items())],
        ["words", ", ".join(f"{text(word)} = {value:g}" for word, value in test.words.items())],
        ["accepted units", ", ".join(code(unit) for unit in test.units if unit) or "none needed"],
    ]
    facts += [
        [
            f"how sure: {', '.join(evidence.covers)}",
            text(f"{evidence.verified}: {evidence.source}, {evidence.place}"),
        ]
        for evidence in test.evidence
    ]
    rows = ([name, value] for name, value in facts if value)
    return f"({_anchor(test)})=\n## {text(test.name)}\n\n{table(['', ''], rows)}"


def _limits(sex: str, limits: Limits) -> str:
    parts = [
        f"{name} {_interval(value)}"
        for name, value in (("low", limits.low), ("high", limits.high))
        if value is not None
    ]
    return f"{sex}: {', '.join(parts)}" if parts else f"{sex}: none"


def _interval(span: tuple[float, float]) -> str:
    low, high = (f"{end:g}" for end in span)
    return low if low == high else f"{low} to {high}"
