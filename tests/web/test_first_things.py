"""What a person must see first: a call that cannot wait, whose pages these are, what counts now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.web.test_own_pages import MINE, text_of

from longwatch.protocols.load import load_protocol

PACK = load_protocol("alemtuzumab-us")
TODAY = date(2026, 11, 22)


@pytest.fixture
def own(enter, key):
    """The words of an own page, as one of the demo's users reads it."""
    return lambda user, rest="": text_of(enter(user).get(f"/my/{key(MINE)}{rest}"))


def test_a_result_that_cannot_wait_stands_before_the_next_step(own):
    page = own("ida")
    first = page.index("If nobody has called you, call now")
    assert first < page.index("Your next step") < page.index("Your latest results")
    assert "Creatinine" in page[first : page.index("Your next step")]


@pytest.mark.parametrize(
    ("outcome", "hours", "said"),
    [
        ("reached", 1, True),
        ("reached", -48, False),
        ("left-word", 1, False),
        ("no-answer", 1, False),
    ],
    ids=["a talk after it", "a talk before it", "a word left", "nobody at home"],
)
def test_only_a_talk_after_the_result_is_told_and_the_number_stays(own, key, outcome, hours, said):
    from django.db import transaction
    from tests.web.conftest import NOW

    from longwatch.store.models import Contact, Patient

    with transaction.atomic():
        Contact.objects.create(
            patient=Patient.objects.get(pk=key(MINE)),
            kind="call",
            outcome=outcome,
            at=NOW + timedelta(hours=hours),
        )
        page = own("ida")
        transaction.set_rollback(True)
    assert ("It wrote down that it spoke with you on" in page) is said
    assert ("If nobody has called you, call now" in page) is not said
    assert "Call 555 0134" in page


def test_results_that_a_rule_found_stand_first_with_how_soon_to_call(own):
    page = own("ida", "/results")
    assert page.index("Creatinine") < page.index("CD4 cells") < page.index("Platelets")
    cd4 = page[page.index("CD4 cells") : page.index("Platelets")]
    assert "Ask about it at your next visit" in cd4
    assert "call them" not in cd4, "what is routine sends nobody to the telephone"


def test_a_grade_is_a_word_and_no_number(own):
    page = own("ida", "/results")
    assert "usual negative" in page
    assert "up to 0 " not in page


def test_a_carer_is_told_whose_pages_these_are(own):
    for rest in ("", "/results", "/diary"):
        assert "These are the pages of Boris Bramble" in own("karl", rest)
        assert "These are the pages of" not in own("ida", rest)


@pytest.mark.parametrize("page", ["/card", "/calendar"])
def test_a_carer_is_offered_nothing_that_is_refused(page, enter, key):
    address = f"/my/{key(MINE)}{page}"
    karl = enter("karl")
    assert 'value="make"' not in karl.get(address).content.decode()
    assert karl.post(address, {"do": "make"}).status_code == 403
    assert 'value="make"' in enter("ida").get(address).content.decode()


def test_feeling_well_can_be_said_with_one_tap(enter, key, own, undone):
    browser, address = enter("ida"), f"/my/{key(MINE)}/diary"
    sent = browser.post(address, {"well": "yes"})
    assert "Come to your next test" in text_of(browser.get(sent["Location"]))
    assert "Felt well." in own("ida", "/diary")
    both = browser.post(address, {"well": "yes", "code": ["chest-pain"]})
    page = text_of(browser.get(both["Location"]))
    assert "Call now" in page, "a symptom counts, whatever else was tapped"
    assert "Good to hear" not in page


@pytest.mark.parametrize("infused", [1, 2, 3, 4, 62, 63, 245, 246, 2000])
def test_signs_of_the_time_after_an_infusion_stand_apart_when_it_is_over(infused):
    from longwatch.web.when_to_call import is_over

    days = [TODAY - timedelta(days=infused)]
    spans = {"FLAG-STROKE": 3, "FLAG-REACTION": 2, "FLAG-FEVER": 62, "FLAG-LISTERIA": 245}
    for flag in PACK.red_flags:
        if flag.id in spans:
            assert is_over(flag, days, TODAY) == (infused > spans[flag.id])
            assert not is_over(flag, [], TODAY), "nothing is known of an infusion"


def test_a_sign_of_any_time_never_stands_apart():
    from longwatch.web.when_to_call import is_over

    long_ago = [date(2010, 1, 1)]
    lasting = {"FLAG-SUDDEN", "FLAG-CHEST", "FLAG-BLEEDING", "FLAG-LUNG", "FLAG-KIDNEY-LUNG"}
    assert [
        one.id for one in PACK.red_flags if one.id in lasting if is_over(one, long_ago, TODAY)
    ] == []


def test_who_is_invited_by_the_name_in_the_record_is_greeted_by_the_given_name():
    from longwatch.web.plain import name_parts

    assert name_parts("Oxlip, Olive") == name_parts("Olive Oxlip") == ("Olive", "Oxlip")
    assert name_parts("Olive") == ("Olive", "")
    assert name_parts("") == ("", "")


def test_one_visit_is_one_entry_of_the_calendar(enter, key):
    from icalendar import Calendar

    file = enter("ida").get(f"/my/{key(MINE)}/calendar.ics").content.decode()
    dates = [
        (str(one["SUMMARY"]), one["DTSTART"].dt, one["DTEND"].dt)
        for one in Calendar.from_ical(file).walk("VEVENT")
    ]
    assert len(dates) == len(set(dates)) > 5


def test_signs_of_one_urgency_ask_for_one_call(enter, key, undone):
    browser, address = enter("ida"), f"/my/{key(MINE)}/diary"
    codes = ["chest-pain", "bruising", "fever", "diarrhea", "facial-droop"]
    page = browser.get(browser.post(address, {"code": codes})["Location"]).content.decode()
    assert page.count('href="tel:911"') == 1
    assert page.count("Call now</h2>") == 1
    assert "After that: call your clinic today" in page
