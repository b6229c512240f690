"""Diseases reach the laboratory values at the speed that the facts give, and only after onset."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from longwatch.mechanism.autoimmunity import CONDITIONS, Onsets, Thyroid
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.platelets import immune_thrombocytopenia, untreated_path
from longwatch.mechanism.tissue import tissue

VALUES = Parameters.load().values()
N = 400
IDS = jnp.arange(N)
DAILY = jnp.broadcast_to(jnp.arange(0.0, 600.0, 3.0)[:, None], (200, N))
NEVER_SEEN = jnp.zeros((200, N), bool)
ONSET = 99.0


def _onsets(condition=None, thyroid=Thyroid.GRAVES, anti_gbm=True):
    day = jnp.full((len(CONDITIONS), N), jnp.inf)
    if condition:
        day = day.at[CONDITIONS.index(condition)].set(ONSET)
    return Onsets(day, jnp.full(N, int(thyroid)), jnp.full(N, anti_gbm))


@jax.jit
def _run(onsets, attended):
    return tissue(VALUES, 11, IDS, onsets, jnp.full(N, 245.0), DAILY, attended)


def _after(field, days):
    return np.asarray(field)[np.searchsorted(np.arange(0.0, 600.0, 3.0), ONSET + days)]


def test_without_a_disease_nothing_changes():
    effects = _run(_onsets(), ~NEVER_SEEN)

    for name in effects._fields[:9]:
        np.testing.assert_allclose(getattr(effects, name), 1.0, rtol=1e-6, err_msg=name)
    assert not np.any(effects.hematuria)
    assert not np.any(effects.proteinuria)
    assert not np.any(np.isfinite(effects.itp.treated))


def test_the_path_of_platelets_solves_its_equation():
    doubling, strength = jnp.array([7.0, 14.0]), jnp.array([30.0, 80.0])
    path = np.asarray(untreated_path(VALUES, doubling, strength), float)
    start, life = VALUES["tissue.titre_at_onset"], VALUES["tissue.platelet_life"]

    for row, (days, strong) in enumerate(zip(doubling.tolist(), strength.tolist(), strict=True)):

        def slope(t, p, days=days, strong=strong):
            rate = np.log(2) / (days * (1 - start))
            titre = 1 / (1 + (1 - start) / start * np.exp(-rate * t))
            return (1 - (1 + strong * titre) * p) / life

        exact = solve_ivp(
            slope, (0, 240), [1.0], method="LSODA", t_eval=np.arange(241), rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(path[:, row], exact.y[0], atol=2e-3)


def test_platelets_pass_from_100_to_20_within_weeks():
    """mechanism.md §6: 16 to 33 days for doublings of 7 to 14 days; the turnover adds some."""
    effects = _run(_onsets("itp"), NEVER_SEEN)
    path = untreated_path(
        VALUES, jnp.linspace(7.0, 14.0, N), jnp.full(N, VALUES["tissue.itp_strength"])
    )
    counts = 245.0 * np.asarray(path)

    window = np.argmax(counts < 20, axis=0) - np.argmax(counts < 100, axis=0)

    assert window.min() >= 7
    assert window.max() <= 45
    assert np.all(np.asarray(effects.platelets)[:34] == 1.0)


def test_a_visit_that_shows_the_fall_ends_it():
    unseen = _run(_onsets("itp"), NEVER_SEEN)
    seen = _run(_onsets("itp"), ~NEVER_SEEN)

    assert np.mean(np.asarray(seen.platelets).min(0)) > np.mean(np.asarray(unseen.platelets).min(0))
    assert np.all(np.asarray(seen.itp.treated) <= np.asarray(unseen.itp.treated))
    np.testing.assert_allclose(np.asarray(seen.platelets)[-1], 1.0, atol=0.01)


def test_bleeding_is_seen_before_treatment_or_not_at_all():
    effects = _run(_onsets("itp"), NEVER_SEEN)
    bleeding, treated = np.asarray(effects.itp.bleeding), np.asarray(effects.itp.treated)
    seen = np.isfinite(bleeding)

    assert np.all(bleeding[seen] < treated[seen])
    assert 0.4 < np.mean(seen) < 0.7


def test_a_treated_count_does_not_depend_on_the_day_numbers():
    """The same visits a year later give the same path: only the time since the onset counts."""
    args = (jnp.full(N, 9.0), jnp.full(N, 40.0), jnp.full(N, 250.0))
    run = jax.jit(functools.partial(immune_thrombocytopenia, VALUES))
    early = run(jnp.full(N, 99.0), *args, DAILY, ~NEVER_SEEN, jnp.full(N, 0.9))
    late = run(jnp.full(N, 399.0), *args, DAILY + 300.0, ~NEVER_SEEN, jnp.full(N, 0.9))

    np.testing.assert_allclose(early.factor, late.factor, rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "sign"), [(Thyroid.GRAVES, -1), (Thyroid.HASHIMOTO, 1)], ids=lambda part: str(part)
)
def test_thyrotropin_moves_within_4_to_8_weeks(kind, sign):
    effects = _run(_onsets("thyroid", thyroid=kind), NEVER_SEEN)
    tsh = sign * np.log(np.asarray(effects.tsh))

    assert np.all(_after(tsh, 0) < 0.05)
    assert np.all(_after(tsh, 57) > 0.97 * _after(tsh, 100))
    assert np.all(_after(tsh, 12) < 0.55 * _after(tsh, 100))
    assert np.all(sign * np.log(np.asarray(effects.free_t4))[100] < 0)


def test_fluctuating_disease_goes_both_ways():
    tsh = np.asarray(_run(_onsets("thyroid", thyroid=Thyroid.FLUCTUATING), NEVER_SEEN).tsh)

    assert np.all(tsh.min(0) < 0.5)
    assert np.all(tsh.max(0) > 1.5)


def test_a_thyroiditis_ends():
    tsh = np.log(np.asarray(_run(_onsets("thyroid", thyroid=Thyroid.THYROIDITIS), NEVER_SEEN).tsh))

    assert np.all(tsh.min(0) < -0.5)
    assert np.all(tsh.max(0) > 0.5)
    np.testing.assert_allclose(tsh[-1], 0.0, atol=0.05)


def test_blood_in_urine_leads_creatinine():
    """mechanism.md §9: doubling in 3 to 6 days, blood in urine up to two weeks before."""
    effects = _run(_onsets("nephropathy"), NEVER_SEEN)
    creatinine, blood = np.asarray(effects.creatinine), np.asarray(effects.hematuria)

    assert np.all(_after(creatinine, 3) < 1.05)
    assert np.all(_after(blood, 15) > 0.95)
    assert np.all(_after(creatinine, 33) > 6.0)
    assert np.all(creatinine.max(0) <= VALUES["tissue.creatinine_most"] * 1.001)


def test_membranous_disease_spares_creatinine():
    effects = _run(_onsets("nephropathy", anti_gbm=False), NEVER_SEEN)

    assert np.all(np.asarray(effects.creatinine) < 1.3)
    assert np.all(np.asarray(effects.proteinuria).max(0) > 0.4)


@pytest.mark.parametrize(
    ("condition", "field", "rises"),
    [("hepatitis", "alt", True), ("hemolytic_anemia", "hemoglobin", False)],
)
def test_other_diseases_come_and_are_treated(condition, field, rises):
    factor = np.asarray(getattr(_run(_onsets(condition), NEVER_SEEN), field))

    worst = factor.max() if rises else factor.min()
    assert worst > 10 if rises else worst < 0.6
    np.testing.assert_allclose(factor[-1], 1.0, atol=0.02)


@pytest.mark.parametrize(
    "condition", ["thyroid", "nephropathy", "hepatitis", "hemolytic_anemia", "pancytopenia"]
)
def test_a_draw_finds_a_disease_before_it_is_felt(condition):
    """Half of the full disease shows; the mildest thyroid disease never reaches it."""
    row = CONDITIONS.index(condition)
    unseen, seen = _run(_onsets(condition), NEVER_SEEN), _run(_onsets(condition), ~NEVER_SEEN)

    assert np.all(np.asarray(unseen.felt)[row])
    assert np.mean(np.asarray(seen.felt)[row]) < 0.02
    earlier = np.asarray(seen.found)[row] < np.asarray(unseen.found)[row]
    np.testing.assert_array_equal(earlier, ~np.asarray(seen.felt)[row])
    assert np.all(np.asarray(seen.found)[row] > ONSET)


def test_nobody_is_diagnosed_without_a_disease():
    effects = _run(_onsets(), ~NEVER_SEEN)

    assert not np.any(np.isfinite(effects.found))
    assert not np.any(effects.felt)
