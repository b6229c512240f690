"""The morning worklist: whom to call today, in what order, and why; everybody is counted."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from longwatch.alerts.inbox import inbox_rules
from longwatch.web import places
from longwatch.web.access import may
from longwatch.web.clock import now
from longwatch.web.morning import morning
from longwatch.web.pages.contacts import contact_words


def worklist(request: HttpRequest) -> HttpResponse:
    """Most urgent first; whoever is not on it is counted, so that the numbers add up."""
    moment = now()
    rules = inbox_rules()
    this = morning(rules, moment)
    counts = this.counted.counts
    quiet = timedelta(hours=rules.feed_quiet_hours)
    context = {
        "now": moment,
        "today": moment.date(),
        "morning": this,
        "counts": counts,
        "everybody": this.counted.everybody,
        "stale": this.counted.stale(moment.date()),
        "feed_late": this.come.heard is None or moment - this.come.heard > quiet,
        "tiles": tiles(counts),
        "act": this.lines[places.ACT],
        "soon": this.lines[places.SOON],
        "overdue": this.lines[places.OVERDUE],
        "in_hand": [line for line in this.lines[places.IN_HAND] if not line.snoozed],
        "snoozed": [line for line in this.lines[places.IN_HAND] if line.snoozed],
        "in_hand_count": counts[places.IN_HAND],
        "contact_words": contact_words(),
        "decides": may(request.viewer, "desk"),  # type: ignore[attr-defined]
    }
    return render(request, "web/worklist.html", context)


def tiles(counts: dict[str, int]) -> list[tuple[str, str, int, str, str]]:
    """The counters: place, look, number, name and what it means; they add up to everybody."""
    words = (
        (places.ACT, "act", _("Act today"), _("abnormal, nobody has acted")),
        (places.OVERDUE, "late", _("Overdue"), _("a test window has closed")),
        (places.SOON, "due", _("This week"), _("findings that can wait days")),
        (places.IN_HAND, "wait", _("In hand"), _("acted on or put off, not closed")),
        (places.DUE, "due", _("Due now"), _("a test window is open")),
        (places.FINE, "ok", _("Up to date"), _("nothing to do")),
        (places.UNKNOWN, "unknown", _("Unknown"), _("facts missing or contradicting")),
        (places.BEFORE, "wait", _("Before treatment"), _("first course planned")),
        (places.LEFT, "wait", _("Left"), _("lost, refuses, moved or died")),
        (places.OVER, "ok", _("Watch ended"), _("no test is planned any more")),
    )
    return [(place, look, counts[place], name, more) for place, look, name, more in words]
