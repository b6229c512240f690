"""Estimators against R; data and expected values made by `Rscript reference.R` in folder `r`."""

import json
from pathlib import Path

import numpy as np
import pyarrow.csv as csv
import pytest

from longwatch.endpoints.chances import binomial_limits, poisson_limits
from longwatch.endpoints.competing import cumulative_incidence, gray
from longwatch.endpoints.counts import mean_count
from longwatch.endpoints.cox import cox
from longwatch.endpoints.rates import relapse_rate
from longwatch.endpoints.survival import km, logrank, median, rmst

HERE = Path(__file__).parent / "r"
EXPECTED = json.loads((HERE / "expected.json").read_text())
PEOPLE, RELAPSES, TIMES = (
    csv.read_csv(HERE / f"{name}.csv") for name in ("people", "relapses", "times")
)
DRIFT = csv.read_csv(HERE / "drift.csv")
AT = (50, 120, 300)


def close(got, expected, rel=1e-10):
    assert len(got) == len(expected)
    assert got == [pytest.approx(one, rel=rel, abs=1e-14) for one in expected]


def ratios(result):
    """Logs and errors of the ratios of a result."""
    rows = [row for row in result.table.to_pylist() if row["kind"].endswith("ratio")]
    return [np.log(row["estimate"]) for row in rows], [row["se"] for row in rows]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("se", ["robust", "model"])
def test_andersen_gill_equals_coxph_with_cluster(ties, se):
    """coxph(Surv(start, stop, event) ~ treated + age, cluster = id, ties = ...)"""
    expected = EXPECTED["ag"][ties]

    found = relapse_rate(
        RELAPSES, PEOPLE, "arm", model="lwyy", covariates=["age"], ties=ties, se=se, reference="ifn"
    )

    log, errors = ratios(found)
    close(log, expected["beta"])
    close(errors, expected["robust" if se == "robust" else "naive"])


@pytest.mark.parametrize("se", ["robust", "model"])
def test_negative_binomial_equals_glm_nb(se):
    """glm.nb(y ~ treated + age + offset(log(years))), sandwich; its theta stops 1e-9 short."""
    expected = EXPECTED["nb"]

    found = relapse_rate(RELAPSES, PEOPLE, "arm", covariates=["age"], se=se, reference="ifn")

    log, errors = ratios(found)
    close(log, expected["beta"][1:], 1e-8)
    close(errors, expected[se][1:], 1e-8)
    theta = found.table.to_pylist()[-1]
    assert theta["term"] == "theta"
    assert theta["estimate"] == pytest.approx(expected["theta"], rel=1e-7)


@pytest.mark.parametrize("se", ["robust", "model"])
def test_poisson_equals_glm(se):
    """glm(y ~ treated + age + offset(log(years)), poisson), sandwich.

    R takes the errors from the weights of the step before the last, 1e-8 away.
    """
    expected = EXPECTED["poisson"]

    found = relapse_rate(
        RELAPSES, PEOPLE, "arm", model="poisson", covariates=["age"], se=se, reference="ifn"
    )

    log, errors = ratios(found)
    close(log, expected["beta"][1:])
    close(errors, expected[se][1:], 2e-8)


def test_the_mean_count_equals_survfit_with_id():
    """survfit(Surv(start, stop, event) ~ 1, id = id, cluster = id): cumhaz, std.chaz."""
    expected = EXPECTED["mean_count"]

    table = mean_count(RELAPSES, PEOPLE).table

    assert table["time"].to_pylist() == expected["time"]
    close(table["estimate"].to_pylist(), expected["mean"])
    close(table["se"].to_pylist(), expected["se"])


@pytest.mark.parametrize(("late", "entry"), [("plain", None), ("entry", "entry")])
def test_kaplan_meier_equals_survfit(late, entry):
    """summary(survfit(y ~ arm, conf.type = "log-log"), times = c(50, 120, 300))"""
    expected = EXPECTED["km"][late]

    table = km(TIMES, "arm", times=AT, entry=entry).table

    assert table["group"].to_pylist() == expected["group"]
    assert table["n_risk"].to_pylist() == expected["n_risk"]
    assert table["n_event"].to_pylist() == expected["n_event"]
    for name in ("estimate", "se", "lo", "hi"):
        close(table[name].to_pylist(), expected[name])


@pytest.mark.parametrize(("late", "entry"), [("plain", None), ("entry", "entry")])
def test_the_median_equals_survfit(late, entry):
    """summary(survfit(...))$table: median, 0.95LCL, 0.95UCL"""
    expected = EXPECTED["km"][late]

    table = median(TIMES, "arm", entry=entry).table

    for name, column in (("estimate", "median"), ("lo", "median_lo"), ("hi", "median_hi")):
        assert table[name].to_pylist() == expected[column]


@pytest.mark.parametrize(("late", "entry"), [("plain", None), ("entry", "entry")])
def test_cox_equals_coxph(late, entry):
    """coxph(y ~ arm + age), with and without entry times."""
    expected = EXPECTED["cox"][late]

    log, errors = ratios(cox(TIMES, ["arm", "age"], entry=entry))

    close(log, expected["beta"])
    close(errors, expected["se"])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize(("late", "entry"), [("plain", None), ("entry", "entry")])
def test_the_test_of_proportional_hazards_equals_cox_zph(late, entry, ties):
    """cox.zph(coxph(y ~ arm + site + age, drift, ties = ...), transform = "km")"""
    found = cox(DRIFT, ["arm", "site", "age"], entry=entry, ties=ties)

    rows = [row for row in found.table.to_pylist() if row["kind"] == "proportional hazards"]
    assert [row["term"] for row in rows] == ["arm", "site", "age", "all together"]
    close([row["p"] for row in rows], EXPECTED["zph"][late][ties]["p"], 1e-8)
    assert [one for one in found.warnings if "not proportional" in one] == [
        one for one in found.warnings if one.startswith(("arm:", "all together:"))
    ]
    assert len(found.warnings) == 2


def test_the_logrank_test_equals_survdiff():
    """survdiff(Surv(time, event) ~ arm)"""
    found = logrank(TIMES, "arm")

    assert found.statistic == pytest.approx(EXPECTED["logrank"]["chisq"], rel=1e-12)
    close(found.table["expected"].to_pylist(), EXPECTED["logrank"]["expected"])


def test_the_mean_time_equals_survfit():
    """summary(survfit(...), rmean = 300)$table"""
    rows = rmst(TIMES, "arm", tau=300).table.to_pylist()[:3]

    close([row["estimate"] for row in rows], EXPECTED["rmst"]["mean"])
    close([row["se"] for row in rows], EXPECTED["rmst"]["se"])


def by_kind(**options):
    data = TIMES.drop_columns(["event"]).rename_columns({"kind": "event"})
    return cumulative_incidence(data, times=AT, **options).table.to_pylist()


def test_aalen_johansen_equals_cuminc():
    """timepoints(cuminc(time, kind, arm), c(50, 120, 300))"""
    expected = EXPECTED["cmprsk"]
    rows = by_kind(by="arm", var="aalen")

    for place, curve in enumerate(expected["curves"]):
        own = [row for row in rows if f"{row['group']} {row['kind']}" == curve]
        close([row["estimate"] for row in own], expected["estimate"][place])
        close([row["se"] ** 2 for row in own], expected["var"][place])


def test_aalen_johansen_equals_survfit():
    """survfit(Surv(time, factor(kind)) ~ 1, conf.type = "log-log")"""
    rows = by_kind(var="greenwood")

    for place, kind in enumerate("12"):
        own = [row for row in rows if row["kind"] == kind]
        for name, expected in EXPECTED["aalen_johansen"].items():
            close([row[name] for row in own], [line[place] for line in expected])


def test_gray_equals_cuminc():
    """cuminc(time, kind, arm)$Tests"""
    data = TIMES.drop_columns(["event"]).rename_columns({"kind": "event"})

    close(gray(data, "arm").table["statistic"].to_pylist(), EXPECTED["cmprsk"]["stat"])


def test_exact_limits_equal_poisson_test_and_binom_test():
    """poisson.test(k, 12.5)$conf.int, binom.test(k, 20)$conf.int"""
    for count, expected in zip((0, 1, 17), EXPECTED["exact"]["poisson"], strict=True):
        close(np.ravel(poisson_limits(count, 12.5, 0.95)).tolist(), expected)
    for count, expected in zip((0, 3, 20), EXPECTED["exact"]["binomial"], strict=True):
        close(np.ravel(binomial_limits(count, 20, 0.95)).tolist(), expected)


@pytest.mark.parametrize(
    ("time", "event", "expected"),
    [
        ([1, 2, 3, 4], [1, 1, 1, 1], 2.5),  # flat at a half from 2 to 3
        ([1, 2, 3, 4, 6, 7], [1, 1, 1, 0, 0, 0], 3),  # flat to the end: its first day
        ([1, 2, 3, 4, 6, 7], [0, 1, 0, 1, 0, 0], None),  # stays above a half
    ],
)
def test_a_curve_flat_at_a_half_has_the_median_that_r_prints(time, event, expected):
    """print(survfit(Surv(time, event) ~ 1))"""
    assert median({"time": time, "event": event}).estimate == expected
