"""Small parts of pages: icons, pills, dates in words."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

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
    return "" if value is None else str(formats.date_format(value, "j F Y"))


@register.filter
def short_day(value: date | datetime | None) -> str:
    """A date for tables: "7 Dec 2026"."""
    return "" if value is None else str(formats.date_format(value, "j M Y"))


@register.filter
def weekday(value: date | None) -> str:
    """A date with its weekday: "Monday 7 December"."""
    return "" if value is None else str(formats.date_format(value, "l j F"))
