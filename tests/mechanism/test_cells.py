"""Lymphocyte subsets: what was measured, what must not depend on how it is asked."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from longwatch.core.errors import UsageError
from longwatch.mechanism.cells import simulate_cells, states_where_given
from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.lymphocytes import Subset, draw_pools
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.schedule import Course, Schedule

VALUES = Parameters.load().values()
LABEL = Schedule.label(VALUES, [0, 365.25])
PATIENTS = jnp.arange(4096)
SAME = 1e-3
"""Other shapes round otherwise, and a subset may leave its floor a hair later."""


@pytest.fixture(scope="module")
def two_courses():
    return jax.tree.map(np.asarray, simulate_cells(VALUES, 1, PATIENTS, LABEL, 24, (3.0, 380.0)))


@pytest.fixture(scope="module")
def one_course():
    schedule = Schedule.label(VALUES, [0.0])
    return jax.tree.map(np.asarray, simulate_cells(VALUES, 1, PATIENTS, schedule, 120))


def test_mean_cd4_after_one_and_twelve_months(two_courses):
    """Calibration rows 3 and 4: 40 and 270 per µL."""
    cd4 = two_courses.counts[:, Subset.CD4].mean(axis=1)

    assert cd4[1] == pytest.approx(40, rel=0.05)
    assert cd4[12] == pytest.approx(270, rel=0.05)


def test_b_cells_are_back_after_three_months_and_overshoot_after_twelve(two_courses):
    """Calibration row 5: 100 and 165 % of baseline."""
    b = two_courses.counts[:, Subset.B].mean(axis=1)

    assert b[3] / b[0] == pytest.approx(1.00, abs=0.05)
    assert b[12] / b[0] == pytest.approx(1.65, abs=0.06)


def test_few_ever_regain_their_t_cells(one_course):
    """Calibration row 6: CD4 21 %, CD8 30 % (n=36, so ±1 standard error is 7 points)."""
    regained = (one_course.counts[1:] >= one_course.counts[0]).any(axis=0).mean(axis=1)

    assert regained[Subset.CD4] == pytest.approx(0.21, abs=0.03)
    assert regained[Subset.CD8] == pytest.approx(0.30, abs=0.03)


def test_cd4_stay_below_half_for_a_year(one_course):
    """facts, mechanism.md §2, S9."""
    share = one_course.counts[12, Subset.CD4] / one_course.counts[0, Subset.CD4]

    assert np.median(share) < 0.5


def test_the_lowest_count_comes_within_days_and_lasts_to_the_first_month(two_courses):
    cd4 = two_courses.counts[:13, Subset.CD4]

    assert np.all(two_courses.early[0, Subset.CD4] < 0.5 * cd4[0])
    assert np.median(cd4.argmin(axis=0)) == 1


def test_nk_cells_are_spared(two_courses):
    left = (two_courses.counts[1] / two_courses.counts[0]).mean(axis=1)

    assert left[Subset.NK] > 3 * left[Subset.CD4]


def test_a_second_course_goes_down_to_the_same_floor_and_not_below(two_courses):
    floor = np.asarray(draw_pools(VALUES, 1, PATIENTS).floor)

    np.testing.assert_allclose(
        two_courses.early[1, Subset.CD4], two_courses.early[0, Subset.CD4], rtol=0.02
    )
    assert np.all(two_courses.counts >= floor * 0.9999)


def test_without_drug_nobody_changes_who_returns_to_the_start():
    alike = {f"cells.{name}.regain": 1.0 for name in ("cd4", "cd8", "b", "nk", "other")}
    still = {f"{name}_log_sd": 0.0 for name in alike}
    none = Schedule.of([Course(0, 1, 1e-9, 4)])

    got = simulate_cells(VALUES | alike | still, 1, jnp.arange(64), none, 24)

    np.testing.assert_allclose(
        got.counts, np.broadcast_to(got.counts[0], got.counts.shape), rtol=2e-4
    )


def test_return_without_drug_is_the_closed_form(one_course):
    """X = S X0 - (S X0 - X1) exp(-r t) from a month when the drug is gone."""
    pools = draw_pools(VALUES, 1, PATIENTS)
    fades = np.exp(-np.asarray(pools.rate) * 36 * DAYS_A_MONTH)
    want = pools.target - (pools.target - one_course.counts[24]) * fades

    error = np.abs(one_course.counts[60] / want - 1)
    # The slowest clearance in 4096 still leaves a trace of drug at month 24.
    assert np.quantile(error, 0.999) < 1e-3


def test_a_further_course_never_leaves_more_cd4(two_courses, one_course):
    once, twice = one_course.counts[:25, Subset.CD4], two_courses.counts[:, Subset.CD4]

    assert np.all(twice <= once * 1.002)
    assert twice[13].mean() < once[13].mean() / 3


def test_a_patient_is_the_same_in_another_batch_and_order(two_courses):
    mixed = simulate_cells(VALUES, 1, PATIENTS[::-1] + 4000, LABEL, 24, (3.0, 380.0))

    # Patients 4000 to 4095 stand in both, at other places.
    np.testing.assert_allclose(
        mixed.counts[..., :3999:-1], two_courses.counts[..., 4000:], rtol=SAME
    )


def test_more_patients_than_a_block_are_the_same_patients(two_courses):
    many = simulate_cells(VALUES, 1, jnp.arange(5000), LABEL, 24)

    assert many.counts.shape == (25, 5, 5000)
    np.testing.assert_allclose(many.counts[..., :4096], two_courses.counts, rtol=SAME)
    assert int(many.failed.sum()) == 0


def test_own_schedules_equal_the_shared_one_where_they_agree(two_courses):
    start = np.stack([np.zeros(300), np.where(np.arange(300) % 2, 365.25, 500.0)])
    own = simulate_cells(VALUES, 1, jnp.arange(300), Schedule.label(VALUES, start), 24)

    same = np.arange(300) % 2 == 1
    error = np.abs(own.counts[..., same] / two_courses.counts[..., :300][..., same] - 1)
    assert np.quantile(error, 0.99) < 2e-3
    later = own.counts[14, Subset.CD4][~same]
    assert later.mean() > 3 * two_courses.counts[14, Subset.CD4][:300][~same].mean()


def test_an_absent_course_is_none(one_course):
    start = np.array([[0.0] * 300, [np.inf] * 300])
    own = simulate_cells(VALUES, 1, jnp.arange(300), Schedule.label(VALUES, start), 24)

    error = np.abs(own.counts / one_course.counts[:25, :, :300] - 1)
    assert np.quantile(error, 0.99) < 2e-3


def test_counts_can_be_differentiated_for_calibration():
    def mean_cd4(rate):
        got = simulate_cells(VALUES | {"cells.cd4.rate": rate}, 1, jnp.arange(64), LABEL, 12)
        return got.counts[12, Subset.CD4].mean()

    step = 0.002
    here = VALUES["cells.cd4.rate"]
    _, slope = jax.jvp(mean_cd4, (here,), (1.0,))
    difference = (mean_cd4(here + step) - mean_cd4(here - step)) / (2 * step)

    assert float(slope) == pytest.approx(float(difference), rel=0.02)


def test_a_patient_whose_numbers_break_is_marked_and_the_others_go_on():
    weights = jnp.array([70.0, jnp.nan, 70.0])

    got = simulate_cells(VALUES, 1, jnp.arange(3), LABEL, 12, weight_kg=weights)

    assert got.failed.tolist() == [False, True, False]
    assert np.all(np.isfinite(got.counts[..., 0]))


def test_impossible_questions_are_refused():
    with pytest.raises(UsageError, match="0 months"):
        simulate_cells(VALUES, 1, jnp.arange(3), LABEL, 0)
    with pytest.raises(UsageError, match="before the first infusion"):
        simulate_cells(VALUES, 1, jnp.arange(3), LABEL, 12, (-5.0,))
    own = Schedule.label(VALUES, np.zeros((1, 2)))
    with pytest.raises(UsageError, match="a schedule for 2 patients"):
        simulate_cells(VALUES, 1, jnp.arange(3), own, 12)


def test_who_gets_which_of_some_courses_equals_schedules_of_their_own():
    courses = [Course(0, 5, 12, 4), Course(365.25, 3, 12, 4), Course(800, 3, 12, 4)]
    given = np.array([[True] * 64, [True, False] * 32, [False, False, True, True] * 16])
    start = np.where(given, np.array([[0.0], [365.25], [800.0]]), np.inf)
    # A course that is not given leaves no hole: the later ones move up.
    own = Schedule.label(VALUES, np.sort(start, axis=0))

    months = np.arange(37) * DAYS_A_MONTH
    together, _ = states_where_given(VALUES, 1, jnp.arange(64), courses, given, months)
    apart = simulate_cells(VALUES, 1, jnp.arange(64), own, 36)

    error = np.abs(together[:, : len(Subset)] / apart.counts - 1)
    assert np.quantile(error, 0.99) < 5e-3
