"""A form drawn once and filled in is, letter for letter, the form drawn for that person."""

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from longwatch.web.pages.contacts import contact_words
from longwatch.web.ready_forms import ready_form

NASTY = "<b>\"Platelets\" & 'more'</b>"


def opened(key, state="raised", step=3, in_hand=False):
    alert = SimpleNamespace(pk=key, state=state, step=step, subject=f"P-1 {NASTY}")
    return SimpleNamespace(alert=alert, title=f"{NASTY} {key}", in_hand=in_hand)


CASES = [
    ("alone", [opened(1)]),
    ("two are open", [opened(7), opened(8, step=0)]),
    ("one of three is in hand, one closed", [
        opened(7), opened(8, in_hand=True), opened(9, state="closed")
    ]),
    ("what decides is in hand", [opened(7, in_hand=True), opened(8)]),
]  # fmt: skip


@pytest.mark.parametrize("language", ["en-us", "es"])
@pytest.mark.parametrize("part", ["contact", "step"])
@pytest.mark.parametrize(("sentence", "alerts"), CASES, ids=[case[0] for case in CASES])
def test_the_same_form(sentence, alerts, part, language):
    person = SimpleNamespace(pk=42, reference=f"P-42 {NASTY}")
    line = SimpleNamespace(first=alerts[0], alerts=alerts, patient=person)
    with override(language):
        drawn = render_to_string(
            f"web/parts/{part}.html",
            {
                "one": alerts[0],
                "person": person,
                "others": alerts,
                "back": "worklist",
                "csrf_token": "abc",
                "contact_words": contact_words(),
            },
        )
        assert ready_form(part, line, "worklist", "abc") == drawn, sentence
