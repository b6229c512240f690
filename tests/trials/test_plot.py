"""Small plots: places, colors that everybody can read, nothing beside the page."""

import re
from xml.etree import ElementTree

import pytest

from longwatch.trials.plot import _DARK, _LIGHT, Axis, Ink, Panel, page


@pytest.mark.parametrize(
    ("axis", "value", "share"),
    [
        (Axis(0, 10, (0, 10)), 2.5, 0.25),
        (Axis(0, 10, (0, 10)), 12, 1.0),
        (Axis(0, 10, (0, 10)), -1, 0.0),
        (Axis(0.01, 100, (0.01, 100), log=True), 1, 0.5),
        (Axis(0.01, 100, (0.01, 100), log=True), 0, 0.0),
    ],
)
def test_a_value_has_its_place_and_never_leaves_the_axis(axis, value, share):
    assert axis.share(value) == pytest.approx(share)


def test_up_is_up():
    panel = Panel((100, 50, 200, 100), Axis(0, 1, (0, 1)), Axis(0, 1, (0, 1)))

    assert (panel.x(0), panel.x(1)) == (100, 300)
    assert (panel.y(0), panel.y(1)) == (150, 50)


def _luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dress", [_LIGHT, _DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", [*Ink, "ink"])
def test_every_color_can_be_read_on_its_ground(dress, ink):
    light, dark = sorted((_luminance(dress[ink]), _luminance(dress["ground"])), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_page_is_told_to_those_who_hear_it_and_words_have_no_effect():
    made = page("one", "A <b> & title", "below", "What is seen", 100, ["<g/>"], ["foot"])

    root = ElementTree.fromstring(made)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "one-title one-desc"
    assert root.find(f"{space}title").text == "A <b> & title"
    assert root.find(f"{space}desc").text == "What is seen"
    assert re.search(r"prefers-color-scheme:dark.*@media print", made, re.DOTALL)
