"""Courses of infusions: what is given when, and which schedules are refused."""

import numpy as np
import pytest

from longwatch.core.errors import UsageError
from longwatch.mechanism.grid import make_grid
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.schedule import Course, Schedule

TWO = [Course(0, 5, 12, 4), Course(365.25, 3, 12, 4)]


def test_the_label_gives_five_infusions_and_then_three():
    schedule = Schedule.label(Parameters.load().values(), [0, 365.25, 800])

    assert schedule.doses[:, 0].tolist() == [5, 3, 3]
    assert set(schedule.mg.ravel()) == {12}


def test_infusions_run_at_their_hours_and_not_between():
    hours = np.array([[0.01], [0.16], [0.17], [1.1], [4.1], [5.05], [365.3], [368.3]])

    rate = Schedule.of(TWO).rate(hours)[:, 0]

    assert (rate > 0).tolist() == [True, True, False, True, True, False, True, False]
    assert rate[0] == pytest.approx(12 * 24 / 4)


def test_days_between_infusions_are_kept():
    schedule = Schedule.of([Course(0, 3, 10, 2, every=2)])

    given = schedule.rate(np.array([[0.01], [1.01], [2.01], [4.01], [6.01]]))[:, 0] > 0

    assert given.tolist() == [True, False, True, True, False]


@pytest.mark.parametrize("level", [0.25, 1, 3])
def test_the_steps_give_every_milligram_and_land_on_every_mark(level):
    marks = np.arange(25) * 30.4375
    grid = make_grid(Schedule.of(TWO), marks, level)
    passed = np.concatenate([[0.0], np.cumsum(grid.h[:, 0], dtype=float)])

    assert float((grid.h * grid.rate).sum(dtype=float)) == pytest.approx(8 * 12, rel=1e-5)
    np.testing.assert_allclose(passed[grid.ends[:, 0]], marks, atol=1e-3)


def test_own_schedules_give_every_milligram_to_each():
    start = np.array([[0, 0, 0], [365.25, 400.5, np.inf], [np.inf, 700.0, np.inf]])
    marks = np.arange(37) * 30.4375
    grid = make_grid(Schedule.label(Parameters.load().values(), start), marks)
    passed = np.concatenate([np.zeros((1, 3)), np.cumsum(grid.h, axis=0, dtype=float)])

    assert (grid.h * grid.rate).sum(axis=0, dtype=float) == pytest.approx([96, 132, 60], rel=1e-4)
    reached = np.take_along_axis(passed, grid.ends, axis=0)
    np.testing.assert_allclose(reached, np.broadcast_to(marks[:, None], reached.shape), atol=2e-3)


@pytest.mark.parametrize(
    ("courses", "words"),
    [
        ([], "there is no course"),
        ([Course(10, 5, 12, 4), Course(0, 3, 12, 4)], "before the one above"),
        ([Course(0, 0, 12, 4)], "positive"),
        ([Course(0, 5, -12, 4)], "positive"),
        ([Course(0, 5, 12, 30)], "longer than"),
        ([Course(float("nan"), 5, 12, 4)], "has no day"),
    ],
)
def test_an_impossible_schedule_is_refused_with_the_reason(courses, words):
    with pytest.raises(UsageError, match=words):
        Schedule.of(courses)
