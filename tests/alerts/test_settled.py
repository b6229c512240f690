"""An alert stands open, and all that its rule still finds was closed by a person before."""

from __future__ import annotations

from datetime import date

import tests.django_once  # noqa: F401 (before anything of the store)


def test_a_corrected_value_that_leaves_only_what_was_closed_is_told_as_corrected():
    from longwatch.alerts.judging import Finding, Judged
    from longwatch.alerts.life import lived
    from longwatch.alerts.reconcile import Known, reconcile
    from longwatch.store.models import Alert

    day = date(2026, 1, 2)

    def known(value, states):
        alert = Alert(kind="finding", rule="PLT-2", tier="same-day", episode=f"{day}")
        return Known(alert, lived(states), frozenset({f"{day}={value}"}))

    closed = known(80, ["raised", "acted", "closed"])
    standing = known(60, ["raised"])
    left = Finding("PLT-2", "same-day", day, "platelets", 80.0, False, False, False, 1)
    (step,) = reconcile(Judged((left,), (), {}), [closed, standing], date(2025, 1, 1))
    assert (step.state, step.known) == ("value-corrected", standing)
