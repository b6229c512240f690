"""The mechanism reproduces what it was given to reproduce, and says where it does not."""

import pytest

from longwatch.mechanism.parameters import Parameters
from longwatch.trials.predictions import PREDICTIONS, per_replicate
from longwatch.trials.targets import IN_PART, Held, file, given_to, rows_inside, targets

QUICK = {"reaction-course-1", "rater-agreement", "persistence"}
"""In the default run, those that no other test looks at: most of the time is compiling."""


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(one, id=one.id, marks=() if one.id in QUICK else pytest.mark.campaign)
        for one in targets()
    ],
)
def test_the_published_figure_lies_where_studies_of_its_size_fall(target):
    values = Parameters.load().values()
    figures = per_replicate(
        PREDICTIONS[target.predict], given_to(target), values, 11, target.people, 20
    )

    assert abs(figures.mean() - target.value) <= 3 * figures.std() + 1e-6


def test_every_prediction_is_of_some_target():
    assert {target.predict for target in targets()} == set(PREDICTIONS)


def test_every_number_that_a_study_fixed_is_known_and_used():
    """A name that `numbers` lacks would reach a prediction as a word."""
    words = {"condition", "subset", "symptom"}
    given = [item for target in targets() for item in given_to(target).items()]

    assert all(isinstance(value, int | float) for name, value in given if name not in words)
    used = {value for target in targets() for value in target.given.values()}
    assert {number.id for number in file().numbers} <= used


def test_a_row_is_inside_only_when_all_its_figures_are():
    def held(row, published):
        return Held(row, "x", "x", "%", published, 50.0, 40.0, 60.0, "S0")

    found = rows_inside([held(1, 50), held(2, 50), held(2, 70), held(25, 50)])

    assert (found[1], found[2], found[3]) == (True, False, None)
    assert found[25] is None
    assert set(IN_PART) <= set(found)


def test_without_noise_confirmed_worsening_lasts():
    """What ends again is noise and good days, for the most part."""
    target = next(one for one in targets() if one.id == "persistence")
    quiet = {f"disability.{name}": 0.0 for name in ("fluctuation_sd", "rater_half", "rater_whole")}
    usual, still = (
        per_replicate(PREDICTIONS["persistence"], given_to(target), values, 11, target.people, 20)
        for values in (Parameters.load().values(), Parameters.load().with_values(quiet).values())
    )

    assert still.mean() > usual.mean() + 10
    assert still.mean() > 93
