"""Is one ratio enough? The score test of Grambsch and Therneau, as R's `cox.zph` computes it.

A covariate whose effect drifts with time would need a term `g(t) * x`. The test asks whether the
likelihood slopes in that direction at the coefficients found; `g` is 1 less the Kaplan-Meier curve
just before `t`, so that outlying late events do not decide.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from longwatch.endpoints.chances import chi_square_tail
from longwatch.endpoints.cox_fit import Moments, scaled_inverse
from longwatch.endpoints.timetable import Floats, Ints

SUSPECT = 0.05
"""Below this p a ratio is called into question; a convention, no finding of medicine."""
ALL_TOGETHER = "all together"


def before_each(risk: Floats, died: Ints) -> Floats:
    """Kaplan-Meier just before each day of an event.

    >>> before_each(np.array([4.0, 2.0]), np.array([1, 2])).tolist()
    [1.0, 0.75]
    """
    after = np.cumprod(1.0 - died / risk)
    return np.append(1.0, after)[:-1]


def drift_tests(
    moments: Moments, covariates: Sequence[str]
) -> list[tuple[str, float | None, int, float | None]]:
    """For each covariate and for all together: name, chi-square, degrees of freedom, p.

    Inputs:
        moments: of `cox_fit.moments`, at the coefficients found.
        covariates: to which covariate each term belongs; the levels of one are tested together.

    Returns:
        None for a chi-square that nothing supports (one day of events has no drift).

    Source: Grambsch and Therneau 1994; cox.zph of survival 3.
    """
    g = 1.0 - before_each(moments.at_risk, moments.died)
    # Centered: the same test, without loss of digits.
    g = g - np.average(g, weights=moments.died)
    slope = g @ moments.residual
    by_time, plain = np.tensordot(g, moments.spread, 1), moments.spread.sum(axis=0)
    squared = np.tensordot(g**2, moments.spread, 1)
    names = list(dict.fromkeys(covariates))
    found: list[tuple[str, float | None, int, float | None]] = []
    wanted = [(name, np.array([one == name for one in covariates])) for name in names]
    if len(names) > 1:
        wanted.append((ALL_TOGETHER, np.ones(len(covariates), bool)))
    for name, mine in wanted:
        known = by_time[mine] @ scaled_inverse(plain) @ by_time[mine].T
        left = squared[np.ix_(mine, mine)] - known
        df = int(mine.sum())
        if not (np.diag(left) > _ROUNDING * np.diag(squared)[mine]).all():
            found.append((name, None, df, None))
            continue
        chi = float(slope[mine] @ scaled_inverse(left) @ slope[mine])
        found.append((name, chi, df, chi_square_tail(chi, df)))
    return found


_ROUNDING = 1e-10
"""Of the information about a drift: below this share nothing of it is left."""
