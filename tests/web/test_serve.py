"""`longwatch serve`: what is refused before anything is opened."""

from __future__ import annotations

import pytest

from longwatch.core.errors import UsageError


@pytest.mark.parametrize("database", [None, "sqlite:///clinic.db"])
def test_several_processes_are_refused_on_a_store_that_lets_one_write(database, monkeypatch):
    from longwatch.cli.serve_work import Wanted, run

    monkeypatch.delenv("LONGWATCH_DATABASE", raising=False)
    with pytest.raises(UsageError, match="several processes would wait for each other"):
        run(Wanted("127.0.0.1", 8000, database, None, None, processes=2))
