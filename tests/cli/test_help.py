"""Help is there for every command, at once, and shows how to begin."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.cli.conftest import Run
from typer.main import get_command

from longwatch.cli.main import app


def commands(group: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        here = (*path, name)
        if hasattr(command, "commands"):
            yield from commands(command, here)
        else:
            yield here, command


ALL = list(commands(get_command(app)))
NAMED_IN_THE_DESIGN = {
    ("demo",),
    ("watch",),
    ("plan",),
    ("explain",),
    ("import",),
    ("export",),
    ("protocol", "list"),
    ("protocol", "show"),
    ("protocol", "check"),
    ("protocol", "diff"),
}


def test_every_command_of_the_design_is_there() -> None:
    assert {path for path, _ in ALL} >= NAMED_IN_THE_DESIGN


@pytest.mark.parametrize(("path", "command"), ALL, ids=lambda value: str(value)[:30])
def test_every_command_says_what_it_does_and_shows_an_example(
    path: tuple[str, ...], command: object, run: Run
) -> None:
    ran = run(*path, "--help")
    assert ran.status == 0
    assert f"Example: longwatch {' '.join(path)}" in " ".join(ran.out.split())
    assert len(str(command.help).split()) > 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(("path", "command"), ALL, ids=lambda value: str(value)[:30])
def test_every_option_and_argument_has_words(
    path: tuple[str, ...], command: object, run: Run
) -> None:
    for parameter in command.params:  # type: ignore[attr-defined]
        takes_two_packs = path == ("protocol", "diff") and parameter.name in ("old", "new")
        assert parameter.help or takes_two_packs, f"{path}: {parameter.name}"


@pytest.mark.parametrize(("path", "command"), ALL, ids=lambda value: str(value)[:30])
def test_every_command_that_answers_can_answer_in_json(
    path: tuple[str, ...], command: object
) -> None:
    names = {parameter.name for parameter in command.params}  # type: ignore[attr-defined]
    # The schema is JSON already; the others answer laboratories and browsers, until stopped.
    assert "json" in names or path in {("protocol", "schema"), ("listen",), ("serve",)}


def test_help_loads_nothing_heavy() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "longwatch", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    heavy = {"numpy", "pyarrow", "numba", "pydantic", "rich", "icalendar", "pandas"}
    assert "typer" in loaded
    assert not loaded & heavy
    assert "Every day" in ran.stdout


def test_importing_the_package_loads_nothing() -> None:
    code = (
        "import sys, longwatch; print(sorted(m for m in sys.modules if m.startswith('longwatch')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['longwatch']"


def test_commands_are_listed_by_what_they_are_for(run: Run) -> None:
    out = run("--help").out
    headings = [line for line in out.splitlines() if line and line[0].isalpha() and line[-1] == ":"]
    assert headings == [
        "Options:", "Every day:", "The clinic's store:", "Data in and out:", "Keeping it running:",
        "The evidence:", "Virtual patients:", "Protocols:", "About:",
    ]  # fmt: skip


def test_version_is_the_packages(run: Run) -> None:
    import longwatch

    assert run("--version").out == f"longwatch {longwatch.__version__}\n"
    assert run("version").out.startswith(f"longwatch {longwatch.__version__} ")
