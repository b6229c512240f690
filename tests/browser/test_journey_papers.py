"""What a person takes along: dates in a calendar, the card with its code, everything as a file."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from icalendar import Calendar
from tests.browser.conftest import SCREENS
from tests.browser.journeys import MINE, printed, sound, words
from tests.browser.qr_read import qr_text

pytestmark = pytest.mark.campaign
BOTH = pytest.mark.parametrize("size", ["desktop", "phone"])
NEUTRAL = {"Blood test", "Appointment", "Appointments", "Paperwork"}


@BOTH
def test_a_calendar_address_is_made_read_and_ended(size, looks, key, keep):
    page = looks.page(size, "ida", scripts=False)
    page.goto(f"/my/{key(MINE)}")
    page.click("text=Add to my calendar")
    page.locator("button[value=make]").click()
    address = page.locator(".secret code").inner_text()
    later = looks.page(size, "ida")
    later.goto(f"/my/{key(MINE)}/calendar")
    assert later.locator(".secret").count() == 0, "shown only once"
    sound(later)
    keep(page, f"journey-calendar-{size}")
    program = looks.page("desktop").context.request
    answer = program.get(address)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    dates = Calendar.from_ical(answer.text())
    titles = {str(one["SUMMARY"]) for one in dates.walk("VEVENT")}
    assert titles
    assert titles <= NEUTRAL
    assert "emtuzumab" not in answer.text()
    assert "LEMTRADA" not in answer.text()
    again = program.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.text()) == (304, "")
    page.locator("button[value=revoke]").click()
    assert "The address no longer works." in words(page)
    assert program.get(address).status == 404


@BOTH
def test_the_code_on_the_card_opens_the_page_for_emergencies(size, looks, key, keep):
    page = looks.page(size, "ida", scripts=False)
    page.goto(f"/my/{key(MINE)}/card")
    page.locator("button[value=make]").click()
    address = qr_text(page.locator("svg.qr").evaluate("one => one.outerHTML"))
    keep(page, f"journey-card-{size}")
    doctor = looks.page(size)
    doctor.goto(address)
    told = words(doctor)
    assert "LEMTRADA" in told
    assert MINE not in doctor.content()
    sound(doctor)
    keep(doctor, f"journey-emergency-{size}")
    looks.refusals.add(404)
    page.locator("button[value=revoke]").click()
    assert "The QR code no longer works." in words(page)
    assert doctor.goto(address).status == 404


def test_the_card_fits_on_one_sheet_with_its_code(looks, key):
    page = looks.page("desktop", "ida", scripts=False)
    page.goto(f"/my/{key(MINE)}/card")
    page.locator("button[value=make]").click()
    page.emulate_media(media="print")
    assert page.locator("svg.qr").is_visible()
    box = page.locator(".wallet").bounding_box()
    assert 250 < box["width"] < 420, "a card, 85 mm wide or a little more"
    assert page.locator("h1").is_hidden()
    assert printed(page, SCREENS / "print-card-with-code.pdf") == 1
    page.screenshot(path=SCREENS / "print-card-with-code.png", full_page=True)


def test_everything_about_me_comes_as_one_file(phone, key):
    page = phone("ida")
    page.goto(f"/my/{key(MINE)}/more")
    with page.expect_download() as waiting:
        page.click("text=Everything about me as one file")
    with zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes())) as file:
        names = set(file.namelist())
        assert {"fhir.json", "diary.json", "questions.json", "who-read-and-changed.csv"} <= names
        assert json.loads(file.read("fhir.json"))["resourceType"] == "Bundle"
        assert b"my-more" in file.read("who-read-and-changed.csv")
