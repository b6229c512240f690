"""Rows are locked such that the check of a foreign key, made at the commit, need not wait.

At its commit a transaction has the lock of the audit. Were it to wait there for a row that another
transaction has, and that one for the audit, PostgreSQL would end one of them.
"""

import re
from pathlib import Path

import longwatch

SOURCES = sorted(Path(longwatch.__file__).parent.rglob("*.py"))
LOCK = re.compile(r"select_for_update\(([^)]*\)?[^)]*)\)|FOR ((?:NO KEY )?UPDATE)")


def locks():
    """Each lock in the program: the file, and how it is asked for."""
    for path in SOURCES:
        for found in LOCK.finditer(path.read_text(encoding="utf-8")):
            yield path.name, found[1] if found[1] is not None else found[2]


def test_no_lock_of_the_program_includes_the_key_of_the_row():
    found = list(locks())

    assert len(found) > 10
    assert [one for one in found if not re.search(r"no_key=True|NO KEY", one[1])] == []
