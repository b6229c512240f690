"""The number of the ambulance on the pages: the clinic's own, else its protocol's."""

from __future__ import annotations

import json

import pytest

from longwatch.store.models import Setting
from longwatch.web.clinic import Clinic, clinic

CASES = (
    ("alemtuzumab-us", "", "911", "nothing set: the number of the protocol"),
    ("alemtuzumab-eu", "", "112", "the European protocol has another one"),
    ("alemtuzumab-eu", "999", "999", "what the clinic has set comes first"),
    ("campath-bcll", "", "", "a protocol without a number: none is invented"),
)


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize(("protocol", "told", "number", "why"), CASES)
def test_the_number_is_the_clinics_or_its_protocols(protocol, told, number, why):
    said = {"clinic.protocol": protocol, "clinic.emergency-number": told}
    for key, value in said.items():
        Setting.objects.update_or_create(key=key, defaults={"value": json.dumps(value)})
    assert clinic().emergency_number == number, why


def test_without_a_number_the_words_still_say_what_to_do(monkeypatch):
    from django.template.loader import render_to_string

    from longwatch.web import clinic as module

    monkeypatch.setattr(module, "number_of_protocol", lambda: "")
    said = render_to_string("web/own/call_now.html", {"clinic": Clinic()})
    assert "Call an ambulance now." in said
    assert "tel:" not in said
