"""Results that arrive wait until somebody signs them off; a correction comes back."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from tests.web.test_lists import DAY, text_of, undone  # noqa: F401 (fixture)


@pytest.fixture
def arrive(undone, key):  # noqa: F811
    """A result of N1018 comes in, and the alerts look at her."""
    from datetime import UTC

    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.evaluate import evaluate
    from longwatch.alerts.inbox import sign_off
    from longwatch.store.models import Result
    from longwatch.web.clock import now

    sign_off(waiting(), by="priya", at=now(), with_others=True)

    def one(value, test="platelets", unit="10*9/L", day=DAY, evaluated=True, **rest):
        limits = {"low": 150.0, "high": 400.0}
        made = Result.objects.create(
            patient_id=key("N1018"), date=day, test=test, value=value, unit=unit, filed_at=now(),
            digest=f"{test}{value}{day}{sorted(rest.items())}", **limits | rest,
        )  # fmt: skip
        if evaluated:
            evaluate(["N1018"], now(), read_clinic(UTC), engine="python")
        return made

    return one


def waiting():
    from longwatch.store.models import InboxItem

    return set(InboxItem.objects.values_list("result", flat=True))


def test_what_arrives_waits_once_and_history_does_not(arrive):
    new = arrive(212.0)
    arrive(230.0, day=date(2025, 1, 3))
    arrive(214.0, day=DAY - timedelta(days=1))
    assert new.pk in waiting()
    assert len(waiting()) == 2, "what is years old came with a registry"


def test_usual_results_are_signed_together_and_a_low_one_never_with_them(arrive, enter):
    from longwatch.store.models import SignOff

    usual, low = arrive(6.2, test="wbc", low=4.0, high=10.0), arrive(60.0)
    browser = enter("priya")
    both = browser.post("/inbox/sign", {"result": [usual.pk, low.pk], "usual": "yes"})
    assert both.status_code == 422
    assert waiting() == {usual.pk, low.pk}
    browser.post("/inbox/sign", {"result": [usual.pk], "usual": "yes"})
    assert waiting() == {low.pk}
    silent = browser.post("/inbox/sign", {"result": [low.pk], "words": " "})
    assert silent.status_code == 422
    browser.post("/inbox/sign", {"result": [low.pk], "words": "called, count tomorrow"})
    assert not waiting()
    row = SignOff.objects.get(result=low)
    assert (row.words, row.actor.username, row.with_others) == (
        "called, count tomorrow", "priya", False,
    )  # fmt: skip
    late = browser.post("/inbox/sign", {"result": [low.pk], "words": "again"}, follow=True)
    assert "Somebody else had signed the rest" in text_of(late)


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ({"value": 60.0}, "a rule of the protocol found it"),
        ({"value": 3.9, "test": "wbc", "low": 4.0}, "below the usual range"),
        ({"value": 420.0}, "above the usual range"),
        ({"value": 5.0, "test": "wbc", "low": 4.0, "comparator": "<"}, "below the usual range"),
        ({"value": 212.0, "comparator": ">"}, "above the usual range"),
        ({"value": 212.0, "status": "preliminary"}, "it is not final"),
        ({"value": 212.0, "flag": "A"}, "flagged it A"),
        ({"value": None, "text": "clumped"}, "it is no number"),
    ],
)
def test_what_is_not_plainly_usual_is_looked_at_alone(rest, why, arrive, enter):
    arrive(**rest)
    assert why in text_of(enter("priya").get("/inbox"))


def test_a_corrected_result_comes_back_beside_what_was_signed(arrive, enter):
    first = arrive(212.0)
    browser = enter("priya")
    browser.post("/inbox/sign", {"result": [first.pk], "usual": "yes"})
    second = arrive(190.0, status="corrected")
    assert waiting() == {second.pk}
    page = text_of(browser.get("/inbox"))
    for words in ("it corrects what came before", "Before: Platelets 212", "signed off by priya"):
        assert words in page


def test_what_nobody_signs_is_called_late(arrive, enter):
    from longwatch.alerts.inbox import inbox_rules
    from longwatch.store.models import InboxItem
    from longwatch.web.clock import now

    arrive(212.0)
    late = now() - timedelta(days=inbox_rules().sign_off_within_days, hours=1)
    InboxItem.objects.update(arrived_at=late)
    assert "1 has waited for more than 3 days" in text_of(enter("priya").get("/inbox"))
    assert "1 has waited too long" in text_of(enter("priya").get("/worklist"))


def test_a_sign_off_is_never_changed(arrive, enter):
    from django.db import Error, transaction

    from longwatch.store.models import SignOff

    one = arrive(212.0)
    enter("priya").post("/inbox/sign", {"result": [one.pk], "usual": "yes"})
    with pytest.raises(Error, match="append only"), transaction.atomic():
        SignOff.objects.update(words="something else")


def test_who_gets_what_is_missing_is_written_down_and_shown(undone, enter, key):  # noqa: F811
    from longwatch.store.models import Infusion, Preparation
    from longwatch.web.clock import now

    who = key("N1018")
    Infusion.objects.create(
        patient_id=who, date=DAY + timedelta(days=20), course=3, day=1, dose_mg=12.0,
        status="planned", filed_at=now(), digest="planned",
    )  # fmt: skip
    browser = enter("priya")
    assert "blocked" in text_of(browser.get(f"/patients/{who}/readiness"))
    told = {"course": 3, "activity": "baseline-cbc", "role": "nurse", "booked_for": "2026-12-01"}
    browser.post(f"/patients/{who}/prepare", told)
    browser.post(f"/patients/{who}/prepare", told | {"booked_for": "2026-12-03", "person": "Kim"})
    newest = Preparation.objects.filter(patient=who).order_by("-pk").first()
    assert (str(newest.booked_for), newest.person) == ("2026-12-03", "Kim")
    assert "3 Dec 2026" in text_of(browser.get(f"/patients/{who}/readiness"))
    wrong = browser.post(f"/patients/{who}/prepare", told | {"role": "king", "person": "Kim"})
    assert wrong.status_code == 422


def test_a_planned_course_is_on_the_list_with_what_is_missing(undone, enter, key):  # noqa: F811
    from datetime import UTC

    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.evaluate import evaluate
    from longwatch.store.models import Infusion, Standing
    from longwatch.web.clock import now

    who = key("N1018")
    Infusion.objects.create(
        patient_id=who, date=DAY + timedelta(days=20), course=3, day=1, dose_mg=12.0,
        status="planned", filed_at=now(), digest="planned",
    )  # fmt: skip
    evaluate(["N1018"], now(), read_clinic(UTC), engine="python")
    one = Standing.objects.get(pk=who)
    assert (one.course, one.ready, one.course_on) == (3, "blocked", DAY + timedelta(days=20))
    page = text_of(enter("olsen").get("/readiness"))
    assert "Baseline" in page
    assert re.search(r"\d+ of \d+", page)


LOW = (
    ("as low as the band", 0.01, {}, True),
    ("flagged low by the laboratory", 0.01, {"flag": "L"}, True),
    ("lower than the band", -0.05, {}, False),
    ("flagged critical by the laboratory", 0.01, {"flag": "LL"}, False),
    ("not final", 0.01, {"status": "preliminary"}, False),
)


@pytest.mark.parametrize(("why", "above", "rest", "expected"), LOW, ids=[row[0] for row in LOW])
def test_low_lymphocytes_are_signed_together_where_the_infusions_explain_them(
    why, above, rest, expected, arrive, key, enter
):
    from longwatch.mechanism.expected_curve import expected_curve
    from longwatch.store.models import Infusion

    given = Infusion.objects.filter(patient=key("N1018"), date__lt=DAY, gone=False)
    days = sorted(row.date for row in given if row.status in (None, "given"))
    low = float(expected_curve(days, [DAY]).subsets["lymphocytes"].low[0]) / 1000
    assert low + above < 1.0, "else it is not low at all"
    limits = {"low": 1.0, "high": 4.0}
    one = arrive(low + above, "lymphocytes", **limits | rest)
    page = text_of(enter("priya").get(f"/inbox?patient={key('N1018')}"))
    assert ("low, as expected after the infusion" in page) == expected, why
    answer = enter("priya").post("/inbox/sign", {"usual": "yes", "result": one.pk})
    assert (answer.status_code == 302) == expected, why


def test_what_a_rule_found_comes_before_what_has_waited_longer(arrive, enter):
    from django.utils.timezone import now as moment

    from longwatch.store.models import InboxItem, Result
    from longwatch.web.unsigned import waiting_people

    older = Result.objects.exclude(patient__reference="N1018").earliest("pk")
    low = arrive(40.0)
    arrive(2.0, test="edss", unit=None, low=None, high=None)
    InboxItem.objects.create(
        result=older,
        patient_id=older.patient_id,
        arrived_at=moment() - timedelta(days=300),
    )
    assert waiting_people(0, 12) == [low.patient_id, older.patient_id]
    page = enter("priya").get("/inbox").content.decode()
    looks = re.findall(r'<article class="alert look-(\w+)">', page)
    assert looks[:2] == ["act", "unknown"], "the count before the scale without a range"
