"""Bad command lines and Records: the words a person needs, the status, nothing left behind."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cli.conftest import TABLES, Run, everything_under, write
from tests.rights import as_anybody

EXHIBITS = yaml.safe_load(Path(__file__).with_name("museum.yaml").read_text(encoding="utf-8"))


def hang(exhibit: dict[str, Any], folder: Path) -> None:
    write(folder / "clinic", TABLES)
    write(folder, exhibit.get("files", {}))
    for name in exhibit.get("folders", []):
        (folder / name).mkdir()
    for name, text in exhibit.get("bytes", {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(base64.b64decode(text))


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit["name"])
def test_a_mistake_is_told_in_words(
    exhibit: dict[str, Any], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang(exhibit, tmp_path)
    monkeypatch.chdir(tmp_path)
    before = everything_under(tmp_path)
    ran = run(*exhibit["words"])
    assert ran.status == exhibit["status"], ran.both
    told = " ".join(ran.err.split())
    for part in exhibit["says"]:
        assert part in told
    assert told.startswith(("Problem: ", "p/"))
    assert "Traceback" not in ran.both
    assert "our fault" not in told
    assert everything_under(tmp_path) == before


def process(*words: object, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "longwatch", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        **more,
    )


def test_a_reader_that_has_seen_enough_is_no_error(clinic: Path) -> None:
    show = f"{sys.executable} -m longwatch protocol show alemtuzumab-us"
    command = f"{show} | head -1; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert ran.stdout.splitlines()[1] == "0"
    assert ran.stderr == ""


def test_a_terminal_without_signs_gets_question_marks(clinic: Path) -> None:
    settings = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = process("watch", clinic, "--as-of", "2025-04-20", env=settings)
    assert ran.returncode == 0
    assert "platelets 38 ?10?/L" in ran.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--first", "2025-03-03", "--ics", "pipe"),
        ("export", "clinic", "pipe", "--to", "fhir"),
        ("protocol", "schema", "--out", "pipe"),
    ],
    ids=lambda words: words[0],
)
def test_a_device_is_never_replaced_by_a_file(
    words: tuple[str, ...], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "clinic", TABLES)
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    ran = run(*words)
    assert ran.status in (1, 2)
    assert "pipe: this is a device or a pipe, not a file" in ran.err
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["clinic", "pipe"]


@pytest.mark.parametrize("columns", ["0", "1", "abc", "-5", "٣٠"])
def test_a_width_that_is_none_changes_nothing(
    columns: str, run: Run, clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    usual = run("watch", clinic, "--as-of", "2025-04-20")
    monkeypatch.setenv("COLUMNS", columns)
    ran = run("watch", clinic, "--as-of", "2025-04-20")
    assert ran.status == usual.status == 0
    assert ran.out == usual.out


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_like_others(day: str, run: Run, clinic: Path) -> None:
    for words in (
        ("watch", clinic),
        ("explain", clinic, "p1"),
        ("plan", clinic, "--patient", "p1"),
    ):
        ran = run(*words, "--as-of", day)
        assert ran.status in (0, 1, 2), ran.both
        assert "our fault" not in ran.both


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_behind_a_redirection_is_told(clinic: Path, unbuffered: str) -> None:
    if not os.access("/dev/full", os.W_OK):
        pytest.skip("this system has no /dev/full")
    ran = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m longwatch watch {clinic} > /dev/full"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("Problem: no space left on device")
    assert "make room" in ran.stderr
    assert "Exception ignored" not in ran.stderr


def test_a_folder_that_may_not_be_written_is_named(run: Run, clinic: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with as_anybody():
        ran = run("watch", clinic, "--out", closed / "o")
    assert ran.status == 1
    assert str(closed) in ran.err


def test_what_we_did_not_foresee_is_our_fault_and_exits_with_70(
    run: Run, clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("patient p1 has a secret")

    monkeypatch.setattr("longwatch.cli.watch_work.open_record", broken)
    ran = run("watch", clinic)
    assert ran.status == 70
    assert "ZeroDivisionError" in ran.err
    assert "LONGWATCH_DEBUG=1" in ran.err
    assert "secret" not in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("LONGWATCH_DEBUG", "1")
    assert "Traceback" in run("watch", clinic).err


def test_stopping_is_told_and_exits_with_130(
    run: Run, clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("longwatch.cli.watch_work.open_record", stopped)
    ran = run("watch", clinic)
    assert ran.status == 130
    assert ran.err == "Stopped. Nothing was left half-written.\n"


def test_signs_that_move_the_cursor_never_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    patients = "patient,birth_date\n\x1b[2Jp1,1990-02-31\n"
    clinic = write(tmp_path / "c", {"patients.csv": patients})
    assert "\x1b" not in run("watch", clinic, "--as-of", "2025-04-20").both
