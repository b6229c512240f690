"""Published figures have a source each; the trials' designs show the same ones."""

from __future__ import annotations

import pytest

from longwatch.endpoints.published import Published, published, settings
from longwatch.endpoints.report_model import number
from longwatch.trials.design import load_design

_SHARED = ("annual_rate", "relapse_free", "worsening", "edss_change")


@pytest.mark.parametrize("trial", ["care-ms-1", "care-ms-2"])
def test_the_report_and_the_virtual_trials_hold_the_same_figures(trial: str) -> None:
    known = {figure.id: figure for figure in load_design(trial).figures}
    own = [one for one in published().figures if one.study == trial]

    assert {(one.endpoint, one.arm) for one in own} == {
        (name, arm) for name in _SHARED for arm in ("alemtuzumab", "interferon")
    }
    for one in own:
        other = known[f"{one.endpoint}.{one.arm}"]
        assert (one.value, one.interval, one.unit) == (other.value, other.interval, other.unit)
        assert one.verified == other.verified


@pytest.mark.parametrize("trial", ["care-ms-1", "care-ms-2"])
def test_the_people_of_the_trials_are_those_of_the_virtual_ones(trial: str) -> None:
    design = load_design(trial)
    arm = next(one for one in design.arms if one.id == "alemtuzumab")
    own = {one.trait: one for one in published().baseline if one.study == trial}

    assert design.visits.months == published().studies[trial].months
    assert {one.n for one in own.values()} == {arm.people}
    for trait, there in (("age", arm.age), ("edss", arm.edss), ("ms_years", arm.duration)):
        assert (own[trait].mean, own[trait].sd) == (there.mean, there.sd)
    assert own["female"].mean == pytest.approx(100 * arm.female)
    assert own["relapses_before"].mean == arm.prior_12


def test_every_interval_holds_its_value() -> None:
    for one in published().figures:
        if one.interval is not None:
            assert one.interval[0] <= one.value <= one.interval[1]


def test_every_source_is_used_and_no_code_stands_in_two_groups() -> None:
    known = published()
    used = {one.source for one in (*known.figures, *known.baseline)}
    codes = [code for group in settings().groups for code in group.codes]

    assert used == set(known.sources)
    assert len(codes) == len(set(codes))
    assert {one.source for one in settings().settings.values()} <= set(settings().sources)


def test_a_figure_without_a_listed_source_is_refused() -> None:
    raw = published().model_dump()
    raw["figures"][0]["source"] = "S99"

    with pytest.raises(ValueError, match="S99"):
        Published.model_validate(raw)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(-0.141, "{score}", "−0.14"), (-0.001, "{score}", "0.00"), (0.184, "/a", "0.18")],
)
def test_numbers_in_words(value: float, unit: str, words: str) -> None:
    assert number(value, unit) == words
