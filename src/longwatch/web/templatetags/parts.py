"""Small parts of pages: icons, pills, dates in words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from longwatch.web.dates import day_words, in_order
from longwatch.web.unsigned import result_words

register = template.Library()

_DRAWN = {
    "act": '<path d="M12 3 22 21H2Z" fill="currentColor"/>'
    '<path class="ground" d="M12 9v6M12 17.2v1.6"/>',
    "late": '<circle cx="12" cy="12" r="10" fill="currentColor"/>'
    '<path class="ground" d="M12 6.5V12l4 2.5"/>',
    "due": '<rect x="3" y="5" width="18" height="16" rx="2.5" fill="currentColor"/>'
    '<path class="self" d="M7.5 2.5v5M16.5 2.5v5"/><path class="ground" d="M6 11.5h12M6 16h8"/>',
    "ok": '<circle cx="12" cy="12" r="10" fill="currentColor"/>'
    '<path class="ground" d="M7 12.5l3.4 3.4L17.2 9"/>',
    "unknown": '<circle cx="12" cy="12" r="10" fill="currentColor"/>'
    '<path class="ground" d="M9 9.3a3 3 0 1 1 4.2 2.7c-.8.4-1.2 1-1.2 2M12 17v.6"/>',
    "wait": '<circle cx="12" cy="12" r="10" fill="currentColor"/>'
    '<path class="ground" d="M7 12h.2M12 12h.2M17 12h.2"/>',
    "no": '<circle cx="12" cy="12" r="10" fill="currentColor"/>'
    '<path class="ground" d="M8.5 8.5l7 7M15.5 8.5l-7 7"/>',
}
"""A shape for each meaning: no page tells anything by color alone."""


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """A sign, hidden from screen readers: the word beside it says the same."""
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" aria-hidden="true" '
        'focusable="false">{1}</svg>',
        size,
        mark_safe(_DRAWN[name]),  # noqa: S308 (own drawings)
    )


@register.simple_tag
def pill(look: str, words: str) -> SafeString:
    """A word with its sign and color; `look`: act, late, due, ok, unknown, wait."""
    return format_html(
        '<span class="pill look-{}">{}<span>{}</span></span>', look, icon(look, 18), words
    )


@register.filter
def day(value: date | None) -> str:
    """A date with the month's name: "7 December 2026"."""
    return day_words(value) if value else ""


@register.filter
def short_day(value: date | datetime | None) -> str:
    """A date for tables: "7 Dec 2026"."""
    return in_order(value, "j M Y") if value else ""


@register.filter
def weekday(value: date | None) -> str:
    """A date with its weekday: "Monday 7 December"."""
    return in_order(value, "l j F") if value else ""


_TIERS = {
    "emergency": noop("emergency"),
    "same-day": noop("same day"),
    "48-hours": noop("within 48 hours"),
    "week": noop("this week"),
    "routine": noop("routine"),
}
_STATES = {
    "raised": noop("new"),
    "seen": noop("seen"),
    "escalated": noop("gone to the deputy"),
    "nobody-answered": noop("nobody answered"),
    "acted": noop("acted on"),
    "snoozed": noop("put off"),
    "raised-again": noop("raised again"),
    "closable": noop("normal since"),
    "value-corrected": noop("value corrected"),
    "closed": noop("closed"),
}
_PHASES = {
    "unknown": noop("unknown"),
    "before": noop("before treatment"),
    "watched": noop("being watched"),
    "over": noop("watch ended"),
}
_STANDING = {
    "not-yet": noop("not yet due"),
    "not-applicable": noop("does not apply"),
    "done-late": noop("done late"),
}
_RESULTS = {
    "preliminary": noop("not final yet"),
    "final": noop("final"),
    "corrected": noop("corrected"),
}
_CONTACTS = {
    "call": noop("call"),
    "text": noop("text message"),
    "email": noop("email"),
    "letter": noop("letter"),
    "visit": noop("visit"),
    "reached": noop("reached"),
    "left-word": noop("left word"),
    "no-answer": noop("no answer"),
    "sent": noop("sent"),
    "failed": noop("failed"),
    "bounced": noop("came back"),
}


@register.simple_tag
def tier_word(tier: str) -> str:
    """How fast somebody must act."""
    return _(_TIERS.get(tier, tier))


@register.simple_tag
def state_word(state: str) -> str:
    """Where an alert stands."""
    return _(_STATES.get(state, state))


@register.simple_tag
def phase_word(phase: str) -> str:
    """Where somebody is in the treatment."""
    return _(_PHASES.get(phase, phase))


@register.filter
def standing_word(state: str) -> str:
    """Where a test or an examination stands."""
    return _(_STANDING.get(state, state))


@register.filter
def result_state(state: str | None) -> str:
    """How sure the laboratory is of a value; nothing said counts as final."""
    word = state or "final"
    return _(_RESULTS.get(word, word))


@register.simple_tag
def contact_word(word: str) -> str:
    """By which way somebody was tried, or how it ended."""
    return _(_CONTACTS.get(word, word))


@register.filter
def late_for(since: date, today: date) -> str:
    """How late something is that has been overdue since a day."""
    days = (today - since).days + 1
    return ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}


@register.filter
def symptom_words(event: Any) -> str:
    """A reported symptom: the person's own words, else its code as words."""
    return str(event.text or (event.code or _("symptom")).replace("-", " "))


@register.simple_tag
def trend_picture(line: Any) -> SafeString:
    """The small picture beside a line of the worklist."""
    drawn: str = line.trend.picture(f"s-{line.patient.pk}")
    return mark_safe(drawn)  # noqa: S308 (own drawing)


@register.simple_tag
def inbox_picture(line: Any) -> SafeString | str:
    """The small picture beside a result of the inbox; empty without earlier results."""
    if line.trend is None or len(line.trend.points) == 1:
        return ""
    drawn: str = line.trend.picture(f"i-{line.result.pk}")
    return mark_safe(drawn)  # noqa: S308 (own drawing)


@register.filter(name="result_words")
def said_of(result: Any) -> str:
    """A result with its unit, in words."""
    return result_words(result)
