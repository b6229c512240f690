"""A trial on virtual people: the account's figures, repeatability, refusals, table and picture."""

from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from longwatch.core.errors import UsageError
from longwatch.mechanism.parameters import Parameters
from longwatch.trials import lanes
from longwatch.trials.design import designs, load_design, read_design, wilson
from longwatch.trials.picture import as_svg
from longwatch.trials.priors import priors
from longwatch.trials.table import as_table, as_text, compare
from longwatch.trials.trial import run_trial
from longwatch.trials.uncertainty import draw_parameters, read_values, shipped_fit

REPLICATES = 100
OUTSIDE_BY_CHANCE = ()
FIGURES = ("events.interferon", "worsening.interferon", "gadolinium.interferon")


@pytest.fixture(scope="module")
def results():
    return {name: run_trial(name, REPLICATES, seed=0) for name in designs()}


@pytest.fixture(scope="module")
def chance():
    """Without what is unknown of the parameters."""
    return {name: run_trial(name, REPLICATES, seed=0, uncertainty=False) for name in designs()}


@pytest.fixture(params=designs())
def result(request, results):
    return results[request.param]


def test_the_ten_figures_of_the_account_are_marked():
    figures = [figure for name in designs() for figure in load_design(name).figures]
    marked = [figure for figure in figures if figure.account]

    assert sorted(round(figure.value, 2) for figure in marked) == sorted(
        [77.6, 58.7, 8.0, 0.26, 0.52, 49, 65.4, 46.7, 12.7, 21.1]
    )
    assert all(figure.verified == "yes" and figure.interval for figure in marked)


def test_every_published_figure_lies_inside_the_predicted_interval(result):
    """The ten of the account and all others, with what is unknown of the parameters."""
    assert [row.id for row in compare(result) if not row.inside] == []


def test_with_chance_alone_the_ten_figures_of_the_account_lie_inside_too(chance):
    rows = [row for one in chance.values() for row in compare(one)]

    assert [row.id for row in rows if row.account and not row.inside] == []
    assert [row.id for row in rows if not row.inside] == sorted(OUTSIDE_BY_CHANCE)


def test_what_is_unknown_of_the_parameters_widens_the_intervals(results, chance):
    for name, one in results.items():
        wide = one.figures["relapse_free.alemtuzumab"]
        narrow = chance[name].figures["relapse_free.alemtuzumab"]
        assert wide.std() > 1.1 * narrow.std()
        assert wide.mean() == pytest.approx(narrow.mean(), abs=1.5)
    assert set(one.uncertain) == {prior.id for prior in priors()}
    assert chance[name].uncertain == ()


def test_every_figure_is_finite_in_every_replicate(result):
    assert all(np.isfinite(values).all() for values in result.figures.values())
    assert all(values.shape == (REPLICATES,) for values in result.figures.values())


def test_a_replicate_is_the_same_however_many_there_are(result):
    few = run_trial(result.design, 3, seed=0)

    for name, values in few.figures.items():
        np.testing.assert_allclose(values, result.figures[name][:3], rtol=1e-6)


def test_another_seed_is_another_trial(result):
    other = run_trial(result.design, 3, seed=1).figures["events.interferon"]

    assert not np.allclose(other, result.figures["events.interferon"][:3])


def test_parameters_change_what_they_should_and_nothing_before():
    change = Parameters.load().with_values({"relapse.alemtuzumab_left": 0.9})
    usual = run_trial("care-ms-2", 8, uncertainty=False)
    weaker = run_trial("care-ms-2", 8, parameters=change, uncertainty=False)

    for figure in FIGURES:
        np.testing.assert_array_equal(usual.figures[figure], weaker.figures[figure])
    assert np.all(weaker.figures["events.alemtuzumab"] > usual.figures["events.alemtuzumab"])


def test_a_fitted_parameter_that_is_given_is_known():
    """It is the same in every replicate, and what is still unknown fits it."""
    given = Parameters.load().with_values({"imaging.t2_forming": 0.3})
    drawn, usual = (draw_parameters(each, 200, 0) for each in (given, Parameters.load()))

    assert "imaging.t2_forming" not in drawn
    assert len(drawn) == len(usual) - 1
    lesions = "imaging.t2_a_year"
    assert drawn[lesions].std() < 0.7 * usual[lesions].std()


def test_drawn_parameters_have_the_spread_of_the_fit_and_stay_in_range():
    fit, shipped = shipped_fit(), Parameters.load()
    drawn = draw_parameters(shipped, 2000, 3)

    for name, sd, prior in zip(fit.parameters, fit.sd, fit.prior_sd, strict=True):
        low, high = shipped[name].range
        assert low <= drawn[name].min() <= drawn[name].max() <= high
        assert sd <= prior
        if shipped[name].value > 3 * sd:
            assert drawn[name].std() == pytest.approx(sd, rel=0.08)
    rates = np.corrcoef(drawn["relapse.rate_care_ms_1"], drawn["relapse.alemtuzumab_left"])[0, 1]
    place = [fit.parameters.index(f"relapse.{n}") for n in ("rate_care_ms_1", "alemtuzumab_left")]
    assert rates == pytest.approx(fit.correlation[max(place)][min(place)], abs=0.05)


def test_the_shipped_values_are_those_of_the_fit():
    fit, shipped = shipped_fit(), Parameters.load()

    assert fit.parameters == tuple(prior.id for prior in priors())
    sections = ("relapse.", "disability.", "imaging.")
    marked = {name for name in shipped if shipped[name].fit and name.startswith(sections)}
    assert marked == set(fit.parameters)
    assert [shipped[name].value for name in fit.parameters] == list(fit.value)


def test_people_whose_numbers_are_not_finite_are_counted_shown_and_leave(monkeypatch):
    def broken(parameters, replicates, seed):
        drawn = draw_parameters(parameters, replicates, seed)
        drawn["relapse.rate_care_ms_2"][1] = np.nan
        return drawn

    monkeypatch.setattr(lanes, "draw_parameters", broken)
    found = run_trial("care-ms-2", 4, seed=0)
    people = sum(arm.people for arm in found.design.arms)

    assert found.not_finite == people
    assert f"{people} virtual people had numbers that are not finite" in as_text(found)
    assert found.figures["relapsing.interferon"][1] == 0
    monkeypatch.undo()
    usual = run_trial("care-ms-2", 4, seed=0)
    assert usual.not_finite == 0
    for figure in FIGURES:
        np.testing.assert_array_equal(
            np.delete(found.figures[figure], 1), np.delete(usual.figures[figure], 1)
        )


def test_the_spread_between_replicates_is_that_of_a_trial_of_this_size(chance):
    """The relapse-free share varies as a share of so many people must, drop-out included."""
    for one in chance.values():
        arm = one.design.arms[1]
        values = one.figures[f"relapse_free.{arm.id}"]
        share = values.mean() / 100
        expected = 100 * np.sqrt(share * (1 - share) / arm.people)

        assert values.std() == pytest.approx(expected, rel=0.25)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("care-ms-3",), "there is no trial 'care-ms-3'.*did you mean 'care-ms-.'"),
        (("CARE_MS_1",), "did you mean 'care-ms-1'"),
        (("opera",), "choose from care-ms-1, care-ms-2"),
        (("care-ms-1", 0), "0 replicates"),
        (("care-ms-1", -5), "-5 replicates"),
        (("care-ms-1", 10**9), "number of 32 bits"),
        (("care-ms-1", 1, -1), "seed -1"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_reason(arguments, words):
    with pytest.raises(UsageError, match=words):
        run_trial(*arguments)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("relapse.wain: 0.1", "no parameter 'relapse.wain'.*did you mean 'relapse.wane'"),
        ("relapse.wane: -1", "relapse.wane = -1 /a is out of range.*from 0 to 1 /a"),
        ("relapse.wane: .nan", "out of range"),
        ("relapse.wane: much", "'much' is no number"),
        ("- 1", "holds no values"),
        ("a: [", "is no YAML"),
    ],
)
def test_values_from_a_file_are_refused_with_the_reason(tmp_path, text, words):
    file = tmp_path / "values.yaml"
    file.write_text(text)

    with pytest.raises(UsageError, match=words):
        Parameters.load().with_values(read_values(file))


def test_values_from_a_file_that_is_not_there_are_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_values(tmp_path / "none.yaml")


def broken(path, value):
    raw = yaml.safe_load(load_design("care-ms-1").model_dump_json())
    place = raw
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return raw


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("arms", 0, "people"), -3, "arms.0.people"),
        (("figures", 0, "id"), "happiness.interferon", "happiness"),
        (("visits", "every"), 5, "visits must fall"),
        (("arms", 1, "weight"), 70, "arms.1.weight"),
    ],
)
def test_a_broken_design_is_refused_at_its_place(path, value, words):
    with pytest.raises(UsageError, match=words):
        read_design(broken(path, value), "broken")


def test_wilsons_interval_is_the_known_one():
    assert wilson(1, 10) == pytest.approx((0.01787621, 0.40415), abs=1e-5)


def test_the_text_names_every_figure_and_counts_those_inside(result):
    text = as_text(result)
    rows = compare(result)

    assert text.count("\n*  ") == sum(row.account for row in rows)
    assert f"{sum(row.inside for row in rows)} of {len(rows)} published figures" in text
    assert as_table(rows).num_rows == len(result.design.figures)


def test_the_picture_is_sound_told_in_words_and_inside_its_frame(result):
    picture = ElementTree.fromstring(as_svg(result))
    space = "{http://www.w3.org/2000/svg}"
    width, height = float(picture.get("width")), float(picture.get("height"))

    assert picture.get("role") == "img"
    assert result.design.title in picture.find(f"{space}title").text
    described = picture.find(f"{space}desc").text
    assert all(row.name in described for row in compare(result))
    points = [
        (float(part.get(across)), float(part.get(down)))
        for kind, across, down in (("text", "x", "y"), ("circle", "cx", "cy"), ("line", "x2", "y2"))
        for part in picture.iter(space + kind)
    ]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in points)
    stars = [part for part in picture.iter(f"{space}text") if part.text.startswith("★ ")]
    assert len(stars) == 1 + sum(row.account for row in compare(result))
