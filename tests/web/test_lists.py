"""The clinic's lists: everybody in one place, nothing vanishes, queries that do not grow."""

from __future__ import annotations

import itertools
import json
import re
from datetime import date, timedelta

import pytest

DAY = date(2026, 11, 22)


@pytest.fixture
def undone(clinic):
    """Whatever a test writes is taken back after it: some tables refuse to forget."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def person(name, **standing):
    """Somebody new; with a standing, unless None is asked for."""
    from longwatch.store.models import Patient, Standing
    from longwatch.web.clock import now

    made = Patient.objects.create(reference=name, name=name, filed_at=now())
    if standing.get("phase"):
        usual = {"tier": None, "findings": 0, "overdue": 0, "days_overdue": 0, "due": 0}
        usual |= {"unknown": 0, "as_of": DAY, "judged_at": now(), "protocol": "alemtuzumab-us"}
        Standing.objects.create(patient=made, **({"version": "1"} | usual | standing))
    return made


def alert(whose, rule, state="raised", kind="finding", tier="week", **rest):
    """An alert of somebody as it stands, with its one state."""
    from longwatch.store.models import Alert, AlertState
    from longwatch.web.clock import now

    made = Alert.objects.create(
        subject=whose.reference, patient=whose, kind=kind, rule=rule, episode="1", tier=tier,
        detail=json.dumps({"title": f"title {rule}", **rest}), raised_at=now(), step=1,
        state=state, next_at=None if state == "closed" else now(),
    )  # fmt: skip
    AlertState.objects.create(
        alert=made, number=1, state="raised", at=now(), tier=tier, next_at=made.next_at
    )
    return made


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_everybody_is_in_exactly_one_place_whatever_is_known_of_them(undone):
    """Each combination of alert, phase and numbers that a store can hold, and people who left."""
    from longwatch.store.models import Patient, Reachability
    from longwatch.web.places import PLACES, all_places, count_places

    states = (None, "raised", "seen", "acted", "snoozed", "closable", "nobody-answered", "closed")
    phases = (None, "unknown", "before", "watched", "over")
    numbers = ({}, {"overdue": 1}, {"due": 2}, {"unknown": 3}, {"findings": 1})
    for at, (state, phase, some) in enumerate(itertools.product(states, phases, numbers)):
        made = person(f"X{at}", phase=phase, **some)
        if state:
            kind = ("finding", "overdue")[at % 2]
            alert(made, "R", state, kind, ("emergency", "week", "routine")[at % 3])
        if at % 7 == 0:
            Reachability.objects.create(
                patient=made, channels="[]", language="en", opted_out="[]", stopped="died"
            )
        if at % 11 == 0 and at:
            Patient.objects.filter(pk=made.pk).update(joined_into=Patient.objects.first())
    found = count_places()
    everybody = Patient.objects.filter(joined_into=None).count()
    assert sum(found.counts.values()) == found.everybody == everybody
    assert len(all_places()) == everybody
    assert set(found.counts) == set(PLACES)
    assert all(found.counts[place] for place in PLACES), "each place has somebody here"


@pytest.mark.parametrize(
    ("standing", "place"),
    [
        ({"phase": None}, "unknown"),
        ({"phase": "unknown"}, "unknown"),
        ({"phase": "watched", "unknown": 1, "due": 1}, "unknown"),
        ({"phase": "watched", "due": 1}, "due"),
        ({"phase": "watched"}, "fine"),
        ({"phase": "over"}, "over"),
        ({"phase": "before"}, "before"),
        ({"phase": "over", "overdue": 1, "days_overdue": 9}, "in-hand"),
        ({"phase": "watched", "findings": 1}, "in-hand"),
    ],
)
def test_who_has_no_open_alert_is_never_called_fine_while_something_is_missing(
    standing, place, undone
):
    from longwatch.web.places import places_of

    made = person("Y", **standing)
    assert places_of([made.pk]) == {made.pk: place}


def acted_on(pack):
    """Rules that put somebody on the worklist."""
    from longwatch.watch.compiling import compile_pack

    return {rule.id for rule in compile_pack(pack).rules if not rule.marks_only}


def test_the_standing_says_what_the_watch_says(clinic, key):
    from longwatch.store.models import Patient, Standing
    from longwatch.web.dossier import Dossier

    for one in Standing.objects.select_related("patient"):
        said = Dossier(Patient.objects.get(pk=one.patient_id), DAY)
        states = [row["status"] for row in said.status]
        assert (one.overdue, one.due) == (states.count("overdue"), states.count("due"))
        assert one.findings == sum(row["rule"] in acted_on(said.pack) for row in said.findings)
        assert one.days_overdue == max(row["days_overdue"] for row in said.status)
        assert (one.as_of, one.ends) == (DAY, said.plan.end)
        assert one.first == min(row["date"] for row in said.infusions)


def test_a_sweep_that_began_earlier_does_not_undo_what_a_message_wrote(undone, key):
    from longwatch.alerts.standing import Stand, keep_standings
    from longwatch.protocols.load import load_protocol
    from longwatch.store.models import Standing
    from longwatch.web.clock import now

    pack, one, moment = load_protocol("alemtuzumab-us"), key("N1004"), now()
    stand = Stand("watched", None, 0, 0, 0, 0, 0, None, None, None, None)
    keep_standings(pack, {one: stand}, DAY, moment)
    older = Stand("watched", "week", 5, 0, 0, 0, 0, None, None, None, None)
    keep_standings(pack, {one: older}, DAY, moment - timedelta(hours=1))
    assert Standing.objects.get(pk=one).findings == 0


def test_numbers_of_yesterday_are_called_old(undone, enter):
    from longwatch.store.models import Standing

    assert "have not been judged today" not in text_of(enter("priya").get("/worklist"))
    Standing.objects.update(as_of=DAY - timedelta(days=1))
    assert "have not been judged today" in text_of(enter("priya").get("/worklist"))


@pytest.mark.parametrize("page", ["/worklist", "/overdue", "/inbox", "/readiness", "/patients"])
def test_a_page_asks_as_often_for_many_people_as_for_few(page, undone, enter):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = enter("priya")
    for at in range(4):
        some = {"overdue": 1, "course": 2, "ready": "blocked", "course_on": DAY, "checks": "[]"}
        alert(person(f"F{at}", phase="watched", **some), "A", kind="overdue")

    def asked():
        browser.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page).status_code == 200
        return len(queries)

    few = asked()
    for at in range(150):
        made = person(
            f"M{at}", phase="watched", overdue=1, days_overdue=at, course=2, ready="blocked",
            course_on=DAY + timedelta(days=at), checks="[]",
        )  # fmt: skip
        alert(made, "A", kind="overdue", since="2026-11-01")
        alert(made, "B", tier="emergency")
    assert asked() <= few <= 28


def test_what_was_put_off_or_closed_with_a_reason_stays_on_the_overdue_list(undone, enter):
    from longwatch.store.models import Alert

    made = person("Z", phase="watched", overdue=1, days_overdue=12, tier="week")
    one = alert(made, "cbc", kind="overdue", since="2026-11-10")
    browser = enter("priya")
    told = {"step": "snooze", "elsewhere": "blood at the GP on Friday", "until": "2026-11-25"}
    answer = browser.post(f"/alerts/{one.pk}/step", told | {"back": "overdue"}, follow=True)
    assert "Says it was done elsewhere: blood at the GP on Friday" in text_of(answer)
    close = {"step": "close", "note": "moved to another clinic"}
    answer = browser.post(f"/alerts/{one.pk}/step", close | {"back": "overdue"}, follow=True)
    assert Alert.objects.get(pk=one.pk).state == "closed"
    assert "moved to another clinic" in text_of(answer)


def test_one_step_may_cover_all_that_is_open_of_a_person_or_nothing(undone, enter):
    from longwatch.store.models import Alert

    made = person("Z", phase="watched", overdue=2)
    first, second = (alert(made, rule, kind="overdue") for rule in ("cbc", "thyroid"))
    told = {"step": "act", "note": "called", "all": "yes", "with": f"{second.pk}:1"}
    enter("priya").post(f"/alerts/{first.pk}/step", told)
    assert set(Alert.objects.filter(patient=made).values_list("state", flat=True)) == {"acted"}
    third = alert(made, "liver", kind="overdue")
    stale = told | {"with": f"{second.pk}:1"}
    answer = enter("priya").post(f"/alerts/{third.pk}/step", stale)
    assert answer.status_code == 422
    assert Alert.objects.get(pk=third.pk).state == "raised", "all of them, or none"


def test_ones_own_last_step_can_be_taken_back_by_a_further_row(undone, enter):
    made = person("Z", phase="watched")
    one = alert(made, "PLT-4")
    enter("priya").post(f"/alerts/{one.pk}/step", {"step": "act", "note": "called the wrong one"})
    refused = enter("olsen").post(f"/alerts/{one.pk}/step", {"step": "undo"})
    assert refused.status_code == 422
    assert b"not yours to take back" in refused.content
    enter("priya").post(f"/alerts/{one.pk}/step", {"step": "undo", "shown": "2"})
    states = list(one.states.order_by("number").values_list("state", flat=True))
    assert states == ["raised", "acted", "raised-again"]
    again = enter("priya").post(f"/alerts/{one.pk}/step", {"step": "undo"})
    assert again.status_code == 422, "a taking back is not taken back"


def test_a_call_is_written_down_and_ends_nothing_by_itself(undone, enter):
    made = person("Z", phase="watched", overdue=1)
    one = alert(made, "cbc", kind="overdue")
    told = {"kind": "call", "outcome": "no-answer", "note": "rang twice", "alert": one.pk}
    page = text_of(
        enter("priya").post(f"/patients/{made.pk}/contact", told | {"back": "overdue"}, follow=True)
    )
    assert "rang twice" in page
    one.refresh_from_db()
    assert one.state == "raised"
    enter("priya").post(f"/patients/{made.pk}/contact", told | {"outcome": "reached", "also": "y"})
    one.refresh_from_db()
    assert one.state == "acted"
    wrong = enter("priya").post(f"/patients/{made.pk}/contact", told | {"kind": "pigeon"})
    assert wrong.status_code == 422
    assert b"rang twice" in wrong.content, "what was typed is not lost"


def test_a_call_that_settles_everything_leaves_nobody_on_the_list_of_today(undone, enter):
    made = person("Z", phase="watched", overdue=2)
    one, two = (alert(made, rule, kind="overdue") for rule in ("cbc", "tsh"))
    told = {"kind": "call", "outcome": "reached", "note": "comes today", "also": "y"}
    told |= {"alert": one.pk, "shown": one.step, "with": f"{two.pk}:{two.step}"}
    assert enter("priya").post(f"/patients/{made.pk}/contact", told).status_code == 302
    for row in (one, two):
        row.refresh_from_db()
        assert row.state == "acted"


def test_what_is_searched_for_stands_in_no_address(undone, enter):
    browser = enter("priya")
    answer = browser.post("/patients?phase=watched", {"q": "Alder"})
    assert answer.headers["Location"] == "/patients?phase=watched&searched=yes"
    page = browser.get("/patients?phase=watched&searched=yes")
    assert "1 person" in text_of(page)
    assert "Alder, Ada" in text_of(page)
    elsewhere = text_of(browser.get("/patients?phase=watched"))
    assert "1 person" not in elsewhere, "a kept address shows everybody, not a search of before"
    assert browser.post("/patients", {"q": ""}, follow=True).content.count(b"/patients/") >= 4


def test_words_searched_for_before_hide_nobody_from_a_link_of_the_worklist(undone, enter):
    browser = enter("priya")
    before = browser.get("/patients?place=act").content.count(b'<th scope="row">')
    assert before
    browser.post("/patients", {"q": "nobody is called so"})
    assert browser.get("/patients?place=act").content.count(b'<th scope="row">') == before


def test_the_table_of_patients_as_a_file_is_written_down_and_harmless(undone, enter):
    from longwatch.store.models import AuditEntry

    person("=1+1", phase="watched", due=1)
    browser = enter("priya")
    table = browser.get("/patients?place=due&format=csv").content.decode()
    assert "'=1+1" in table
    rows = browser.get("/patients?place=due&format=json").json()["patients"]
    assert [row["place"] for row in rows] == ["due"] * len(rows)
    newest = AuditEntry.objects.order_by("-number").first()
    assert (newest.action, newest.actor) == ("exported", "priya")


def test_a_call_for_all_alerts_is_taken_back_for_all_of_them_and_says_so(undone, enter):
    made = person("Z", phase="watched", overdue=2)
    one, two, three = (alert(made, rule, kind="overdue") for rule in ("cbc", "tsh", "urine"))
    browser = enter("priya")
    browser.post(f"/alerts/{three.pk}/step", {"step": "act", "note": "a call of its own"})
    told = {"kind": "call", "outcome": "reached", "note": "comes today", "also": "y"}
    told |= {"alert": one.pk, "shown": one.step, "with": f"{two.pk}:{two.step}"}
    browser.post(f"/patients/{made.pk}/contact", told)
    page = browser.post(f"/alerts/{one.pk}/step", {"step": "undo", "shown": "2"}, follow=True)
    assert "Taken back for 2 alerts." in text_of(page)
    states = []
    for row in (one, two, three):
        row.refresh_from_db()
        states.append(row.state)
    assert states == ["raised-again", "raised-again", "acted"], "the other call still stands"
