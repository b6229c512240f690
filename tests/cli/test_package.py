"""`import longwatch as lw`: every name of the package is there, and each is the real one."""

from __future__ import annotations

import subprocess
import sys

import pytest

import longwatch as lw


@pytest.mark.parametrize("name", [name for name in lw.__all__ if name != "__version__"])
def test_every_name_of_the_package_can_be_called_or_raised(name: str) -> None:
    assert callable(getattr(lw, name))
    assert name in dir(lw)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'wach'"):
        lw.wach  # noqa: B018


@pytest.mark.parametrize("first", ["lw.watch", "longwatch.watch.api", "longwatch.watch"])
def test_watch_is_the_function_whatever_was_imported_before(first: str) -> None:
    code = f"""
import longwatch as lw
from datetime import date
{"lw.watch" if first == "lw.watch" else f"import {first}"}
record = lw.Record.from_tables(patients={{"patient": ["p1"]}})
outcome = lw.watch(lw.load_protocol("alemtuzumab-us"), record, as_of=date(2025, 6, 1))
from longwatch.watch import watch
assert callable(watch)
print(outcome.status.num_rows)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "9\n"
