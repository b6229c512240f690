"""The package: every public name is there, importing costs nothing, no module hides a function."""

import doctest
import importlib
import subprocess
import sys
from types import ModuleType

import pytest

import longwatch.endpoints as endpoints

MODULES = (
    "attached", "definitions", "disability", "frame_columns", "frames", "milestones", "neda",
    "relapses", "rule", "rule_words", "scan_run", "time_to_event",
)  # fmt: skip


@pytest.mark.parametrize("name", endpoints.__all__)
def test_every_public_name_is_there_and_no_module(name):
    importlib.import_module(f"longwatch.endpoints.{endpoints._HOMES[name]}")

    assert not isinstance(getattr(endpoints, name), ModuleType)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name):
    done = doctest.testmod(importlib.import_module(f"longwatch.endpoints.{name}"))

    assert done.attempted
    assert not done.failed


def test_the_example_of_the_package_runs():
    assert doctest.testmod(endpoints).failed == 0


def test_importing_loads_neither_arrow_nor_a_compiler():
    code = (
        "import sys, longwatch.endpoints;"
        "print([one for one in ('pyarrow', 'numba', 'numpy') if one in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_few_people_need_no_compiler():
    code = (
        "import sys; from longwatch.endpoints import Rule, disability_events as find;"
        "find({'id': [1], 'day': [0], 'value': [2]}, None, Rule.preset('care-ms'));"
        "print('numba' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'kaplan'"):
        endpoints.kaplan  # noqa: B018
