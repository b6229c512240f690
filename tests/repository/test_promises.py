"""What the documents promise is there: tests, hazards, commands, links, Python that runs."""

import re
import shlex
from fnmatch import fnmatch

import pytest
from tests.repository.repo import NAMED_TEST, ROOT, SOURCE, modules, names_of_tests, short

DOCUMENTS = [
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md",
    "INTENDED_USE.md", "THIRD_PARTY.md", "docs/index.md", "docs/first-ten-minutes.md",
    "docs/how-the-watch-decides.md", "docs/semantics.md", "docs/formats.md", "docs/hazards.md",
    "docs/api.md", "docs/model.md", "docs/feed.md", "docs/alerts.md", "docs/reminders.md",
    "MODEL_CARD.md",
]  # fmt: skip

PACKAGES = (
    "core", "protocols", "watch", "endpoints", "mechanism", "exchange", "trials", "store", "alerts",
    "reminders", "feed",
)  # fmt: skip

_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _named_tests(name: str) -> list[tuple[str, str]]:
    return NAMED_TEST.findall(_read(name))


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/hazards.md"])
def test_every_test_that_a_document_names_exists(document):
    named = _named_tests(document)

    assert [f"{file}::{test}" for file, test in named if test not in names_of_tests(file)] == []


@pytest.mark.parametrize("number", range(1, 11))
def test_each_invariant_names_its_tests(number):
    lines = [line for line in _read("ARCHITECTURE.md").splitlines() if f"| {number} |" in line]

    assert len(lines) == 1
    assert NAMED_TEST.findall(lines[0])


@pytest.mark.parametrize("number", range(1, 44))
def test_each_hazard_has_a_control_with_a_test_or_is_named_as_open(number):
    controlled, _, uncontrolled = _read("docs/hazards.md").partition("## Not controlled")
    rows = [line for line in controlled.splitlines() if line.startswith(f"| H{number:02} |")]
    left = [line for line in uncontrolled.splitlines() if line.startswith(f"| H{number:02} |")]

    assert len(rows) + len(left) == 1
    assert all(NAMED_TEST.findall(line) for line in rows)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_files_lead_somewhere(document):
    here = (ROOT / document).parent
    links = [link for link in _LINK.findall(_read(document)) if "://" not in link]

    generated = "generated/"
    assert [link for link in links if generated not in link and not (here / link).exists()] == []


def _mapped() -> list[str]:
    """The patterns of the map: paths under `longwatch`; a bare name lies beside the one before."""
    _, _, rest = _read("ARCHITECTURE.md").partition("## The map")
    patterns: list[str] = []
    for line in rest.partition("## Invariants")[0].splitlines():
        folder = ""
        for name in re.findall(r"`([^`]+)`", line.split("|")[1] if line.startswith("|") else ""):
            folder = name.rstrip("/").rpartition("/")[0] if "/" in name else folder
            patterns.append(name if "/" in name else f"{folder}/{name}")
    return patterns


def test_every_module_has_its_line_on_the_map():
    patterns = _mapped()
    names = [short(path) for path in modules(*PACKAGES) if path.stem[0] != "_"]

    assert names
    assert [name for name in names if not _on_the_map(name, patterns)] == []


def _on_the_map(name, patterns):
    return any(
        fnmatch(name, pattern) or (pattern.endswith("/") and name.startswith(pattern))
        for pattern in patterns
    )


def test_every_line_of_the_map_leads_somewhere():
    gone = [
        pattern
        for pattern in _mapped()
        if not (any(SOURCE.glob(pattern.rstrip("/"))) or any(ROOT.glob(pattern.rstrip("/"))))
    ]

    assert gone == []


def _shell_lines() -> list[tuple[str, str]]:
    return [
        (document, line.split(" #")[0].strip().removeprefix("$ "))
        for document in DOCUMENTS
        for language, block in _BLOCK.findall(_read(document))
        if language in {"sh", "bash", "console"}
        for line in block.splitlines()
        if line.strip().removeprefix("$ ").startswith(("./run", "longwatch"))
    ]


def _own_verbs() -> set[str]:
    """The verbs of ./run that are not commands of longwatch."""
    return set(re.findall(r"^ {4}(\w+)\)", _read("run"), re.MULTILINE))


@pytest.mark.parametrize(("document", "line"), _shell_lines())
def test_each_command_in_a_document_exists_with_its_options(document, line):
    from typer.main import get_command

    from longwatch.cli.main import app

    words = shlex.split(line)
    if words[0] == "./run" and words[1] in _own_verbs():
        return
    command = get_command(app)
    rest = words[1:]
    while rest and hasattr(command, "commands"):
        if rest[0].startswith("-"):
            break
        assert rest[0] in command.commands, f"no command {rest[0]!r}"
        command = command.commands[rest.pop(0)]
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    known |= {"--help", "-h"}
    asked = {word.split("=")[0] for word in rest if word.startswith("-") and word != "-"}

    assert asked - known == set()


def test_the_documents_show_commands():
    assert {line.split()[1] for _, line in _shell_lines()} >= {"demo", "test", "watch", "import"}


@pytest.mark.slow
def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, sample_record):
    blocks = [
        block for language, block in _BLOCK.findall(_read("README.md")) if language == "python"
    ]
    sample_record.write(tmp_path / "demo-clinic")
    monkeypatch.chdir(tmp_path)

    assert len(blocks) == 1
    names: dict[str, object] = {}
    exec(compile(blocks[0], "README.md", "exec"), names)


@pytest.fixture(scope="session")
def sample_record():
    from datetime import datetime, time

    from longwatch.core.record import Record
    from longwatch.exchange.importing import import_files
    from longwatch.sample import AS_OF, sample_files

    received = datetime.combine(AS_OF, time(7))
    return import_files(sample_files(), Record.from_tables(), received).record
