"""`longwatch expected` and `longwatch model`, as a user meets them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run


def test_the_counts_to_expect_after_two_courses(run: Run) -> None:
    ran = run("expected", "--first", "2025-03-03", "--second", "2026-03-02", "--json")

    rows = {(row["date"], row["subset"]): row for row in json.loads(ran.out)}
    before, after = rows["2026-03-02", "cd4"], rows["2026-04-03", "cd4"]
    assert after["median"] < before["median"] / 3
    assert all(row["low"] <= row["median"] <= row["high"] for row in rows.values())


def test_a_known_count_before_treatment_is_where_the_curve_begins(run: Run) -> None:
    ran = run("expected", "--first", "2025-03-03", "--before", "cd4=500", "--json")

    first = next(row for row in json.loads(ran.out) if row["subset"] == "cd4")
    assert (first["low"], first["median"], first["high"]) == (500, 500, 500)


def test_the_table_marks_the_courses(run: Run) -> None:
    ran = run("expected", "--first", "2025-03-03", "--further", "2027-03-01", "--months", "30")

    assert "2025-03-03   course 1" in ran.out
    assert "2027-03-01   course 2" in ran.out


def test_it_is_drawn(run: Run, tmp_path: Path) -> None:
    run("expected", "--first", "2025-03-03", "--picture", tmp_path / "mine.svg")

    assert (tmp_path / "mine.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("expected", "--first", "2025-03-03", "--months", "0"), "0 months"),
        (("expected", "--first", "2025-03-03", "--before", "cd4"), "is no count"),
        (("expected", "--first", "2025-03-03", "--before", "cd5=1"), "no subset 'cd5'"),
        (("expected", "--first", "2025-03-03", "--before", "cd4=-1"), "cannot be followed"),
        (("model", "pharmacology"), "no section 'pharmacology'"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Run, words: tuple[str, ...], said: str) -> None:
    ran = run(*words)

    assert ran.status == 2
    assert said in ran.err


def test_sections_are_counted_by_evidence(run: Run) -> None:
    rows = json.loads(run("model", "--json").out)

    total = rows.pop()
    assert total["section"] == "all"
    for name in ("parameters", "measured", "fitted", "assumed", "verified: yes"):
        assert total[name] == sum(row[name] for row in rows)
    assert total["parameters"] == total["measured"] + total["fitted"] + total["assumed"]


def test_a_section_shows_unit_and_place_of_each_parameter(run: Run) -> None:
    rows = json.loads(run("model", "pk", "--json").out)

    assert {"parameter", "value", "unit", "evidence", "place"} <= set(rows[0])
    assert all(row["parameter"].startswith("pk.") for row in rows)


def test_the_expected_counts_need_no_jax() -> None:
    program = (
        "import sys; from longwatch.cli.main import main; "
        "main(['expected', '--first', '2025-03-03', '--json']); sys.exit('jax' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)

    assert done.returncode == 0


def test_fresh_pictures_are_not_drawn_again(run: Run) -> None:
    shipped = Path(__file__).parents[2] / "docs" / "pictures" / "model"

    assert "Nothing to draw" in run("model", "--pictures", shipped, "--stale").out
