"""Estimators against lifelines and statsmodels, on random cohorts with ties."""

import lifelines
import numpy as np
import pytest
import statsmodels.api as sm
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import restricted_mean_survival_time
from statsmodels.discrete.discrete_model import NegativeBinomial
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import CumIncidenceRight

from longwatch.endpoints.competing import cumulative_incidence
from longwatch.endpoints.cox import cox
from longwatch.endpoints.rates import relapse_rate
from longwatch.endpoints.survival import km, logrank, median, rmst

SEEDS = range(4)
SIZES = (3, 40, 400, 3000)


def cohort(seed):
    """Whole days in steps, so that many tie; kinds 0 (none), 1 and 2."""
    rng = np.random.default_rng(seed)
    many = SIZES[seed]
    time = (np.ceil(rng.exponential(300, many) / 15) * 15).clip(0, 900)
    return {
        "time": time,
        "kind": rng.integers(0, 3, many),
        "event": rng.random(many) < 0.6,
        "arm": np.where(np.arange(many) % 2, "b", "a"),
        "age": rng.normal(35, 8, many),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_kaplan_meier_equals_lifelines(seed):
    data = cohort(seed)
    other = lifelines.KaplanMeierFitter().fit(data["time"], data["event"])

    found = km(data)

    steps = found.table.to_pandas().set_index("time")
    peer = other.survival_function_.iloc[:, 0].loc[steps.index]
    np.testing.assert_allclose(steps["estimate"], peer, rtol=1e-12, atol=1e-14)
    there = steps["lo"].notna()
    band = other.confidence_interval_.loc[steps.index][there.to_numpy()]
    np.testing.assert_allclose(steps[["lo", "hi"]][there], band, rtol=1e-9)
    at_risk = other.event_table["at_risk"].loc[steps.index]
    assert steps["n_risk"].tolist() == at_risk.tolist()


def test_the_median_equals_lifelines_where_no_step_is_flat_at_a_half():
    data = cohort(3)
    other = lifelines.KaplanMeierFitter().fit(data["time"], data["event"])

    assert median(data).estimate == other.median_survival_time_


@pytest.mark.parametrize("seed", SEEDS[1:])
def test_the_logrank_test_equals_lifelines(seed):
    data = cohort(seed)
    other = multivariate_logrank_test(data["time"], data["arm"], data["event"])

    found = logrank(data, "arm")

    assert found.statistic == pytest.approx(other.test_statistic, rel=1e-10)
    assert found.p == pytest.approx(other.p_value, rel=1e-10)


@pytest.mark.parametrize("seed", SEEDS[1:])
def test_the_mean_time_equals_lifelines(seed):
    data = cohort(seed)
    other = lifelines.KaplanMeierFitter().fit(data["time"], data["event"])

    assert rmst(data, tau=300).estimate == pytest.approx(
        restricted_mean_survival_time(other, 300), rel=1e-10
    )


@pytest.mark.parametrize("seed", SEEDS[1:])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_equals_statsmodels(seed, ties):
    data = cohort(seed)
    x = np.column_stack([data["arm"] == "b", data["age"]]).astype(float)
    other = PHReg(data["time"], x, data["event"], ties=ties).fit(tol=1e-12)

    rows = cox(data, ["arm", "age"], ties=ties).table.slice(0, 2).to_pylist()

    np.testing.assert_allclose([np.log(row["estimate"]) for row in rows], other.params, rtol=1e-6)
    np.testing.assert_allclose([row["se"] for row in rows], other.bse, rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_aalen_johansen_equals_statsmodels(seed):
    data = cohort(seed)
    other = CumIncidenceRight(data["time"], data["kind"])

    table = cumulative_incidence(
        {"time": data["time"], "event": data["kind"]}, var="greenwood"
    ).table.to_pandas()

    for kind in range(len(other.cinc)):
        own = table[table["kind"] == str(kind + 1)].set_index("time").loc[other.times]
        np.testing.assert_allclose(own["estimate"], other.cinc[kind], rtol=1e-10, atol=1e-14)
        # Where everybody has left statsmodels divides by nothing.
        fine = np.isfinite(other.cinc_se[kind])
        np.testing.assert_allclose(own["se"][fine], other.cinc_se[kind][fine], rtol=1e-6, atol=1e-8)


def counted(seed):
    rng = np.random.default_rng(100 + seed)
    many = max(SIZES[seed], 80)
    end = rng.integers(100, 800, many)
    arm, age = np.arange(many) % 2, rng.normal(35, 8, many)
    rate = 0.9 * np.exp(-0.7 * arm + 0.02 * (age - 35)) * rng.gamma(1.2, 1 / 1.2, many)
    y = np.minimum(rng.poisson(rate * end / 365.25), end)
    person = np.repeat(np.arange(many), y)
    days = np.concatenate([rng.choice(np.arange(1, e + 1), k, False) for e, k in zip(end, y)])  # noqa: B905
    people = {"id": np.arange(many), "start": np.zeros(many, int), "end": end}
    people |= {"arm": arm.astype(str), "age": age}
    x = sm.add_constant(np.column_stack([arm, age]))
    return {"id": person, "day": days.astype(int)}, people, y, x, np.log(end / 365.25)


@pytest.mark.parametrize("seed", SEEDS)
def test_poisson_equals_statsmodels(seed):
    relapses, people, y, x, offset = counted(seed)
    for se, kind in (("robust", "HC0"), ("model", "nonrobust")):
        other = sm.GLM(y, x, sm.families.Poisson(), offset=offset).fit(cov_type=kind, tol=1e-14)

        found = relapse_rate(
            relapses, people, "arm", model="poisson", covariates=["age"], se=se
        ).table.to_pylist()[2:]

        np.testing.assert_allclose(
            [np.log(row["estimate"]) for row in found], other.params[1:], rtol=1e-9
        )
        np.testing.assert_allclose([row["se"] for row in found], other.bse[1:], rtol=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_negative_binomial_equals_statsmodels(seed):
    relapses, people, y, x, offset = counted(seed)
    start = np.append(sm.GLM(y, x, sm.families.Poisson(), offset=offset).fit().params, 0.8)
    other = NegativeBinomial(y, x, offset=offset).fit(start, method="newton", disp=0, tol=1e-12)

    found = relapse_rate(relapses, people, "arm", covariates=["age"], se="joint").table.to_pylist()

    np.testing.assert_allclose(
        [np.log(row["estimate"]) for row in found[2:4]], other.params[1:3], rtol=1e-8
    )
    np.testing.assert_allclose([row["se"] for row in found[2:4]], other.bse[1:3], rtol=1e-6)
    assert 1 / found[4]["estimate"] == pytest.approx(other.params[3], rel=1e-7)
