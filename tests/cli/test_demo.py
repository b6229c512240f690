"""`longwatch demo`: the main job on the sample clinic, twice the same, in seconds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from longwatch.sample import AS_OF


@pytest.mark.slow
def test_the_demo_shows_the_worklist_what_was_held_and_what_to_try(
    run: Run, tmp_path: Path
) -> None:
    clinic = tmp_path / "demo-clinic"
    first = run("demo", "--into", clinic)
    assert first.status == 0, first.err
    assert "!!! EMERGENCY  2 people" in first.out
    assert "PLT-1 Platelets below 20" in first.out
    assert "implausible-value: no living patient" in first.out
    assert f"longwatch explain {clinic} N1009 --as-of {AS_OF}" in first.out
    second = run("demo", "--into", clinic)
    assert "Imported before" in second.out
    start = "Worklist of"
    assert second.out.split(start)[1] == first.out.split(start)[1]
    (clinic / "events.csv").write_text("patient,date,kind\n")
    third = run("demo", "--into", clinic)
    assert "Imported before" not in third.out, "a Record that was changed is imported into again"
    assert third.out.split(start)[1] == first.out.split(start)[1]
    worklist = json.loads(run("demo", "--into", clinic, "--json").out)["worklist"]
    watched = json.loads(
        run("watch", clinic, "--as-of", AS_OF, "--table", "worklist", "--json").out
    )
    assert worklist == watched["worklist"]
