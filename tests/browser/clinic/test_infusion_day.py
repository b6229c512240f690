"""An infusion day on a tablet, from two people at the bed to the printed summary."""

from __future__ import annotations

import re

import pytest
from tests.browser.clinic.steps import printed, sound, told

pytestmark = pytest.mark.campaign


@pytest.fixture(params=["tablet", "phone"])
def size(request):
    """The page is made for a tablet; a phone must do."""
    return request.param


@pytest.fixture
def place(in_store, size):
    """An infusion that is planned for today, of a course that nobody else uses."""
    from uuid import uuid4

    from longwatch.store.models import Infusion, Patient
    from longwatch.web.clock import today

    course = {"tablet": 7, "phone": 8}[size]

    def plan():
        person = Patient.objects.get(reference="N1157")
        from django.utils.timezone import now

        Infusion.objects.create(
            patient=person, date=today(), filed_at=now(), digest=uuid4().hex,
            course=course, day=1, status="planned",
        )  # fmt: skip
        return f"/patients/{person.pk}/infusions/{course}/1"

    return in_store(plan)


def at(page, minutes):
    """So many minutes before the moment that the page shows."""
    shown = re.search(r"It was (\d\d):(\d\d)", page.locator("ul.clocks").inner_text())
    moment = int(shown[1]) * 60 + int(shown[2]) - minutes
    if moment < 0:
        pytest.skip("too near to midnight")
    return f"{moment // 60:02}:{moment % 60:02}"


def record(page, kind, place=None):
    """Presses the button that records this kind, and sees that it was recorded."""
    (place or page).locator(f'button[name=kind][value="{kind}"]').first.click()
    told(page, "Recorded")


def test_an_infusion_day_from_the_check_to_the_summary(looks, size, place, keep):
    looks.refusals.add(422)
    page = looks.page(size, "inga")
    page.goto(place)
    sound(page)
    page.locator('button[value="start"]').click()
    assert page.get_by_role("alert").is_visible(), "it does not start unchecked"
    sound(page)
    page.get_by_role("button", name="I, inga, have checked both").click()
    told(page, "Recorded")
    page.get_by_label("Second person: your account name").fill("priya")
    page.get_by_role("button", name="I have checked both").last.click()
    told(page, "Recorded")
    if page.locator("summary", has_text="A neurologist decides").count():
        page.locator("summary", has_text="A neurologist decides").click()
        page.get_by_label("Account name of the neurologist").fill("olsen")
        page.get_by_label("Why it may be given all the same").fill("The tests are from yesterday")
        record(page, "decision")
    ticks = page.locator("#before ~ *, section[aria-labelledby=before]").locator("li.tick")
    for _ in range(ticks.count() + 1):
        waiting = page.locator("section[aria-labelledby=before] li.tick:not(.settled)")
        if not waiting.count():
            break
        waiting.first.locator("input[name=at]").first.fill(at(page, 6))
        record(page, "step", waiting.first)
    keep(page, f"journey-infusion-ready-{size}")
    sound(page)
    run = page.locator("section[aria-labelledby=run]")
    run.get_by_label("Time, if not now").first.fill(at(page, 5))
    run.get_by_label("Rate, mL/h").fill("25")
    record(page, "start", run)
    run.get_by_label("New rate, mL/h").fill("50")
    record(page, "rate", run)
    page.locator("input[name=sign-systolic]").fill("195")
    page.locator("input[name=sign-pulse]").fill("84")
    record(page, "signs")
    assert "195" in page.locator("b.out").first.inner_text()
    assert "Do now" in page.locator("section[aria-labelledby=signs]").inner_text()
    sound(page)
    keep(page, f"journey-infusion-signs-{size}")
    record(page, "interrupted", run)
    reaction = page.locator("section", has=page.locator('button[value="reaction"]')).last
    if not page.locator('button[value="reaction"]').is_visible():
        reaction.locator("summary").first.click()
    page.locator("select[name=what]").select_option(index=1)
    page.locator("input[name=grade][value='2']").check()
    page.get_by_label("What was given for it").fill("antihistamine, as the protocol says")
    record(page, "reaction")
    record(page, "resumed", run)
    record(page, "end", run)
    sound(page)
    assert "observation" in page.locator("ul.clocks").inner_text()
    keep(page, f"journey-infusion-observed-{size}")
    leave = page.locator("section[aria-labelledby=after]")
    for _ in range(12):
        waiting = leave.locator("li.tick:not(.settled)")
        if not waiting.count():
            break
        record(page, "step", waiting.first)
    leave.get_by_label("why the person leaves earlier").fill("goes to the ward")
    record(page, "discharge", leave)
    page.get_by_role("link", name="Summary to print").click()
    sound(page)
    text = printed(page)
    for words in ("inga, priya", "195", "antihistamine", "goes to the ward"):
        assert words in text
    keep(page, f"journey-infusion-summary-{size}")
