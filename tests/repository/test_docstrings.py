"""Every public function says what it does, the public API shows it, and the examples run."""

import ast
import doctest
import importlib
import re

import pytest
from tests.repository.repo import ROOT, SOURCE, modules, short

PACKAGES = (
    "core",
    "protocols",
    "watch",
    "endpoints",
    "exchange",
    "sample",
    "feed",
    "reminders",
    "cli",
)

WITHOUT_EXAMPLE: dict[str, str] = {
    "protocols.cases.load_cases": "needs the files of a pack",
    "protocols.words.rule_words": "its sentences stand on every page of a protocol",
    "protocols.words.activity_words": "its sentences stand on every page of a protocol",
    "watch.api.Outcome": "made by `watch`, whose example shows one of its tables",
    "watch.plan.Plan": "made by `plan`, whose example shows it",
    "exchange.export.export_record": "writes files; the first ten minutes show it",
    "exchange.importing.import_files": "needs files; the first ten minutes show it",
    "exchange.importing.ImportOptions": "only settings",
    "exchange.report.ImportReport": "made by `import_files`",
}
"""Names of the page of the Python API without an example of their own, and why."""

_ENTRY = re.compile(r"^\.\. auto(function|class):: longwatch\.([\w.]+)$", re.MULTILINE)


def _name(path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _public(path):
    """The public functions, classes and methods of a module, as (name, node)."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def test_every_public_name_says_what_it_does():
    silent = []
    for path in modules(*PACKAGES):
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))):
            silent.append(short(path))
        silent += [
            f"{short(path)} {name}" for name, node in _public(path) if not ast.get_docstring(node)
        ]

    assert silent == []


@pytest.mark.parametrize(
    "path",
    [path for path in modules(*PACKAGES) if ">>>" in path.read_text(encoding="utf-8")],
    ids=short,
)
def test_examples_run(path):
    done = doctest.testmod(importlib.import_module(_name(path)))

    assert done.attempted
    assert done.failed == 0


def test_the_example_of_the_package_runs():
    import longwatch

    assert doctest.testmod(longwatch).failed == 0


def _entries() -> list[str]:
    return [
        name for _, name in _ENTRY.findall((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("entry", _entries())
def test_a_name_of_the_public_api_has_an_example(entry):
    home, _, name = entry.rpartition(".")
    thing = getattr(importlib.import_module(f"longwatch.{home}"), name)
    docstrings = [thing.__doc__ or ""]
    docstrings += [
        getattr(member, "__doc__", None) or ""
        for key, member in vars(thing).items()
        if isinstance(thing, type) and not key.startswith("_")
    ]

    assert any(">>>" in text for text in docstrings) != (entry in WITHOUT_EXAMPLE)


def test_every_name_of_the_package_has_its_place_on_the_page_of_the_api():
    import longwatch

    shown = {entry.rpartition(".")[2] for entry in _entries()}
    errors = {name for name in longwatch.__all__ if name.endswith("Error")}

    # The errors and `Problem` stand there as a module.
    names = set(longwatch.__all__) - errors - {"__version__", "Problem"}
    named = {longwatch._HOMES[name].partition(":")[2] for name in names}
    assert named - shown == set()
