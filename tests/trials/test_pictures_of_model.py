"""The pictures of the mechanism: those of the documentation are of these parameters."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from longwatch.mechanism.parameters import Parameters
from longwatch.trials.pictures_of_model import PICTURES, digest, draw, stale
from longwatch.trials.plot import WIDTH
from longwatch.trials.verification import convergence

FOLDER = Path(__file__).parents[2] / "docs" / "pictures" / "model"
VALUES = Parameters.load().values()
SPACE = "{http://www.w3.org/2000/svg}"


def test_the_pictures_of_the_documentation_are_of_the_shipped_parameters():
    """When it fails: `longwatch model --pictures docs/pictures/model --stale`, and look at them."""
    assert stale(FOLDER, VALUES) == []


def test_another_parameter_makes_stale_what_shows_it_and_nothing_else(tmp_path):
    changed = VALUES | {"autoimmunity.scale": VALUES["autoimmunity.scale"] + 1}

    assert stale(FOLDER, changed) == ["thyroid"]
    assert stale(tmp_path, VALUES) == list(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_whole_and_told_in_words(name):
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)

    assert root.get("role") == "img"
    assert root.find(f"{SPACE}title").text
    assert len(root.find(f"{SPACE}desc").text) > 80
    assert "nan" not in text
    assert not re.search(r"(href|url\()", text)


@pytest.mark.parametrize("name", PICTURES)
def test_no_words_run_off_the_page(name):
    root = ElementTree.fromstring((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))

    beside = []
    for words in root.iter(f"{SPACE}text"):
        # Letters of such fonts are about half as wide as they are high.
        width = 0.56 * float(words.get("font-size")) * len(words.text or "")
        start = float(words.get("x")) - {"end": width, "middle": width / 2}.get(
            words.get("text-anchor"), 0
        )
        if start < 0 or start + width > WIDTH:
            beside.append(words.text)
    assert beside == []


def test_a_drawn_picture_carries_its_parameters_and_the_limits_of_the_rules():
    made = draw("platelets", VALUES)

    assert f"<metadata>parameters {digest('platelets', VALUES)}</metadata>" in made
    assert re.findall(r">below (\d+)<", made) == ["20", "50", "100", "150"] * 2


def test_no_ratio_of_the_two_regimens_is_called_a_quarter():
    shares = [float(share) for share in re.findall(r">(\d+)%<", draw("regimens", VALUES))]

    assert len(shares) == 3
    assert not any(20 < share < 30 for share in shares)


def test_errors_of_the_steps_fall_with_their_number():
    coarse, usual = convergence(VALUES, (0.25, 1.0), people=2, months=4)

    assert coarse.steps < usual.steps
    assert usual.p99 < coarse.p99 / 4
    assert usual.concentration < 0.01
