"""Images, drop-out, and further courses by the rule of the extension."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.mechanism.disease import (
    PATIENTS,
    VALUES,
    YEAR,
    N,
    alemtuzumab,
    subjects,
    untreated,
    values,
)

from longwatch.mechanism.dropout import dropout_days
from longwatch.mechanism.imaging import gadolinium, gadolinium_at_entry, new_t2_lesions
from longwatch.mechanism.relapses import Therapy, relapses_of
from longwatch.mechanism.retreatment import another_course, simulate_long_term

YEARS = 4
LONG_TERM = jax.jit(simulate_long_term, static_argnums=2)
FEW = jnp.arange(4_000, dtype=jnp.uint32)


def test_lesions_at_entry_have_the_published_mean_and_spread():
    lesions = np.asarray(gadolinium_at_entry(VALUES, 1, PATIENTS))

    assert lesions.mean() == pytest.approx(2.3, abs=0.15)
    assert lesions.std() == pytest.approx(5.0, abs=0.4)


def test_new_lesions_follow_the_integrated_hazard():
    using = values(imaging__t2_forming=0.0)
    growth = jnp.full((2, N), 0.5)
    lesions = np.asarray(new_t2_lesions(using, 1, PATIENTS, growth))
    mean = 0.5 * using["imaging.t2_a_year"]

    np.testing.assert_allclose(lesions.mean(axis=1), mean, rtol=0.04)
    assert (lesions[0] == 0).mean() == pytest.approx(np.exp(-mean), abs=0.015)
    assert abs(np.corrcoef(lesions)[0, 1]) < 0.03


def test_lesions_that_were_forming_show_on_the_first_image_only():
    using = values(imaging__t2_forming=0.3)
    lesions = np.asarray(new_t2_lesions(using, 1, PATIENTS, jnp.zeros((2, N))))

    assert lesions[0].mean() == pytest.approx(0.3, abs=0.015)
    assert lesions[1].sum() == 0


def test_enhancing_lesions_follow_the_rate_at_the_image():
    rates = jnp.stack([jnp.zeros(N), jnp.full(N, 0.5)])
    lesions = np.asarray(gadolinium(VALUES, 1, PATIENTS, rates))

    assert lesions[0].sum() == 0
    assert lesions[1].mean() == pytest.approx(
        0.5 * VALUES["imaging.gadolinium_untreated"], rel=0.05
    )


def test_people_leave_at_a_constant_rate_and_nobody_at_rate_zero():
    days = np.asarray(dropout_days(1, PATIENTS, VALUES["dropout.interferon"]))

    assert (days > 2 * YEAR).mean() == pytest.approx(172 / 187, abs=0.015)
    assert np.isinf(dropout_days(1, PATIENTS, 0.0)).all()


def long_term(using, therapy):
    return LONG_TERM(subjects("care_ms_2", using, FEW, seed=1), therapy, YEARS)


def test_nobody_is_treated_again_when_courses_are_never_accepted():
    """And year by year gives the relapses that all years at once give."""
    never = values(retreatment__accepted=0.0)
    two = alemtuzumab(FEW.size)
    got = long_term(never, two)
    simulate = jax.jit(relapses_of, static_argnums=(2, 3))
    plain = simulate(subjects("care_ms_2", never, FEW, seed=1), two, YEARS * 12, 40)

    assert np.isinf(got.therapy.courses[2:]).all()
    np.testing.assert_allclose(got.relapses.hazard, plain.hazard, rtol=1e-4)
    both = np.isfinite(got.relapses.days) & np.isfinite(plain.days)
    assert (np.isfinite(got.relapses.days) != np.isfinite(plain.days)).mean() < 1e-4
    np.testing.assert_allclose(
        np.asarray(got.relapses.days)[both], np.asarray(plain.days)[both], rtol=1e-3
    )


def test_a_further_course_has_its_reason_and_lowers_what_comes_after():
    always, never = values(retreatment__accepted=1.0), values(retreatment__accepted=0.0)
    two = alemtuzumab(FEW.size)
    got, without = long_term(always, two), long_term(never, two)
    third = np.asarray(got.therapy.courses[-1])
    given = np.isfinite(third)

    assert 0.05 < given.mean() < 0.6
    assert np.all(third[given] == 3 * YEAR)
    after = np.asarray(got.relapses.hazard[-1] - got.relapses.hazard[-25])
    usual = np.asarray(without.relapses.hazard[-1] - without.relapses.hazard[-25])
    assert after[given].mean() < usual[given].mean()
    early = np.asarray(without.relapses.days) < 2 * YEAR
    np.testing.assert_allclose(
        np.asarray(got.relapses.days)[early], np.asarray(without.relapses.days)[early]
    )


def test_people_who_were_never_treated_are_not_treated_again():
    got = long_term(values(retreatment__accepted=1.0), untreated(FEW.size))

    assert np.isinf(got.therapy.courses).all()


def test_after_a_single_course_the_first_visit_is_at_the_end_of_year_two():
    none = jnp.zeros(FEW.size)
    one = Therapy(jnp.stack([none, none + jnp.inf]), none)
    courses = np.asarray(long_term(values(retreatment__accepted=1.0), one).therapy.courses)
    given = np.isfinite(courses)

    assert np.all(courses[0] == 0)
    assert not given[1].any()
    assert given[2].mean() > 0.05
    assert np.all(courses[2:][given[2:]] >= 2 * YEAR)


@pytest.mark.parametrize(
    ("day", "last", "relapses", "lesions", "allowed"),
    [
        (800.0, 365.0, 1, 0, True),
        (800.0, 365.0, 0, 0, False),
        (800.0, 365.0, 0, 1, False),
        (800.0, 365.0, 0, 2, True),
        (600.0, 365.0, 1, 5, False),
        (800.0, np.inf, 1, 5, False),
    ],
)
def test_the_rule_of_the_extension(day, last, relapses, lesions, allowed):
    got = another_course(
        VALUES, day, jnp.array([last]), jnp.array([relapses]), jnp.array([float(lesions)])
    )

    assert bool(got[0]) is allowed


def test_a_course_follows_a_relapse_after_the_latest_one_and_no_earlier_relapse():
    only_relapses = values(retreatment__accepted=1.0, retreatment__lesions=20.0)
    none = jnp.zeros(FEW.size)
    got = long_term(only_relapses, Therapy(jnp.stack([none, none + YEAR + 40.0]), none))
    days, courses = np.asarray(got.relapses.days), np.asarray(got.therapy.courses)
    since = (days > YEAR + 40.0) & (days <= 3 * YEAR)
    before = (days <= YEAR + 40.0).any(axis=0)

    # A year is not over at the second visit, so the third is the first that can give one.
    assert not np.isfinite(courses[2]).any()
    given = np.isfinite(courses[3])
    assert given[since.any(axis=0)].all()
    # So many lesions as 20 without a relapse are rare.
    assert given[before & ~since.any(axis=0)].mean() < 0.02
