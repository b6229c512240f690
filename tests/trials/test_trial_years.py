"""The years after a trial: predicted, never fitted, and told as such."""

import numpy as np
import pytest

from longwatch.core.errors import UsageError
from longwatch.mechanism.parameters import Parameters
from longwatch.trials.trial import run_trial
from longwatch.trials.years import NAMES, predict_years
from longwatch.trials.years_table import published_later, years_table, years_text

YEARS, REPLICATES = 6, 20


@pytest.fixture(scope="module")
def found():
    return predict_years("care-ms-2", YEARS, REPLICATES, uncertainty=False)


def predicted(**changed):
    other = Parameters.load().with_values({k.replace("__", "."): v for k, v in changed.items()})
    return predict_years("care-ms-2", YEARS, 4, parameters=other, uncertainty=False).figures


def test_every_figure_has_a_value_for_every_year_and_replicate(found):
    assert set(found.figures) == set(NAMES)
    assert all(values.shape == (YEARS, REPLICATES) for values in found.figures.values())
    assert all(np.isfinite(values).all() for values in found.figures.values())
    assert found.not_finite == 0


def test_the_years_of_the_trial_are_those_of_the_trial(found):
    """Same people, but nobody leaves; what counts as confirmed by month 24 is the same."""
    trial = run_trial("care-ms-2", REPLICATES, uncertainty=False).figures

    events = found.figures["annual_rate"][:2].sum(axis=0) * found.design.arms[1].people
    assert events.mean() == pytest.approx(trial["events.alemtuzumab"].mean(), rel=0.05)
    assert found.figures["worsening"][1].mean() == pytest.approx(
        trial["worsening.alemtuzumab"].mean(), abs=0.7
    )
    assert found.figures["edss_change"][1].mean() == pytest.approx(
        trial["edss_change.alemtuzumab"].mean(), abs=0.03
    )


def test_what_is_counted_so_far_never_falls(found):
    for name in ("worsening", "thyroid_so_far", "itp_so_far", "retreated"):
        assert np.all(np.diff(found.figures[name], axis=0) >= 0), name
    sums = np.cumsum(found.figures["thyroid"], axis=0)
    np.testing.assert_allclose(sums, found.figures["thyroid_so_far"], atol=1e-6)


def test_nobody_has_a_further_course_before_the_end_of_year_two(found):
    courses = found.figures["courses"].mean(axis=1)

    assert courses[0] == 0
    assert np.all(courses[1:] > 5)


def test_courses_that_are_not_accepted_are_not_given_and_relapses_rise():
    usual, never = predicted(), predicted(retreatment__accepted=0.0)

    assert np.all(never["retreated"] == 0)
    np.testing.assert_allclose(never["annual_rate"][:2], usual["annual_rate"][:2])
    assert never["annual_rate"][2:].mean() > usual["annual_rate"][2:].mean()


def test_the_table_marks_what_is_a_prediction(found):
    rows = years_table(found).to_pylist()

    assert len(rows) == YEARS * len(NAMES)
    for row in rows:
        later = row["year"] > 2
        assert row["kind"] == ("prediction" if later else "years of the trial")
        assert row["predicted_low"] <= row["predicted"] <= row["predicted_high"]
    assert "PREDICTION, NOT FITTED" in years_text(found)
    assert ">3" in years_text(found)


def test_published_totals_stand_beside_their_year_and_say_whether_they_were_fitted(found):
    beside = [row for row in years_table(found).to_pylist() if row["published"] is not None]

    assert {(row["figure"], row["year"]) for row in beside} == {
        (one.figure, one.year) for one in published_later()
    }
    assert all(row["published_source"] for row in beside)
    assert {row["figure"]: row["published_fitted"] for row in beside} == {
        "thyroid_so_far": False,
        "itp_so_far": True,
    }
    assert all(one.figure in NAMES and one.verified == "yes" for one in published_later())


@pytest.mark.parametrize("years", [-1, 0, 2, 11])
def test_years_out_of_range_are_refused_with_the_reason(years):
    with pytest.raises(UsageError, match=f"{years} years.*from 3 to 10"):
        predict_years("care-ms-1", years)
