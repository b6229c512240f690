"""Invariant 2: imports follow the arrows; below the command line nobody knows what time it is."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from tests.repository.repo import ROOT, modules, short

PURE = ("core", "protocols", "watch", "endpoints", "exchange", "sample")

_CLOCKS = {
    "now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter",
    "perf_counter_ns", "localtime", "gmtime", "getmtime", "getctime",
}  # fmt: skip
_CLOCK_MODULES = {"time", "sched"}
_ALSO_COLUMNS = {"time", "today"}


def _clocks(source: str) -> list[str]:
    """Each place in a source where a clock is read, as `line: what`."""
    found = []
    tree = ast.parse(source)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
            found += [f"{node.lineno}: import {name}" for name in names & _CLOCK_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module in _CLOCK_MODULES:
            found.append(f"{node.lineno}: from {node.module}")
        elif isinstance(node, ast.Attribute) and node.attr in _CLOCKS:
            owner = ast.unparse(node.value)
            # `rows.time` is a column: a clock of that name has to be called.
            column = node.attr in _ALSO_COLUMNS and id(node) not in called
            # `datetime.time` is the type of a time of day.
            if not (column or (node.attr == "time" and owner in {"datetime", "dt"})):
                found.append(f"{node.lineno}: {owner}.{node.attr}")
    return found


def test_imports_follow_the_arrows():
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_clock_is_read_below_the_command_line():
    found = {short(path): _clocks(path.read_text(encoding="utf-8")) for path in modules(*PURE)}

    assert found
    assert {name: clocks for name, clocks in found.items() if clocks} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from time import monotonic",
        "import datetime\nday = datetime.date.today()",
        "from datetime import datetime\nmoment = datetime.now()",
        "import os\nage = os.path.getmtime('x')",
    ],
)
def test_a_clock_would_be_noticed(source):
    assert _clocks(source)
