"""Who leaves the watch soon and who has a course this week, beside the worklist."""

from __future__ import annotations

from datetime import timedelta

from tests.web.test_lists import DAY, person, undone  # noqa: F401 (a fixture)


def test_who_leaves_soon_or_has_a_course_is_named_once_and_nobody_read_under_another(undone):  # noqa: F811
    from longwatch.alerts.inbox import inbox_rules
    from longwatch.store.models import Patient
    from longwatch.web.clock import now
    from longwatch.web.morning import morning

    # Before those of the sample clinic, of whom only so many are shown.
    soon = {"phase": "watched", "ends": DAY, "course_on": DAY, "course": 3}
    stays, joined = person("Stays", **soon), person("Joined", **soon)
    later = person("Later", **(soon | dict.fromkeys(("ends", "course_on"), DAY + timedelta(400))))
    Patient.objects.filter(pk=joined.pk).update(joined_into=stays)

    shown = morning(inbox_rules(), now().replace(year=DAY.year, month=DAY.month, day=DAY.day))
    for rows in (shown.leaving, shown.courses):
        named = [row.patient.name for row in rows]
        assert named.count("Stays") == 1
        assert not {joined.name, later.name} & set(named)
