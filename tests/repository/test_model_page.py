"""What the page and the card of the model promise is there: tests, pictures, commands."""

import re

import pytest
from tests.repository.repo import NAMED_TEST, ROOT, names_of_tests

from longwatch.trials.pictures_of_model import PICTURES

PAGE = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
CARD = (ROOT / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_the_page_shows_every_picture_with_words_for_those_who_cannot_see_it():
    shown = dict(re.findall(r"!\[([^\]]+)\]\(pictures/model/([\w-]+)\.svg\)", PAGE))

    assert sorted(shown.values()) == sorted(PICTURES)
    assert all(len(words) > 20 for words in shown)


def test_every_test_that_the_page_names_exists():
    named = NAMED_TEST.findall(PAGE)

    assert len(named) > 12
    assert [pair for pair in named if pair[1] not in names_of_tests(pair[0])] == []


@pytest.mark.parametrize("text", [PAGE, CARD], ids=["page", "card"])
def test_every_command_that_is_named_exists_with_its_options(text):
    from typer.main import get_command

    from longwatch.cli.main import app

    commands = get_command(app).commands
    for line in re.findall(r"`longwatch ([^`]+)`", text):
        verb, *rest = line.split()
        known = {name for option in commands[verb].params for name in option.opts}
        assert {word for word in rest if word.startswith("--")} <= known, line


def test_the_page_says_what_the_standard_asks_for():
    for heading in ("Question of interest", "Context of use", "Model risk", "Verification",
                    "Calibration", "cannot be told", "Limits"):  # fmt: skip
        assert heading in PAGE
