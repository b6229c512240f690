"""Forms that a page shows for many people: drawn once in each language, filled in for each.

Their words are the same for everybody, only numbers and names differ. To have the template engine
go through all the words for each of thirty people took a third of the worklist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

# Words and numbers that stand nowhere else: what is written in their place differs.
_ALERT, _PERSON, _SHOWN = 9_000_000_000_000_001, 9_000_000_000_000_002, 9_000_000_000_000_003
_TOKEN, _OTHERS = "token.of.the.page", "other.alerts"
_TITLE, _SUBJECT, _REFERENCE = "title.of.the.alert", "subject.of.the.alert", "reference.of.person"
_PLACES = (_ALERT, _PERSON, _SHOWN, _TOKEN, _OTHERS, _TITLE, _SUBJECT, _REFERENCE)
_SPLIT = re.compile("(" + "|".join(re.escape(str(place)) for place in _PLACES) + ")")


def ready_form(part: str, line: Any, back: str, token: str) -> SafeString:
    """A form of the worklist for what decides a line.

    Inputs:
        part: `contact` or `step`, a template among the parts of pages.
        line: one person with all that is open.
        back: the page that follows.
        token: against forged forms, of the page.
    """
    one, person = line.first, line.patient
    language = get_language() or ""
    pieces = _drawn(part, language, back, one.in_hand, len(line.alerts) > 1)
    with_those_in_hand = part == "step"
    values: Mapping[str, str] = {
        str(_ALERT): str(one.alert.pk),
        str(_PERSON): str(person.pk),
        str(_SHOWN): str(one.alert.step),
        _TOKEN: escape(token),
        _OTHERS: other_alerts(one, line.alerts, with_those_in_hand),
        _TITLE: escape(one.title),
        _SUBJECT: escape(one.alert.subject),
        _REFERENCE: escape(person.reference),
    }
    return mark_safe("".join(values.get(piece, piece) for piece in pieces))  # noqa: S308 (escaped)


def other_alerts(one: Any, others: Any, with_those_in_hand: bool) -> SafeString:
    """What else is open of the person, as the page showed it: a form speaks of these too."""
    return format_html_join(
        "",
        '<input type="hidden" name="with" value="{}:{}">',
        (
            (other.alert.pk, other.alert.step)
            for other in others or ()
            if other.alert.pk != one.alert.pk
            and other.alert.state != "closed"
            and (with_those_in_hand or not other.in_hand)
        ),
    )


@lru_cache(maxsize=128)
def _drawn(part: str, language: str, back: str, in_hand: bool, several: bool) -> tuple[str, ...]:
    """The form in pieces: what stands between is one of `_PLACES`."""
    from longwatch.web.pages.contacts import contact_words

    alert = SimpleNamespace(pk=_ALERT, step=_SHOWN, state="", subject=_SUBJECT)
    one = SimpleNamespace(alert=alert, title=_TITLE, in_hand=in_hand)
    context = {
        "one": one,
        "person": SimpleNamespace(pk=_PERSON, reference=_REFERENCE),
        "others": [one, one] if several else [one],
        "drawn_others": _OTHERS,
        "back": back,
        "csrf_token": _TOKEN,
        "contact_words": contact_words(),
    }
    return tuple(_SPLIT.split(render_to_string(f"web/parts/{part}.html", context)))
