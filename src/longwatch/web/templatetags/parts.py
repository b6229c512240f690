"""Small parts of pages: icons, pills, dates in words."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.template.defaultfilters import floatformat
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from longwatch.core.catalogue import catalogue
from longwatch.protocols.words_values import number_words
from longwatch.watch.words import value_words
from longwatch.web import words_of_codes
from longwatch.web.context import Way, record_ways
from longwatch.web.dates import day_words, in_order
from longwatch.web.plain import graded_words, unit_words
from longwatch.web.ready_forms import other_alerts, ready_form
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


@register.filter
def month_day(value: date | None) -> str:
    """A date of these weeks: "7 Dec"."""
    return in_order(value, "j M") if value else ""


@register.filter
def weekday_short(value: date | None) -> str:
    """The same where there is little room: "Mon 7 Dec"."""
    return in_order(value, "D j M") if value else ""


_ISO = re.compile(r"(?<![\d-])(\d{4}-\d\d-\d\d)(?![\d-])")


@register.filter
def days_in_words(text: str | None) -> str:
    """A sentence of the watch, with its dates as tables have them: "complete, 7 Dec 2026"."""
    return _ISO.sub(lambda found: _short_or_as_it_is(found.group()), str(text or ""))


def _short_or_as_it_is(iso: str) -> str:
    try:
        return in_order(date.fromisoformat(iso), "j M Y")
    except ValueError:
        return iso


@register.filter(name="unit_words")
def shown_unit(unit: str | None) -> str:
    """A unit as people write it."""
    return unit_words(number_words(0, unit).partition(" ")[2])


tier_word = register.simple_tag(words_of_codes.tier_word)
state_word = register.simple_tag(words_of_codes.state_word)
phase_word = register.simple_tag(words_of_codes.phase_word)
contact_word = register.simple_tag(words_of_codes.contact_word)
register.filter("tier_words", words_of_codes.tier_word)
register.filter("state_words", words_of_codes.state_word)
register.filter(words_of_codes.standing_word)
register.filter(words_of_codes.result_state)
register.filter(words_of_codes.role_word)
register.filter(words_of_codes.message_word)
register.filter(words_of_codes.period_word)
register.filter(words_of_codes.infusion_word)
register.filter(words_of_codes.decided_word)
register.filter(words_of_codes.entry_word)
register.filter(words_of_codes.sex_word)


@register.filter
def teller(source: str) -> str:
    """Who told what was entered by hand."""
    return source.partition("|")[0]


@register.filter
def as_reported(row: Any) -> str:
    """An earlier result: a number with its unit, or the word of a laboratory that gives none."""
    test = catalogue().tests[row["test"]]
    if test.kind != "number":
        return graded_words(value_words(test.id, row["value"], None).rpartition(" ")[2])
    unit = unit_words(value_words(test.id, 1.0, test.unit).rpartition("1 ")[2])
    return f"{row['comparator'] or ''}{floatformat(row['value'], -3)} {unit}"


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


@register.simple_tag(takes_context=True, name="ready_form")
def form_of_line(context: Any, part: str, line: Any) -> SafeString:
    """A form for what decides a line of the worklist."""
    return ready_form(part, line, context["back"], str(context["csrf_token"]))


@register.simple_tag(name="other_alerts")
def hidden_others(one: Any, others: Any, drawn: str = "", in_hand: bool = False) -> str:
    """What else is open of the person; `drawn` stands in its place where a form is drawn once."""
    return drawn or other_alerts(one, others, in_hand)


@register.simple_tag
def inbox_picture(line: Any) -> SafeString | str:
    """The small picture beside a result of the inbox; empty without earlier results."""
    if line.trend is None or len(line.trend.points) == 1:
        return ""
    drawn: str = line.trend.picture(f"i-{line.result.pk}")
    return mark_safe(drawn)  # noqa: S308 (own drawing)


@register.simple_tag(takes_context=True, name="record_ways")
def ways_of_record(context: Any, person: Any) -> list[Way]:
    """The pages of a record that whoever looks may open."""
    return record_ways(context["request"], person.pk)


@register.filter(name="result_words")
def said_of(result: Any) -> str:
    """A result with its unit, in words."""
    return result_words(result)
