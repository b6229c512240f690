"""Low lymphocytes that the treatment explains: within the band expected after a person's infusions.

They are what the medicine does, and every person treated has them for months. A result below the
band, without infusions, or one that a rule found, is never called expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from longwatch.core.catalogue import catalogue
from longwatch.core.status import InfusionStatus
from longwatch.mechanism.expected_curve import TOTAL, expected_curve
from longwatch.store.merging import with_those_under
from longwatch.store.models import Infusion, Result
from longwatch.web.dates import in_order

_GIGA = 1000.0
"""Cells per microliter in 10⁹ per liter."""


def expected_low(results: Sequence[Result]) -> dict[int, str]:
    """Those low results that are as low as expected, with the words that say so.

    Inputs:
        results: low for their usual range, and nothing else is the matter with them.

    Returns:
        By key of the result; what is not there must be looked at.
    """
    unit = catalogue().tests[TOTAL].unit
    counts = [
        one
        for one in results
        if one.test == TOTAL and one.unit == unit and one.value is not None and not one.comparator
    ]
    if not counts:
        return {}
    given = _infusions({one.patient_id for one in counts})
    found = {}
    for one in counts:
        before = [day for day in given.get(one.patient_id, ()) if day < one.date]
        assert one.value is not None
        if before and one.value * _GIGA >= _lowest(before, one.date):
            words = _("low, as expected after the infusion of %(day)s")
            found[one.pk] = words % {"day": in_order(before[-1], "j M Y")}
    return found


def _lowest(infusions: Sequence[date], day: date) -> float:
    """Lower end of the band that holds 90 % of people, in cells per microliter."""
    return float(expected_curve(infusions, [day]).subsets[TOTAL].low[0])


def _infusions(people: set[int]) -> dict[int, list[date]]:
    """Days of the infusions given, oldest first, by key of the person."""
    whose = {one.pk: one.joined_into_id or one.pk for one in with_those_under(list(people))}
    rows = (
        Infusion.objects.filter(patient__in=list(whose), gone=False, superseded_by=None)
        .filter(Q(status=None) | Q(status=InfusionStatus.GIVEN))
        .order_by("date")
    )
    found: dict[int, list[date]] = {}
    for patient, day in rows.values_list("patient_id", "date"):
        found.setdefault(whose[patient], []).append(day)
    return found
