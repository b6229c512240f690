"""Rules of the house that a machine can check: sizes, addresses, locks, the project's papers."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from tests.repository.repo import ROOT, text_of, tracked

from longwatch import __version__

MOST_LINES = 400
MOST_LINES_OF_TESTS = 400

_PYTHON = [
    path for path in tracked() if path.suffix == ".py" and path.name != "0001_initial.py"
]  # Tables are as long as Django writes them.
# Patterns are written in two parts so that this file does not hold what it forbids.
_FORBIDDEN = {
    "a place to download from": re.compile(
        r"(pypi\."
        r"org|python"
        r"hosted|git"
        r"hub\.com|git"
        r"hub\.io|githubuser"
        r"content|"
        r"git"
        r"lab\.com|bit"
        r"bucket\.org|hugging"
        r"face|conda\."
        r"io|anaconda\."
        r"org|npm"
        r"js\.|"
        r"jsdel"
        r"ivr|unp"
        r"kg|cloud"
        r"front|cdn\.|docker\."
        r"io|quay\."
        r"io|mirror"
        r"s?\.)",
        re.IGNORECASE,
    ),
    "a path of one machine": re.compile(
        r"(?<![\w.])(/wo" r"rk/|/ho" r"me/\w|/ro" r"ot/|/Us" r"ers/\w|[A-Z]:\\\\Us" r"ers)"
    ),
}
_CITING = {"sources.yaml"}
"""Files that say where a document can be read."""
_MADE = {".hl7", ".ndjson"}
"""Files of the sample clinic: long, and made by a script that is looked at itself."""
_ADDRESS = re.compile(r"https?://|git\+|file:|(?:^|\s)--(?:index-url|find-links|extra-index)")


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


_WRITTEN = [path for path in _PYTHON if "`django makemigrations` wrote" not in text_of(path)[:99]]


def _most(path: Path) -> int:
    return MOST_LINES_OF_TESTS if _shown(path).startswith("tests/") else MOST_LINES


def test_a_python_file_holds_one_idea():
    lines = {path: len(text_of(path).splitlines()) for path in _WRITTEN}

    assert [
        f"{_shown(path)}: {count}" for path, count in lines.items() if count > _most(path)
    ] == []


@pytest.mark.parametrize("what", _FORBIDDEN)
def test_no_tracked_file_names(what):
    found = [
        f"{_shown(path)}: {match.group()}"
        for path in tracked()
        if path.name not in _CITING
        and path.suffix not in _MADE
        and "vendor" not in path.parts
        and (match := _FORBIDDEN[what].search(text_of(path)))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a place to download from", "see files.python" + "hosted.org"),
        ("a path of one machine", "open('/ho" + "me/anna/x.csv')"),
    ],
)
def test_a_forbidden_name_would_be_noticed(what, text):
    assert _FORBIDDEN[what].search(text)


def _locked(name: str) -> dict[str, str]:
    """The entries of a lock file: name to its whole text."""
    text = (ROOT / f"{name}.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {re.split(r"==", line)[0].strip().lower(): line for line in lines}


def _asked(name: str) -> set[str]:
    lines = (ROOT / f"{name}.in").read_text(encoding="utf-8").splitlines()
    names = {re.split(r"[<>=~!\[; ]", line)[0].lower() for line in lines if line[:1].isalpha()}
    for line in lines:
        if line.startswith("-r "):
            names |= _asked(line[3:].strip().removesuffix(".in"))
    return {re.sub(r"[._-]+", "-", one) for one in names}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_a_lock_file_fixes_every_package_by_version_and_hash(name):
    locked = _locked(name)

    assert [
        line for line in locked.values() if not re.search(r"==\S+ .*--hash=sha256:", line)
    ] == []
    assert _asked(name) - {re.sub(r"[._-]+", "-", one) for one in locked} == set()
    assert not _ADDRESS.search((ROOT / f"{name}.lock").read_text(encoding="utf-8"))


def test_developers_run_the_versions_that_clinics_run():
    clinic, developer = _locked("requirements"), _locked("requirements-dev")

    def version(entry: str) -> str:
        return entry.split("==")[1].split()[0]

    assert {name: version(entry) for name, entry in clinic.items()} == {
        name: version(developer[name]) for name in clinic
    }


def test_the_package_asks_for_what_the_lock_file_gives():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {re.split(r"[<>=~\[]", one)[0] for one in project["project"]["dependencies"]}
    built_by = set(project["build-system"]["requires"]) | {"editables"}

    assert asked | built_by == _asked("requirements")


def test_every_package_of_a_clinic_is_named_with_its_license():
    named = set(re.findall(r"^\| ([\w-]+)", (ROOT / "THIRD_PARTY.md").read_text(), re.MULTILINE))

    assert named - {"package", "---"} == _asked("requirements")


def test_the_license_is_apache_2():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert project["license"] == "Apache-2.0"


def test_the_citation_is_valid_and_of_this_version():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    command += ["vendor.citation-file-format", str(ROOT / "CITATION.cff")]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(cited["version"]) == __version__
    assert cited["license"] == "Apache-2.0"


def test_each_version_of_the_changelog_says_whose_dates_move():
    parts = re.split(
        r"^## ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    released = [part for part in parts[1:] if not part.startswith("[Unreleased]")]

    assert released[0].startswith(f"[{__version__}]")
    assert [part.splitlines()[0] for part in released if "**Whose dates move:**" not in part] == []


def test_hooks_before_a_commit_download_nothing():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))

    assert [one["repo"] for one in hooks["repos"]] == ["local"]
    assert {hook["language"] for one in hooks["repos"] for hook in one["hooks"]} == {"system"}


def test_the_schema_for_editors_is_named_by_no_address():
    schema = json.loads(text_of(ROOT / "src/longwatch/protocols/pack.schema.json"))

    assert "://" not in schema.get("$id", "")


def test_continuous_integration_runs_the_test_command_of_the_readme():
    assert "./run test" in text_of(ROOT / ".ci" / "run")
    assert "./run test" in text_of(ROOT / "README.md")
