"""The fit finds what it was given, says what it cannot tell, and is the one that is shipped."""

import numpy as np
import pytest

from longwatch.cli.calibrate_work import fitted, on_screen
from longwatch.core.errors import UsageError
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.recovery import SIZES
from longwatch.trials import calibration
from longwatch.trials.calibration import calibrate, fitted_figures
from longwatch.trials.predictions import PREDICTIONS, per_replicate
from longwatch.trials.priors import priors
from longwatch.trials.recovery_fit import ROW, fit_recovery, share_left
from longwatch.trials.targets import given_to, targets
from longwatch.trials.trial import run_trial
from longwatch.trials.uncertainty import read_fit, read_values

REPLICATES, SEED = 8, 4
TRUE = {"relapse.rate_care_ms_1": 0.6, "relapse.alemtuzumab_left": 0.2}


@pytest.fixture(scope="module")
def found():
    """A fit of two parameters to figures that the mechanism itself gave with known values."""
    middles = {prior.id: prior.middle for prior in priors()}
    true = Parameters.load().with_values({**middles, **TRUE})
    made = {
        name: run_trial(name, REPLICATES, SEED, true, uncertainty=False).figures
        for name, _ in fitted_figures()
    }

    def invented():
        return [
            (name, figure.model_copy(update={"value": float(np.mean(made[name][figure.id])),
                                             "interval": figure.shown_interval(),
                                             "count": None}))
            for name, figure in fitted_figures()
        ]  # fmt: skip

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "fitted_figures", invented)
        return calibrate(REPLICATES, SEED, most=4, only=tuple(TRUE))


def test_the_fit_finds_the_values_that_made_the_figures(found):
    for one in found.fitted:
        assert one.fitted == pytest.approx(TRUE[one.id], abs=one.sd / 2)
        assert found.parameters[one.id].value == one.fitted


def test_the_fit_lowers_the_misfit_and_tells_how_it_got_there(found):
    before, after = (
        sum(getattr(one, part) ** 2 for one in found.misfits) for part in ("z_before", "z_after")
    )

    assert after < before / 20
    assert found.evaluations == found.fit.evaluations > 3
    assert found.sensitivity.shape == (len(fitted_figures()), len(TRUE))


def test_the_report_names_what_a_parameter_moves_and_is_confused_with(found):
    rate, left = found.fitted

    assert rate.learned > 0.5
    assert (rate.like, left.like) == (left.id, rate.id)
    assert rate.correlation == pytest.approx(left.correlation)
    assert left.correlation < 0
    assert rate.moves.startswith("care-ms-1 ")
    assert {one.id for one in found.misfits} >= {rate.moves, left.moves}


def test_the_fit_can_be_written_and_read_again(found):
    import yaml

    text = yaml.safe_dump(found.fit.model_dump(mode="json"))

    assert read_fit(text) == found.fit
    covariance = found.fit.covariance()
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), found.fit.sd)
    assert np.linalg.eigvalsh(covariance).min() > 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"replicates": 0}, "0 replicates"),
        ({"most": 0}, "0 steps"),
        ({"only": ["relapse.wane"]}, "'relapse.wane' is not fitted.*relapse.rate_care_ms_1"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(asked, words):
    with pytest.raises(UsageError, match=words):
        calibrate(**asked)


def test_every_prior_lies_in_the_range_of_its_parameter():
    shipped = Parameters.load()
    for prior in (*priors(), *priors("recovery")):
        low, high = shipped[prior.id].range
        assert low <= prior.middle <= high, prior.id


@pytest.mark.parametrize("target", [one for one in targets() if one.row == ROW], ids=lambda t: t.id)
def test_the_exact_share_is_that_of_virtual_people(target):
    values, given = Parameters.load().values(), given_to(target)
    severe = "months" in given
    days = given["months"] * 365.25 / 12 if severe else given["days"]

    exact = share_left(values, given["least"], days, severe)

    people = per_replicate(PREDICTIONS[target.predict], given, values, 5, 120_000, 1)[0]
    assert exact == pytest.approx(people, abs=1.2 if severe else 0.5)


def test_the_shares_of_sizes_are_whole_and_a_sixth_is_severe():
    """17 % of relapses were severe (S36); the fit leaves that share as it is."""
    values = Parameters.load().values()
    shares = np.array([values[name] for name in SIZES])
    severe = 0.5 * np.arange(len(SIZES)) >= values["recovery.severe"]

    assert shares.sum() == pytest.approx(1.0)
    assert shares[severe].sum() == pytest.approx(0.17)


@pytest.mark.campaign
def test_the_command_fits_reports_and_writes_what_can_be_shipped(tmp_path):
    tables, summary, files = fitted(2, 0, quiet=True)

    assert "Not identified" in summary
    assert "Confused with each other: " in summary
    assert {row["id"] for row in tables["parameters"]} == {prior.id for prior in priors()}
    assert read_fit(files["fit.yaml"]).made_on
    file = tmp_path / "fitted.yaml"
    file.write_text(files["fitted.yaml"])
    values = Parameters.load().with_values(read_values(file))
    assert values["recovery.full"].value == tables["recovery_parameters"][7]["fitted"]
    assert all(len(rows[0]) < 9 for rows in on_screen(tables))


@pytest.mark.campaign
def test_fitting_recovery_brings_every_number_within_two_standard_errors():
    found = fit_recovery()

    assert max(abs(figure[-1]) for figure in found.figures) < 2
    shipped = Parameters.load()
    for prior in priors("recovery"):
        assert found.parameters[prior.id].value == pytest.approx(shipped[prior.id].value, abs=2e-3)
