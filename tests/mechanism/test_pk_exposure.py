"""Two regimens side by side: a few days in MS, twelve weeks in B-CLL."""

import numpy as np
import pytest

from longwatch.mechanism.exposure import bcll_exposure, bcll_schedule, ms_exposure
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.schedule import Course, Schedule

VALUES = Parameters.load().values()


@pytest.fixture(scope="module")
def glasses():
    return ms_exposure(VALUES), bcll_exposure(VALUES)


def test_the_regimens_have_their_doses():
    schedule = bcll_schedule(VALUES)

    assert float((schedule.doses * schedule.mg).sum()) == 3 + 10 + 35 * 30
    assert float(schedule.doses.sum()) == 37
    week = schedule.mg[:3, 0] * schedule.doses[:3, 0]
    assert week.tolist() == [3, 10, 60]


def test_bcll_gives_many_times_the_dose_and_a_larger_exposure(glasses):
    ms, bcll = glasses

    assert bcll.dose > 15 * ms.dose
    assert bcll.area > 1.5 * ms.area
    # Elimination of the tumor takes its share: exposure grows by less than the dose.
    assert bcll.area / ms.area < bcll.dose / ms.dose


def test_saturable_elimination_keeps_the_books():
    """Mass balance: what was given is what was eliminated and what is still there."""
    schedule = Schedule.of([Course(0, 4, 30, 2, every=2)])
    got = bcll_exposure(VALUES, schedule, months=6)
    km = VALUES["pk.bcll.km"] / 1000
    rate = VALUES["pk.bcll.vmax"] * 24 / 1000 * got.concentration / (km + got.concentration)

    assert np.trapezoid(rate, got.days) == pytest.approx(120, rel=0.01)
    assert got.concentration[-1] < 1e-6


def test_a_higher_dose_is_cleared_the_slower():
    """Area per milligram rises with the dose where elimination saturates."""
    small, large = (
        bcll_exposure(VALUES, Schedule.of([Course(0, 3, mg, 2)]), months=3) for mg in (3, 30)
    )

    assert large.area / large.dose > 1.2 * small.area / small.dose
