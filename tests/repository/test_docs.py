"""The documentation builds without a warning, and what it generates is complete and escaped."""

import re
import shutil
import subprocess
import sys

import pytest
from tests.repository.repo import ROOT

from longwatch.protocols.load import load_protocol, packs

sys.path.insert(0, str(ROOT / "docs" / "_ext"))

from generated_pages import pages
from house_docstrings import rewrite
from markdown import table, text


@pytest.fixture(scope="module")
def generated():
    return pages()


def built(tmp_path, builder, *words):
    """The documentation built by one of Sphinx's builders, warnings as errors."""
    source = tmp_path / "docs"
    shutil.copytree(ROOT / "docs", source, ignore=shutil.ignore_patterns("_build", "generated"))
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", *words]
    place = tmp_path / builder
    done = subprocess.run(
        [*command, "-b", builder, str(source), str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (source / "generated" / "protocols" / "alemtuzumab-us.md").is_file()
    return place


@pytest.mark.slow
def test_the_documentation_is_read_without_a_warning(tmp_path):
    """Every page and every reference; curly quotes and the writing of HTML say nothing new."""
    built(tmp_path, "dummy", "-D", "smartquotes=0")


@pytest.mark.campaign
def test_the_documentation_builds_without_a_warning(tmp_path):
    place = built(tmp_path, "html")
    assert (place / "generated" / "protocols" / "alemtuzumab-us.html").is_file()


def test_the_picture_of_the_readme_is_what_the_demo_prints():
    command = [sys.executable, str(ROOT / "docs" / "make_picture.py"), "--check"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, "run .venv/bin/python docs/make_picture.py and look at the picture"


@pytest.mark.parametrize("pack_id", packs())
def test_the_page_of_a_protocol_shows_every_item_and_every_case(generated, pack_id):
    from longwatch.protocols.cases import load_cases

    pack, page = load_protocol(pack_id), generated[f"protocols/{pack_id}.md"]
    listed = [
        *pack.courses, *pack.before_course, *pack.contraindications, *pack.infusion_day,
        *pack.withhold, *pack.recurring, *pack.periods, *pack.duties, *pack.rules, *pack.red_flags,
        *pack.symptoms, *pack.operations, *pack.texts, *pack.statements, *pack.felt,
        *pack.translations, pack.watch,
        pack.escalation, *([pack.response] if pack.response else []),
    ]  # fmt: skip

    assert [item.id for item in listed if text(item.title) not in page] == []
    assert [case.name for case in load_cases(pack_id) if text(case.name) not in page] == []
    assert [name for name in pack.sources if f"`{name}`" not in page] == []


@pytest.mark.parametrize("pack_id", packs())
def test_the_page_of_a_protocol_lists_everything_that_is_not_verified(generated, pack_id):
    pack, page = load_protocol(pack_id), generated[f"protocols/{pack_id}.md"]
    _, _, rest = page.partition("### Still to be read, or to be signed")
    listed, _, _ = rest.partition("## The watch and its tiers")

    doubtful = [
        rule.id
        for rule in (*pack.rules, *pack.red_flags, *pack.recurring, *pack.periods)
        if any(evidence.verified != "yes" for evidence in rule.evidence)
    ]
    assert doubtful
    assert [name for name in doubtful if f"| `{name}` |" not in listed] == []


def test_every_test_of_the_catalogue_has_its_place(generated):
    from longwatch.core.catalogue import catalogue

    assert [
        one.id for one in catalogue().tests.values() if f"`{one.id}`" not in generated["tests.md"]
    ] == []


def test_every_command_has_its_place(generated):
    from typer.main import get_command

    from longwatch.cli.main import app

    shown = set(re.findall(r"^## longwatch ([\w-]+)", generated["commands.md"], re.MULTILINE))
    assert shown == set(get_command(app).commands)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("10*9/L", r"10\*9/L"),
        ("a | b", r"a \| b"),
        ("<script>", r"\<script\>"),
        ("1. first", r"1\. first"),
        ("two\nlines", "two lines"),
        ("- a dash", r"\- a dash"),
    ],
)
def test_words_from_data_have_no_effect_in_markdown(given, shown):
    assert text(given) == shown


def test_a_bar_inside_a_cell_does_not_end_it():
    assert table(["a"], [["`RULE|ACTIVITY`"], [text("x|y")]]).splitlines()[2:4] == [
        r"| `RULE\|ACTIVITY` |",
        r"| x\|y |",
    ]


def test_a_docstring_with_a_colon_keeps_its_words():
    given = [
        "Says: this.",
        "",
        "Returns:",
        "    The value: a number.",
        "",
        "Raises:",
        "    ValueError: no.",
    ]

    assert rewrite(given) == [
        "Says: this.", "", "**Returns**", "", "The value: a number.", "", "**Raises**", "",
        "- ``ValueError``: no.",
    ]  # fmt: skip
