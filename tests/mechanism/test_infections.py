"""Infections, infusion reactions and the diary come as often as reported."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from longwatch.mechanism.diary import diary
from longwatch.mechanism.infections import KINDS, infections
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.reactions import SYMPTOMS, reactions

VALUES = Parameters.load().values()
N = 20_000
IDS = jnp.arange(N)
COURSES = jnp.array([[0.0], [371.0]])


_infections = jax.jit(functools.partial(infections, seed=5, weeks=105, most=24))
_reactions_of = jax.jit(functools.partial(reactions, seed=5))


@functools.cache
def _two_years(treated=True, antiviral=1.0, diet=1.0, **changed):
    values = {**VALUES, **{f"infections.{name}": value for name, value in changed.items()}}
    courses = COURSES if treated else jnp.full((2, 1), jnp.inf)
    return _infections(values, patients=IDS, courses=courses, antiviral=antiviral, diet=diet)


def _share(found, low, high):
    days = np.asarray(found.any)
    return np.mean(np.any((days >= low) & (days < high), axis=0))


@pytest.mark.parametrize(
    ("treated", "low", "high", "reported"),
    [
        (False, 0, 365, 0.413), (False, 365, 730, 0.377), (False, 0, 730, 0.53),
        (True, 0, 365, 0.587), (True, 371, 736, 0.526), (True, 0, 730, 0.71),
    ],
)  # fmt: skip
def test_infections_are_as_frequent_as_in_the_trials(treated, low, high, reported):
    """mechanism.md §5 (S20, S17); the six numbers do not fit together better than by 0.025."""
    assert _share(_two_years(treated), low, high) == pytest.approx(reported, abs=0.025)


def test_infections_of_a_person_are_in_order():
    days = np.asarray(_two_years().any)
    later = np.isfinite(days[1:])

    assert np.all(days[1:][later] > days[:-1][later])


def test_serious_infections_are_as_rare_as_reported():
    found = _two_years()
    serious = np.any(np.isfinite(found.any) & np.asarray(found.serious), axis=0)

    assert 0.02 <= np.mean(serious) <= 0.045


def test_the_antiviral_prevents_herpes_after_a_course_and_changes_nothing_else():
    with_it, without = _two_years(), _two_years(antiviral=0.0)
    month = np.asarray(with_it.herpes[:2])
    other = np.asarray(without.herpes[:2])

    assert np.mean(np.isfinite(other[0])) == pytest.approx(0.03, abs=0.005)
    assert np.mean(np.isfinite(month[0])) == pytest.approx(0.006, abs=0.002)
    assert np.all(np.isfinite(other) | ~np.isfinite(month))
    np.testing.assert_array_equal(with_it.any, without.any)
    np.testing.assert_array_equal(with_it.herpes[2], without.herpes[2])


def test_kinds_of_infections_are_as_frequent_among_them_as_the_label_tells():
    found = _two_years()
    there = np.isfinite(found.any)
    kind = np.asarray(found.kind)[there]
    weight = np.array([VALUES[f"infections.{name}"] for name in KINDS])

    share = np.bincount(kind, minlength=len(KINDS)) / len(kind)
    assert share == pytest.approx(weight / weight.sum(), abs=0.015)
    assert np.mean(np.asarray(found.fever)[there]) == pytest.approx(0.3, abs=0.015)


def test_herpes_in_two_years_is_as_frequent_as_reported():
    def share(found):
        return np.mean(np.any(np.asarray(found.herpes) <= 730, axis=0))

    assert share(_two_years()) == pytest.approx(0.16, abs=0.02)
    assert share(_two_years(treated=False)) == pytest.approx(0.03, abs=0.006)


def test_listeria_is_early_rare_and_rarer_with_the_diet():
    careless, careful = (_two_years(diet=diet, listeria=0.5) for diet in (0.0, 1.0))
    since = np.asarray(careless.listeria[0])
    ill = since[np.isfinite(since)]

    assert np.mean(ill <= 30) == pytest.approx(0.8, abs=0.02)
    assert ill.min() >= 3
    assert ill.max() <= 245
    ratio = np.mean(np.isfinite(careful.listeria)) / np.mean(np.isfinite(careless.listeria))
    assert ratio == pytest.approx(0.3, abs=0.02)


@functools.cache
def _reactions(premedicated=1.0):
    return _reactions_of(
        VALUES,
        patients=IDS,
        courses=COURSES,
        infusions=jnp.array([5, 3]),
        premedicated=premedicated,
    )


def test_reactions_are_as_frequent_as_reported():
    found = _reactions()

    assert np.mean(found.any, axis=1) == pytest.approx([0.847, 0.688], abs=0.01)
    assert np.mean(found.serious, axis=1) == pytest.approx([0.02, 0.01], abs=0.003)


def test_reactions_come_on_the_first_days_and_on_days_with_an_infusion():
    found = _reactions()
    day = np.asarray(found.day)

    assert np.mean(day[0] == 1) == pytest.approx(0.5, abs=0.015)
    assert day[0].max() == 5
    assert day[1].max() == 3


def test_symptoms_have_their_share_over_both_courses():
    found = np.asarray(_reactions().symptoms)
    ever = np.mean(np.any(found, axis=0), axis=1)

    expected = [VALUES[f"reactions.{name}"] for name in SYMPTOMS]
    assert ever == pytest.approx(expected, abs=0.012)
    assert not np.any(found & ~np.asarray(_reactions().any)[:, None])


def test_without_the_steroid_serious_reactions_are_more_frequent_and_no_other_decision_changes():
    with_it, without = _reactions(), _reactions(0.0)

    ratio = np.mean(without.serious) / np.mean(with_it.serious)
    assert ratio == pytest.approx(2.5, abs=0.3)
    assert np.all(np.asarray(without.serious) >= np.asarray(with_it.serious))
    np.testing.assert_array_equal(with_it.day, without.day)


def test_the_diary_tells_of_uplift_then_fatigue_and_of_rash_for_two_months():
    days = jnp.array([5.0, 20.0, 60.0, 200.0, 365.0])
    found = jax.jit(functools.partial(diary, VALUES, 5))(IDS, COURSES[:1], days)
    fatigue = np.mean(found.fatigue, axis=1)
    rash = np.mean(np.asarray(found.rash) > 0, axis=1)

    assert fatigue[0] < VALUES["diary.before"]
    assert fatigue[1] > fatigue[2] > fatigue[3] > fatigue[4]
    assert rash[0] == pytest.approx(0.53, abs=0.02)
    assert rash[2] == pytest.approx(0.53 / 2, abs=0.03)
    assert rash[3] < 0.02
