"""`longwatch clinic`: the same settings as the page, from the command line."""

from __future__ import annotations

import json

import pytest

from longwatch.core.errors import UsageError


def test_what_is_set_is_shown_and_stands_for_all(clinic, capsys, monkeypatch):
    from longwatch.cli import clinic_work
    from longwatch.store.clinic_facts import clinic_facts
    from longwatch.store.models import Setting

    monkeypatch.setattr(clinic_work, "open_store", lambda database: None)
    clinic_work.set_values(["clinic.zone=Europe/Oslo"], "olsen", "we moved", None, json=True)
    assert json.loads(capsys.readouterr().out) == {"changed": ["clinic.zone"]}
    clinic_work.show_all(None, json=True)
    assert json.loads(capsys.readouterr().out) == clinic_facts()
    Setting.objects.filter(key="clinic.zone").delete()


@pytest.mark.parametrize(
    ("words", "by"),
    [("clinic.zone", "olsen"), ("clinic.zone=Mars/X", "olsen"), ("clinic.zone=UTC", "priya"),
     ("clinic.hours={", "olsen"), ("color=red", "olsen"), ("clinic.protocol=none", "olsen")],
)  # fmt: skip
def test_what_cannot_be_is_refused(words, by, clinic, monkeypatch):
    from longwatch.cli import clinic_work
    from longwatch.core.errors import LongwatchError

    monkeypatch.setattr(clinic_work, "open_store", lambda database: None)
    with pytest.raises(LongwatchError):
        clinic_work.set_values([words], by, "x", None, json=False)


def test_a_zone_on_the_command_line_cannot_contradict_the_clinic(clinic):
    from zoneinfo import ZoneInfo

    from longwatch.store.clinic_facts import ZONE, clinic_zone
    from longwatch.store.models import Setting

    Setting.objects.create(key=ZONE, value='"Europe/Oslo"')
    try:
        assert str(clinic_zone(ZoneInfo("UTC"))) == "Europe/Oslo"
        with pytest.raises(UsageError):
            clinic_zone(ZoneInfo("UTC"), "America/Chicago")
    finally:
        Setting.objects.filter(key=ZONE).delete()
