"""Pictures: readable by a screen reader, in every color vision and in print; nothing invented."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from longwatch.core.errors import UsageError
from longwatch.endpoints.flow import Stage, flow
from longwatch.endpoints.picture import DARK, LIGHT, NARROW, WIDE, fold, style, ticks
from longwatch.endpoints.picture_bars import Part, bars
from longwatch.endpoints.picture_flow import flow_plot
from longwatch.endpoints.picture_forest import Line, forest
from longwatch.endpoints.picture_km import Point, km_plot
from longwatch.endpoints.rates import relapse_rate
from longwatch.endpoints.survival import at_risk_table, km

_SVG = "{http://www.w3.org/2000/svg}"
TTE = {"time": [100, 300, 400, 730, 800, 900], "event": [1, 0, 1, 0, 1, 0], "arm": list("ababab")}
LINES = [Line("This cohort", 0.3, 0.2, 0.4), Line("CARE-MS I", 0.18, 0.13, 0.23, published=True)]
DRAWN = {
    "km": lambda width: km_plot(km(TTE), width=width, points=[Point("CARE-MS I", 24, 78, 73, 82)]),
    "km of groups": lambda width: km_plot(km(TTE, by="arm"), width=width),
    "km rising": lambda width: km_plot(km(TTE), falling=False, width=width),
    "forest": lambda width: forest(LINES, title="Relapses", unit="per year", width=width),
    "forest of ratios": lambda width: forest(
        [Line("men", 0.5, 0.2, 1.4)], title="ratios", ratio=True, width=width
    ),
    "bars": lambda width: bars(
        ["1", "2"], [Part("done", "own", [0.5, 1]), Part("missed", "miss", [0.5, 0], "stripes")],
        title="kept", xlabel="month", width=width),
    "flow": lambda width: flow_plot(
        flow({"id": [1, 2], "a": [True, False]}, [Stage("A & B", "a", "no <a>")]), width=width),
}  # fmt: skip


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_sound_and_says_in_words_what_it_shows(name: str, width: float) -> None:
    root = ElementTree.fromstring(DRAWN[name](width))
    ids = {one.get("id"): one for one in root.iter() if one.get("id")}

    assert root.get("role") == "img"
    for label in (root.get("aria-labelledby") or "").split():
        assert (ids[label].text or "").strip()
    assert root.find(f"{_SVG}desc") is not None
    assert "nan" not in DRAWN[name](width)


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", DRAWN)
def test_nothing_stands_outside_the_picture(name: str, width: float) -> None:
    root = ElementTree.fromstring(DRAWN[name](width))
    high = float((root.get("viewBox") or "").split()[3])

    for one in root.iter():
        for key, most in (("x", width), ("y", high), ("cx", width), ("cy", high)):
            if one.get(key):
                assert -1 <= float(one.get(key) or 0) <= most + 1, (one.tag, one.text)
        for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", one.get("d", "")):
            assert -1 <= float(x) <= width + 1
            assert -1 <= float(y) <= high + 1


def test_the_rows_below_a_curve_are_those_of_the_table() -> None:
    days = [0.0, 365.25, 730.5]
    table = at_risk_table(TTE, days).to_pylist()
    root = ElementTree.fromstring(km_plot(km(TTE), until=24))
    words = [one.text for one in root.iter(f"{_SVG}text")]
    shown = {name: words[words.index(name) + 1 :] for name in ("At risk", "Censored", "Event")}
    months = [float(word) for word in words if word in ("0", "12", "24")]

    assert months
    step = words[words.index("months since the first infusion") - 1]
    assert step == "24"
    for row in table:
        assert row["at_risk"] + row["censored"] + row["events"] == len(TTE["time"])
    assert shown["At risk"][0] == str(table[0]["at_risk"])
    many = next(at for at, word in enumerate(shown["At risk"]) if word == "Censored")
    assert shown["At risk"][many - 1] == str(table[-1]["at_risk"])
    assert shown["Event"][many - 1] == str(table[-1]["events"])


def test_a_curve_goes_down_and_a_rising_one_is_its_mirror() -> None:
    falling, rising = (km_plot(km(TTE), falling=one) for one in (True, False))
    said = [re.search(r"<desc[^>]*>([^<]*)", one).group(1) for one in (falling, rising)]
    shares = [[float(x) for x in re.findall(r"([\d.]+) % at", words)] for words in said]

    assert shares[0] == sorted(shares[0], reverse=True)
    assert [pytest.approx(100 - one, abs=0.11) for one in shares[0]] == shares[1]


def test_results_draw_themselves() -> None:
    people = {"id": [1, 2], "start": [0, 0], "end": [700, 700], "arm": ["a", "b"]}
    rate = relapse_rate({"id": [1, 1, 2], "day": [5, 90, 7]}, people, by="arm", model="poisson")

    assert "rate ratio" in rate.plot()
    assert "at month" in km(TTE).plot()


def test_what_holds_no_curve_is_refused() -> None:
    with pytest.raises(UsageError, match="holds no curves"):
        km_plot(relapse_rate({"id": [], "day": []}, {"id": [1], "start": [0], "end": [9]}))
    with pytest.raises(UsageError, match="no estimate"):
        forest([Line("nobody", None)], title="x")


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_marks_stand_out_from_the_paper(colors: dict[str, str]) -> None:
    for role in ("ink", "muted", "own", "other", "third", "miss"):
        assert _contrast(colors[role], colors["paper"]) >= 4.5, role
    for role in ("ink", "own"):
        assert _contrast(colors[role], colors["band"]) >= 3, role


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_parts_of_a_bar_differ_in_lightness_or_in_pattern(colors: dict[str, str]) -> None:
    # "missed" has stripes: beside it, the others must differ in lightness without any hue.
    for one, other in combinations(("own", "late", "grid"), 2):
        assert _contrast(colors[one], colors[other]) >= 1.25, (one, other)


def test_both_styles_name_the_same_roles() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert all(f".f-{role}" in style() for role in LIGHT)


@pytest.mark.parametrize(
    ("low", "high", "most"), [(0, 1, 5), (-0.3, 0.5, 6), (0, 0.02, 4), (0, 1234, 5), (0, 0, 5)]
)
def test_ticks_are_round_and_few(low: float, high: float, most: int) -> None:
    marks = ticks(low, high, most)

    assert 1 <= len(marks) <= most + 1
    assert all(low - 1e-9 <= mark <= high + 1e-9 for mark in marks)


def test_words_fold_and_none_is_lost() -> None:
    words = "no EDSS in the 183 days before the first infusion"

    assert " ".join(fold(words, 120, 14)) == words
    assert len(fold(words, 120, 14)) > 2
