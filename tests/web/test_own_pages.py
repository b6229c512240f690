"""What the person treated can do, from the tap to the clinic's list."""

from __future__ import annotations

import json
import re
import zipfile
from io import BytesIO

import pytest

MINE = "N1009"
PAGES = ("", "/results", "/diary", "/skin", "/relapse", "/felt", "/care", "/questions", "/calendar",
         "/card", "/more")  # fmt: skip


@pytest.fixture
def ida(enter, key):
    """The person treated in a browser, and a function that gives the address of an own page."""
    browser = enter("ida")
    browser.own = lambda rest="": f"/my/{key(MINE)}{rest}"
    return browser


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("page", PAGES)
def test_every_own_page_opens(page, ida):
    assert ida.get(ida.own(page)).status_code == 200


def test_an_emergency_says_call_first_and_reaches_the_worklist_at_once(ida, enter):
    from longwatch.store.models import Alert

    sent = ida.post(ida.own("/diary"), {"code": ["facial-droop"], "text": "since noon"})
    assert sent.status_code == 302
    page = ida.get(sent["Location"])
    html = page.content.decode()
    assert html.index("Call now") < html.index("Your entry is saved")
    assert 'href="tel:911"' in html
    alert = Alert.objects.get(patient__reference=MINE, rule="FLAG-SUDDEN")
    assert (alert.tier, alert.state) == ("emergency", "raised")
    assert alert.detail
    assert "Sign of stroke" in text_of(enter("priya").get("/worklist"))


def test_when_the_store_fails_the_advice_is_shown_and_nothing_is_pretended(ida, monkeypatch):
    from django.db import OperationalError

    import longwatch.web.diary_form as module
    from longwatch.store.models import DiaryEntry

    def broken(*args, **kwargs):
        raise OperationalError("disk full")

    before = DiaryEntry.objects.count()
    monkeypatch.setattr(module, "write_entry", broken)
    page = ida.post(ida.own("/diary"), {"code": ["chest-pain"]})
    assert page.status_code == 503
    words = text_of(page)
    assert words.index("Call now") < words.index("Your entry was not saved")
    assert DiaryEntry.objects.count() == before


def test_entry_event_and_alert_stand_or_fall_together(ida, monkeypatch):
    import longwatch.web.diary_form as module
    from longwatch.store.models import DiaryEntry, Event

    def broken(*args):
        def raise_alerts(arrived):
            from django.db import OperationalError

            raise OperationalError("lost")

        return raise_alerts

    before = DiaryEntry.objects.count(), Event.objects.count()
    monkeypatch.setattr(module, "hook", broken)
    assert ida.post(ida.own("/diary"), {"code": ["seizure"]}).status_code == 503
    assert (DiaryEntry.objects.count(), Event.objects.count()) == before


def test_a_sign_of_the_same_day_says_when_to_call(ida):
    sent = ida.post(ida.own("/diary"), {"code": ["bruising"], "severity": "mild"})
    words = text_of(ida.get(sent["Location"]))
    assert "Call your clinic today" in words
    assert "Call now" not in words


def test_what_raises_nothing_is_kept_and_the_clinic_can_read_it(ida, enter, key):
    from longwatch.store.models import DiaryEntry

    sent = ida.post(ida.own("/diary"), {"code": ["joint-pain"], "text": "<b>very</b> tired"})
    assert "No warning sign" in text_of(ida.get(sent["Location"]))
    entry = DiaryEntry.objects.latest("pk")
    priya = enter("priya")
    page = priya.get(f"/patients/{key(MINE)}/diary").content.decode()
    assert "&lt;b&gt;very" in page
    priya.post(f"/patients/{key(MINE)}/diary/step", {"seen": entry.pk})
    assert "Read by Priya Nair" in text_of(ida.get(ida.own("/diary")))


def test_a_change_is_a_further_entry_and_its_events_take_the_place_of_the_old(ida):
    from longwatch.store.models import DiaryEntry, Event

    sent = ida.post(ida.own("/diary"), {"code": ["nausea", "cough"]})
    first = DiaryEntry.objects.latest("pk")
    assert sent["Location"].endswith(f"/diary/{first.pk}")
    ida.post(ida.own(f"/diary/{first.pk}/change"), {"code": ["cough"], "text": "only that"})
    second = DiaryEntry.objects.latest("pk")
    assert second.supersedes == first
    live = Event.objects.filter(gone=False, superseded_by=None)
    assert not live.filter(source=f"diary {first.pk}").exists()
    assert set(live.filter(source=f"diary {second.pk}").values_list("code", flat=True)) == {
        "cough",
        None,
    }
    assert ida.get(ida.own(f"/diary/{first.pk}/change")).status_code == 404
    assert "Feeling sick to the stomach" in text_of(ida.get(ida.own("/diary")))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Tap what you notice"),
        ({"code": ["nausea"], "day": "yesterday"}, "We cannot read the day"),
        ({"code": ["nausea"], "day": "2031-01-01"}, "The day must be today"),
    ],
)
def test_a_mistake_is_said_and_nothing_typed_is_lost(ida, sent, words):
    page = ida.post(ida.own("/diary"), sent | {"text": "my words" if sent else ""})
    assert page.status_code == 422
    assert words in text_of(page)
    if sent:
        html = page.content.decode()
        assert "my words" in html
        assert re.search(r'value="nausea" checked', html)


def test_an_emergency_with_a_mistake_in_the_day_still_says_call_now(ida):
    page = ida.post(ida.own("/diary"), {"code": ["chest-pain"], "day": "x"})
    assert page.status_code == 422
    assert "Call now" in text_of(page)


def test_a_changing_mole_reaches_the_clinic_and_a_clean_look_is_noted(ida):
    from longwatch.store.models import Alert, Event

    ida.post(ida.own("/skin"), {"changed": "no"})
    assert Event.objects.filter(code="skin-self-check", patient__reference=MINE).count() == 1
    assert ida.post(ida.own("/skin"), {"changed": "yes"}).status_code == 422
    ida.post(ida.own("/skin"), {"changed": "yes", "area": ["back"]})
    assert Alert.objects.filter(patient__reference=MINE, rule="FLAG-TUMOR").exists()


def test_the_relapse_questions_keep_the_protocols_order_and_give_no_verdict(ida):
    page = text_of(ida.get(ida.own("/relapse")))
    order = (
        "Coughing up blood",
        "stiff neck",
        "A seizure (fit)",
        "passing urine",
        "24 hours",
    )
    at = [page.index(words) for words in order]
    assert at == sorted(at)
    sent = ida.post(ida.own("/relapse"), {})
    words = text_of(ida.get(sent["Location"]))
    assert "Call your clinic" in words
    assert "you have a relapse" not in words.lower()


def test_a_question_is_kept_answered_and_settled(ida, enter, key):
    from longwatch.store.models import Question

    assert ida.post(ida.own("/questions"), {"text": " "}).status_code == 422
    ida.post(ida.own("/questions"), {"text": "May I travel?"})
    asked = Question.objects.latest("pk")
    priya = enter("priya")
    assert "May I travel?" in text_of(priya.get("/from-people"))
    step = {"question": asked.pk, "text": "Yes, with your card."}
    priya.post(f"/patients/{key(MINE)}/diary/step", step)
    assert "Yes, with your card." in text_of(ida.get(ida.own("/questions")))
    assert "May I travel?" not in text_of(priya.get("/from-people"))
    ida.post(ida.own("/questions"), {"settle": asked.pk})
    assert asked.steps.filter(kind="settled").count() == 1


def test_the_calendar_is_neutral_stable_and_ends_when_it_is_revoked(ida, enter, key):
    from longwatch.store.models import CalendarVersion, SecretLink

    page = ida.post(ida.own("/calendar"), {"do": "make"}).content.decode()
    address = re.search(r"<code>http://testserver(/calendar/[^<]+)</code>", page)[1]
    secret = address.removeprefix("/calendar/").removesuffix(".ics")
    assert secret not in "".join(SecretLink.objects.values_list("digest", flat=True))
    stranger = enter(None)
    first = stranger.get(address)
    text = first.content.decode()
    assert first["Content-Type"].startswith("text/calendar")
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT12H" in text
    assert "X-PUBLISHED-TTL:PT12H" in text
    assert set(re.findall(r"SUMMARY:(.*?)\r", text)) <= {"Blood test", "Appointment", "Paperwork"}
    assert "alemtuzumab" not in text.lower()
    assert MINE not in text
    assert "DTSTART;VALUE=DATE:" in text
    assert "SEQUENCE:0" in text
    assert stranger.get(address).content == first.content
    again = stranger.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "no-store" not in first["Cache-Control"], "a calendar may keep it, to ask for changes"
    CalendarVersion.objects.update(digest="moved")
    again = stranger.get(address).content.decode()
    assert "SEQUENCE:1" in again
    assert re.findall("UID:.*", again) == re.findall("UID:.*", text)
    ida.post(ida.own("/calendar"), {"do": "revoke"})
    assert stranger.get(address).status_code == 404
    assert ida.get(ida.own("/calendar.ics")).status_code == 200


def test_the_code_opens_a_page_without_a_name_until_it_is_ended(ida, enter, monkeypatch):
    from longwatch.store.models import Patient
    from longwatch.web.pages import my_card

    drawn, addresses = my_card.qr, []

    def noted(address):
        addresses.append(address)
        return drawn(address)

    monkeypatch.setattr(my_card, "qr", noted)

    name = Patient.objects.get(reference=MINE).name
    shown = []
    for agreed in ({}, {"name": "yes"}):
        page = ida.post(ida.own("/card"), {"do": "make"} | agreed).content.decode()
        assert '<svg xmlns="http://www.w3.org/2000/svg"' in page
        assert 'class="qr"' in page
        address = addresses[-1].removeprefix("http://testserver")
        shown.append((address, text_of(enter(None).get(address))))
    (first, without), (second, named) = shown
    assert "LEMTRADA" in without
    assert name not in without
    assert MINE not in without
    assert name in named
    assert enter(None).get(first).status_code == 404, "the new code ends the old one"
    ida.post(ida.own("/card"), {"do": "revoke"})
    assert enter(None).get(second).status_code == 404


def test_the_file_holds_everything_about_me_and_nothing_of_others(ida):
    whole = zipfile.ZipFile(BytesIO(ida.get(ida.own("/my-record.zip")).content))
    names = set(whole.namelist())
    assert {"record/results.csv", "fhir.json", "diary.json", "questions.json", "contacts.csv",
            "messages.csv", "who-read-and-changed.csv"} <= names  # fmt: skip
    patients = {
        line.split(",")[0].strip('"')
        for line in whole.read("record/patients.csv").decode().splitlines()
    }
    assert patients == {"patient", MINE}
    assert json.loads(whole.read("fhir.json"))["resourceType"] == "Bundle"
    assert "ida" in whole.read("who-read-and-changed.csv").decode()


def test_language_and_letters_stay_with_the_account(ida, enter):
    ida.post(ida.own("/more"), {"language": "es", "large": "yes"})
    try:
        html = enter("ida").get(ida.own()).content.decode()
        assert '<html lang="es" class="large">' in html
    finally:
        ida.post(ida.own("/more"), {"language": "en-us"})


@pytest.mark.parametrize("page", ["/card", "/calendar"])
def test_nobody_makes_a_secret_address_for_somebody_else(page, enter, ida):
    from longwatch.store.models import SecretLink

    before = SecretLink.objects.count()
    assert enter("karl").post(ida.own(page), {"do": "make"}).status_code == 403
    assert SecretLink.objects.count() == before


def test_a_draw_that_the_person_tells_of_is_filed_once_and_ends_nothing(ida):
    from longwatch.store.models import Alert, Event

    open_before = Alert.objects.exclude(state="closed").filter(patient__reference=MINE).count()
    for _ in range(2):
        assert ida.post(ida.own("/test-done")).status_code == 302
    drawn = Event.objects.filter(patient__reference=MINE, code="blood-draw", gone=False)
    assert drawn.filter(source="said by ida").count() == 1
    still = Alert.objects.exclude(state="closed").filter(patient__reference=MINE).count()
    assert still >= open_before


def test_what_was_drawn_is_at_the_laboratory_until_its_result_is_here(ida, key):
    from longwatch.store.models import Event
    from longwatch.web.clock import today
    from longwatch.web.dossier import Dossier
    from longwatch.web.pages.mine import drawn_without_result

    ida.post(ida.own("/test-done"))
    page = text_of(ida.get(ida.own()))
    assert "At the laboratory" in page
    assert "The result is not here yet." in page
    assert "I have had this test today" not in page
    person = Event.objects.filter(code="blood-draw").latest("pk").patient
    dossier = Dossier(person, today())
    assert drawn_without_result(dossier) == today()
    dossier.results["platelets"].append({"date": today(), "value": 200.0})
    assert drawn_without_result(dossier) is None


def test_beside_a_result_stands_when_the_clinic_signed_it_off(ida, enter, key):
    from longwatch.store.models import InboxItem

    before = text_of(ida.get(ida.own("/results"))).count("Seen by your clinic on")
    waits = InboxItem.objects.filter(patient__reference=MINE, result__test="platelets")
    newest = waits.latest("result__date").result_id
    enter("priya").post(
        "/inbox/sign", {"result": newest, "words": "As before.", "whose": key(MINE)}
    )
    assert text_of(ida.get(ida.own("/results"))).count("Seen by your clinic on") == before + 1


def test_a_vaccine_is_named_and_not_numbered(ida):
    page = text_of(ida.get(ida.own("/care")))
    assert "zoster recombinant" in page


def test_a_vaccine_has_its_spanish_name_on_the_spanish_page(ida):
    ida.post(ida.own("/more"), {"language": "es"})
    try:
        page = text_of(ida.get(ida.own("/care")))
    finally:
        ida.post(ida.own("/more"), {"language": "en-us"})
        # The language of a request stays with the thread until the next one.
        ida.get(ida.own())
    assert "zóster recombinante" in page
    assert "zoster recombinant" not in page
