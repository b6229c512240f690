"""Each alert says why: result, message, rule, source, values compared, who did what when."""

import json

import pytest

from longwatch.core.errors import UsageError


@pytest.fixture
def told(ward):
    from longwatch.alerts.acting import act, see
    from longwatch.alerts.explaining import explain_alert

    ward.send("15")
    alert = next(a for a in ward.alerts() if a.rule == "PLT-1")
    ann = ward.user("ann")
    ward.wait(minutes=5)
    see(alert.pk, ann, ward.now, ward.clinic)
    act(alert.pk, ann, ward.now, ward.clinic, "ambulance called")
    return explain_alert(alert.pk, ward.clinic)


def test_from_the_alert_to_the_bytes_of_the_message(told):
    from longwatch.store.models import Message

    (result,) = told["results"]
    assert (result["value"], result["status"]) == ("platelets 15 10*9/L", "final")
    message = Message.objects.get(pk=result["message"]["id"])
    assert b"||15|10*9/L" in bytes(message.raw)
    assert result["message"]["sender"] == "LIS/LAB"


def test_rule_source_and_the_values_compared(told):
    assert told["alert"]["rule"] == "PLT-1"
    assert told["found"]["source"].startswith("American Society of Hematology 2019")
    assert told["compared_with"] == ["2025-06-30: < 20"]
    assert (told["alert"]["protocol"], told["alert"]["version"]) == ("alemtuzumab-us", "2026.1")


def test_who_did_what_when(told):
    history = [(step["state"], step["by"], step["note"]) for step in told["history"]]
    assert history == [
        ("raised", None, None),
        ("seen", "ann", None),
        ("acted", "ann", "ambulance called"),
    ]
    assert told["history"][1]["at"] == "2025-07-01T08:05:00+00:00"


def test_it_is_plain_data_and_can_be_read(told):
    from longwatch.alerts.explaining import as_text

    json.dumps(told)
    text = as_text(told)
    assert "result 2025-06-30: platelets 15 10*9/L (final), message 1 LIS/LAB" in text
    assert "2025-07-01 08:05 UTC acted (ann): ambulance called" in text


def test_there_is_no_such_alert(ward):
    from longwatch.alerts.explaining import explain_alert

    with pytest.raises(UsageError, match="no such alert"):
        explain_alert(7, ward.clinic)
