"""The expected curve of one person: the mechanism's own answer, without JAX, at once."""

import subprocess
import sys
import time
from datetime import date, timedelta

import jax.numpy as jnp
import numpy as np
import pytest
from tools.make_lymphocyte_curves.table import digest

from longwatch.core.errors import UsageError
from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.expected_curve import SUBSETS, TOTAL, expected_curve
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.schedule import Schedule

FIRST = date(2024, 1, 1)
COURSES = (0, 400, 900)
INFUSIONS = [
    FIRST + timedelta(start + day)
    for number, start in enumerate(COURSES)
    for day in range(5 if number == 0 else 3)
]
AFTER = [0, 2, 15, 40, 75, 130, 250, 390, 403, 440, 500, 700, 890, 905, 950, 1100, 1800]
DAYS = [FIRST + timedelta(day) for day in AFTER]


@pytest.fixture(scope="module")
def simulated():
    """The mechanism with three courses, for other people than those of the table."""
    values = Parameters.load().values()
    schedule = Schedule.label(values, [float(day) for day in COURSES])
    got = simulate_cells(values, 77, jnp.arange(3000), schedule, 60, [float(d) for d in AFTER])
    return np.asarray(got.early)


@pytest.mark.parametrize("part", ["low", "median", "high"])
@pytest.mark.parametrize("name", [*SUBSETS, TOTAL])
def test_the_curve_is_that_of_the_mechanism(simulated, name, part):
    level = {"low": 0.05, "median": 0.5, "high": 0.95}[part]
    counts = simulated.sum(axis=1) if name == TOTAL else simulated[:, SUBSETS.index(name)]
    want = np.quantile(counts, level, axis=1)

    got = getattr(expected_curve(INFUSIONS, DAYS).subsets[name], part)

    # The edges of a band of 1000 against those of 3000 people differ by chance alone.
    np.testing.assert_allclose(got, want, rtol=0.10 if part == "median" else 0.22)


def test_the_shipped_table_is_of_the_shipped_parameters():
    """When it fails: `python -m tools.make_lymphocyte_curves`."""
    from importlib.resources import files

    place = files("longwatch.mechanism").joinpath("tables", "lymphocyte_curves.npz")
    with place.open("rb") as file, np.load(file) as table:
        assert str(table["parameters"]) == digest(Parameters.load().values())


def test_it_needs_no_jax():
    program = (
        "import sys; from datetime import date; "
        "from longwatch.mechanism.expected_curve import expected_curve; "
        "expected_curve([date(2024, 1, 1)], [date(2024, 6, 1)]); "
        "sys.exit('jax' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_five_years_are_there_in_less_than_50_ms():
    days = [FIRST + timedelta(30 * month) for month in range(61)]
    expected_curve(INFUSIONS, days)
    taken = []
    for _ in range(7):
        begun = time.process_time()
        expected_curve(INFUSIONS, days)
        taken.append(time.process_time() - begun)

    assert min(taken) < 0.05


def test_the_order_of_infusions_and_days_never_matters():
    one = expected_curve(INFUSIONS, DAYS).subsets["cd4"].median
    other = expected_curve(INFUSIONS[::-1], DAYS[::-1]).subsets["cd4"].median

    np.testing.assert_array_equal(one, other[::-1])


def test_known_counts_before_treatment_scale_the_curve():
    half, full = (
        expected_curve(INFUSIONS, DAYS, {"cd4": count}).subsets["cd4"] for count in (400, 800)
    )

    assert full.median[0] == 800
    np.testing.assert_allclose(2 * half.median, full.median, rtol=1e-5)


def test_the_band_holds_its_median_and_a_course_pulls_it_down():
    got = expected_curve(INFUSIONS, DAYS)

    for band in got.subsets.values():
        assert np.all(band.low <= band.median)
        assert np.all(band.median <= band.high)
    before, after = AFTER.index(390), AFTER.index(440)
    assert got.subsets["cd4"].median[after] < 0.3 * got.subsets["cd4"].median[before]


def test_before_the_first_infusion_nothing_is_lost():
    early = expected_curve(INFUSIONS, [FIRST - timedelta(20), FIRST]).subsets["cd8"].median

    assert early[0] == early[1]


@pytest.mark.parametrize(
    ("infusions", "baseline", "words"),
    [
        ([], {}, "no infusion"),
        ([FIRST], {"cd5": 1.0}, "no subset 'cd5'"),
        ([FIRST], {"cd4": 0.0}, "cannot be followed"),
        ([FIRST], {"cd4": float("nan")}, "cannot be followed"),
    ],
)
def test_what_cannot_be_meant_is_refused(infusions, baseline, words):
    with pytest.raises(UsageError, match=words):
        expected_curve(infusions, DAYS, baseline)
