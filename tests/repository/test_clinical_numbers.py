"""Invariant 1: no clinical number in the code; numbers there count days, bits or letters."""

import ast

import pytest
from tests.repository import numbers_of_model
from tests.repository.repo import SOURCE, modules, short

HARMLESS = {0, 1, 2}
PACKAGES = ("watch", "protocols", "mechanism", "trials")

ALLOWED: dict[str, dict[float, str]] = {
    **numbers_of_model.ALLOWED,
    "watch/rivals.py": {1970: "from when days are counted", 1_000_000: "microseconds"},
    "watch/row_groups.py": {18: "row groups read ahead", 1_000: "milliseconds"},
    "protocols/case_record.py": {3: "columns of a short row", 4: "columns of a short row"},
    "protocols/check_tests.py": {100: "a fall by more than 100 % cannot be"},
    "protocols/complaints.py": {60: "letters shown of a text"},
    "protocols/compose.py": {8: "packs that may lie over each other"},
    "protocols/folders.py": {300: "files in a pack"},
    "protocols/guess.py": {0.6: "likeness of two words"},
    "protocols/model/activities.py": {28: "days in the shortest month"},
    "protocols/yaml.py": {
        40: "depth of nesting",
        300: "digits of a number",
        1024: "bytes",
        200_000: "values in a file",
    },
    "watch/action_lines.py": {100: "per cent"},
    "watch/charting.py": {1e6: "rounding to six decimals", 3: "columns of a course"},
    "watch/columns.py": {1970: "the day that counts as 0", 86_400_000_000: "microseconds in a day"},
    "watch/engine.py": {
        3: "columns of a line",
        8: "rows that make a finding likely, for memory",
        16: "months beyond the watch, for memory",
        28: "days in the shortest month",
        64: "rows, for memory",
        256: "rows, for memory",
        100_000: "results from which compiled code is faster",
    },
    "watch/explain.py": {12: "known names that an error lists"},
    "watch/explain_constraints.py": {100: "per cent"},
    "watch/explain_rules.py": {31: "bits of a day number"},
    "watch/facts.py": {
        3: "columns of a course",
        4: "places on the stack for each leg",
        31: "bits of a day number",
        63: "bits of a moment",
    },
    "watch/judging.py": {3: "bits of an answer", 4: "bit beside an answer", 100: "per cent"},
    "watch/kernel.py": {3: "kinds of reasons for a line"},
    "watch/logic.py": {1e-9: "the likeness at which two computed numbers are equal"},
    "watch/few_people.py": {
        16: "programs kept ready",
        64: "rows, for memory",
        256: "sets of units kept ready",
    },
    "watch/ready.py": {10: "niceness of the compiling", 240: "a count of nobody's"},
    "watch/outcome.py": {8: "codes packed into one number"},
    "watch/plan.py": {1000: "room for the items of a course in one number"},
    "watch/plan_text.py": {24: "letters of a column"},
    "watch/compiling.py": {
        4: "columns of a leg",
        6: "decimals kept after conversion",
        32: "packs kept ready",
        10_000: "kinds and codes of events kept ready",
    },
    "watch/program.py": {31: "tests of one item, as bits"},
    "watch/stream.py": {500_000: "results kept until they are judged together, for memory"},
    "watch/view.py": {
        16: "months beyond the watch, for memory",
        28: "days in the shortest month",
        1970: "the day that counts as 0",
    },
    "watch/window.py": {100: "per cent"},
    "watch/words.py": {4: "letters of an abbreviation", 6: "decimals shown at most"},
}
"""By module: each number that is none of medicine, and what it counts."""


def _numbers(source: str) -> list[tuple[int, float]]:
    """The (line, number) of every number that could hide a threshold, an interval or a dose.

    Left out: -2 to 2, indices and slices, and names for consecutive codes (`A, B, C = 0, 1, 2`,
    `A, B, C = range(3)`, the members of an `IntEnum`).
    """
    tree = ast.parse(source)
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            skipped.update(ast.walk(node.slice))
        elif isinstance(node, ast.Assign) and _are_codes(node):
            skipped.update(ast.walk(node.value))
        elif isinstance(node, ast.ClassDef) and _names(node.bases) & {"IntEnum"}:
            skipped.update(part for line in node.body for part in ast.walk(line))
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and node not in skipped
        and node.value not in HARMLESS
    ]


def _names(nodes: list[ast.expr]) -> set[str]:
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _are_codes(node: ast.Assign) -> bool:
    if not isinstance(node.targets[0], ast.Tuple):
        return False
    if isinstance(node.value, ast.Call):
        return _names([node.value.func]) == {"range"} and len(node.value.args) == 1
    if not isinstance(node.value, ast.Tuple):
        return False
    values = [getattr(part, "value", None) for part in node.value.elts]
    if not all(isinstance(value, int) for value in values):
        return False
    in_a_row = list(range(values[0], values[0] + len(values)))
    bits = [1 << position for position in range(len(values))]
    return values in (in_a_row, bits)


_JUDGED = [path for path in modules(*PACKAGES) if short(path) not in numbers_of_model.DRAWN]


def test_no_number_hides_in_the_code():
    found = [
        f"{short(path)}:{line}: {number} (clinical? then into YAML; else name it in ALLOWED)"
        for path in _JUDGED
        for line, number in _numbers(path.read_text(encoding="utf-8"))
        if number not in ALLOWED.get(short(path), {})
    ]

    assert _JUDGED
    assert found == []


def test_every_exception_is_still_needed():
    found = {
        name: {number for _, number in _numbers((SOURCE / name).read_text(encoding="utf-8"))}
        for name in ALLOWED
    }

    assert [
        (name, set(ALLOWED[name]) - found[name])
        for name in ALLOWED
        if set(ALLOWED[name]) - found[name]
    ] == []


def test_only_what_draws_is_left_out():
    missing = [name for name in numbers_of_model.DRAWN if not (SOURCE / name).is_file()]
    strange = [
        name
        for name in numbers_of_model.DRAWN
        if "trials.plot" not in (SOURCE / name).read_text(encoding="utf-8")
        and name not in ("trials/plot.py", "trials/picture.py")
    ]

    assert missing == []
    assert strange == []


@pytest.mark.parametrize(
    "source",
    [
        "if value < 100: alarm()",
        "LOW = 20",
        "upper = 3 * limit",
        "def due(every=30): ...",
        "THRESHOLDS = (50, 100, 150)",
        "LOW, HIGH = 50, 100",
        "span = timedelta(days=48)",
        "A, B, C = 0, 20, 50",
        "rows = range(48)",
        "class Limit: LOW = 20",
    ],
)
def test_a_hidden_number_would_be_noticed(source):
    assert _numbers(source)


def test_codes_and_indices_are_no_thresholds():
    assert _numbers("A, B, C, D = 0, 1, 2, 3\nP, Q, R, S = 1, 2, 4, 8\nx = row[3:7]") == []
    assert _numbers("A, B, C, D = range(4)\nclass Kind(IntEnum):\n    A = 3\n    B = 4") == []
