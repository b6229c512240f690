"""`longwatch endpoints`: what it prints and writes, and what it says when it cannot."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from tests.cli.conftest import Run
from tests.endpoints.clinic_of_endpoints import record, tables

from longwatch.core.record import Record

DAY = "2026-06-01"


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort") / "northside"
    record(25).write(folder)
    return folder


def test_the_table_holds_the_figures_the_published_ones_and_the_caution(
    run: Run, cohort: Path
) -> None:
    ran = run("endpoints", cohort, "--as-of", DAY)

    assert ran.status == 0
    words = " ".join(ran.out.split())
    assert "northside, as known on 2026-06-01; definition care-ms." in words
    assert "Relapses a year, first 24" in words
    assert "CARE-MS II 0.26 (0.21 to 0.33)" in words
    assert "A clinic's cohort is not a trial." in words
    assert max(map(len, ran.out.splitlines())) <= 100


def test_json_and_csv_are_for_programs(run: Run, cohort: Path) -> None:
    told = json.loads(run("endpoints", cohort, "--as-of", DAY, "--json").out)
    rows = list(csv.DictReader(io.StringIO(
        run("endpoints", cohort, "--as-of", DAY, "--format", "csv").out)))  # fmt: skip

    assert told["as_of"] == DAY
    assert [row["name"] for row in rows] == [row["name"] for row in told["figures"]]
    assert told["adherence_by_month"]


def test_the_page_and_the_pictures_are_written(
    run: Run, cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PNG has a test of its own, and takes its time.
    monkeypatch.setattr("longwatch.cli.endpoints_work.find_spec", lambda name: None)
    page, folder = tmp_path / "report.html", tmp_path / "figures"

    ran = run("endpoints", cohort, "--as-of", DAY, "--html", page, "--figures", folder,
              "--title", "Our clinic")  # fmt: skip

    assert ran.status == 0
    assert str(page) in ran.err
    assert "<h1>Our clinic: outcomes beside the trials</h1>" in page.read_text(encoding="utf-8")
    assert {"flow.svg", "relapse-free.svg"} <= {file.name for file in folder.iterdir()}


def test_pictures_become_png_where_the_extra_is_installed(
    run: Run, cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("resvg_py", reason="the extra png is not installed")
    run("endpoints", cohort, "--as-of", DAY, "--figures", tmp_path)

    assert (tmp_path / "flow.png").read_bytes().startswith(b"\x89PNG")


def test_without_the_extra_it_says_how_to_get_png(
    run: Run, cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longwatch.cli.endpoints_work.find_spec", lambda name: None)

    ran = run("endpoints", cohort, "--as-of", DAY, "--figures", tmp_path)

    assert "longwatch[png]" in ran.err
    assert not list(tmp_path.glob("*.png"))


def test_png_is_what_the_extra_makes_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = ModuleType("resvg_py")
    asked = {}

    def svg_to_bytes(**options: object) -> list[int]:
        asked.update(options)
        return [137, 80, 78, 71]

    stand_in.svg_to_bytes = svg_to_bytes  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "resvg_py", stand_in)
    from longwatch.cli.picture_png import as_png

    assert as_png("<svg/>") == b"\x89PNG"
    assert asked["svg_string"] == "<svg/>"


def test_without_a_day_it_is_that_of_the_last_entry_and_says_why(
    run: Run, cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tables(5)
    entries = made["results"]["date"] + made["events"]["date"] + made["infusions"]["date"]
    last = max(entries)
    folder = tmp_path / "five"
    Record.from_tables(**made).write(folder)

    monkeypatch.setattr("longwatch.cli.options.today", lambda: last + timedelta(days=400))
    ran = run("endpoints", folder)
    assert f"as known on {last};" in ran.out
    assert f"The day is {last}, that of the last entry" in ran.err
    assert "lie after today" not in ran.err

    middle = sorted(entries)[len(entries) // 2]
    monkeypatch.setattr("longwatch.cli.options.today", lambda: middle)
    ran = run("endpoints", folder)
    later = sum(day > middle for day in entries)
    assert f"as known on {middle};" in ran.out
    assert f"{later:,} entries lie after today" in " ".join(ran.err.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--definition", "care-m"), "did you mean 'care-ms'?"),
        (("--protocol", "alemtuzumab-uss"), "alemtuzumab-us"),
        (("--as-of", "2026-02-30"), "does not exist in the calendar"),
        (("--html", "nowhere/at/all/report.html"), "name a file in a folder that is there"),
    ],
)
def test_a_wrong_wish_is_answered_in_words(
    run: Run, cohort: Path, words: tuple[str, ...], said: str
) -> None:
    ran = run("endpoints", cohort, *words)

    assert ran.status == 2
    assert said in " ".join(ran.err.split())
    assert "Traceback" not in ran.both


def test_an_empty_clinic_is_told_what_is_missing(run: Run, tmp_path: Path) -> None:
    record(3, without="infusions").write(tmp_path / "empty")

    ran = run("endpoints", tmp_path / "empty", "--as-of", DAY)

    assert "Nobody in this Record has an infusion given" in " ".join(ran.out.split())


def test_what_is_wrong_in_the_record_changes_the_exit_status(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    record(3).write(folder)
    with (folder / "results.csv").open("a", encoding="utf-8") as file:
        file.write("q000,2022-13-40,edss,2,,,{score},,,,,\n")

    ran = run("endpoints", folder, "--as-of", DAY)

    assert ran.status == 1
    assert "2022-13-40" in ran.err


def test_the_sample_clinic_works_as_it_comes(run: Run, clinic: Path) -> None:
    ran = run("endpoints", clinic, "--as-of", "2025-04-20", "-q")

    assert ran.status == 0
    assert "No EDSS stands in this Record" in " ".join(ran.out.split())
