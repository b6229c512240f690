"""Results and happenings entered by hand: filed like what arrives, refused whole, taken back."""

from __future__ import annotations

import pytest

TOLD = {"step": "values", "day": "2026-11-21", "by": "Elm street laboratory, by telephone"}
LOW = {"value-platelets": "43", "unit-platelets": "10*3/uL"}


@pytest.fixture
def page(key):
    """The page of one person whose platelets are not low yet."""
    return f"/patients/{key('N1157')}/enter"


def rows(key, test="platelets"):
    from longwatch.store.models import Result

    found = Result.objects.filter(
        patient_id=key("N1157"), test=test, date="2026-11-21", gone=False, superseded_by=None
    )
    return list(found.order_by("id").values_list("value", "status"))


def count():
    from longwatch.store.models import Event, HeldItem, Result

    return [one.objects.count() for one in (Result, Event, HeldItem)]


WRONG = {
    "no unit": {**TOLD, "value-platelets": "43"},
    "a unit of something else": {**TOLD, "value-platelets": "43", "unit-platelets": "mg/dL"},
    "a size nobody has in that unit": {
        **TOLD,
        "value-platelets": "43000",
        "unit-platelets": "10*9/L",
    },
    "a number that reads two ways": {**TOLD, "value-creatinine": "1,2", "unit-creatinine": "mg/dL"},
    "words where a number belongs": {
        **TOLD,
        "value-platelets": "clumped",
        "unit-platelets": "10*9/L",
    },
    "a day to come": {**TOLD, **LOW, "day": "2026-11-23"},
    "no day": {**TOLD, **LOW, "day": ""},
    "nobody who says so": {**TOLD, **LOW, "by": " "},
    "no value": TOLD,
    "one good and one bad value": {**TOLD, **LOW, "value-creatinine": "80"},
    "nothing chosen": {"step": "event", "day": "2026-11-21", "by": "a letter"},
    "a note without a word": {
        "step": "event",
        "what": "note ",
        "day": "2026-11-21",
        "by": "a letter",
    },
    "an end before the day": {
        "step": "event",
        "what": "relapse ",
        "day": "2026-11-21",
        "end": "2026-11-20",
        "by": "the person",
    },
    "nothing to take back": {
        "step": "value-back",
        "test": "platelets",
        "day": "2026-11-21",
        "source": "x|by hand 1|platelets",
        "reason": "typing error",
    },
    "no such step": {"step": "burn"},
}


@pytest.mark.parametrize("told", WRONG.values(), ids=WRONG)
def test_what_would_be_held_back_is_refused_whole_and_stays_typed(told, enter, page):
    before = count()
    answer = enter("priya").post(page, told)
    assert answer.status_code == 422
    assert count() == before
    words = answer.content.decode()
    assert "Nothing was changed" in words
    assert all(f'value="{told[name]}"' in words for name in told if name.startswith("value-"))


def test_a_value_is_converted_raises_its_alert_at_once_and_is_filed_once(enter, page, key):
    from longwatch.store.models import Alert

    nurse = enter("priya")
    sent = {**TOLD, **LOW, "form": "f1", "value-urine_protein": "negative"}
    assert nurse.post(page, sent)["Location"] == page.removesuffix("/enter")
    assert nurse.post(page, sent)["Location"] == page
    assert rows(key) == [(43.0, "final")]
    assert rows(key, "urine_protein") == [(0.0, "final")]
    rules = set(Alert.objects.filter(patient_id=key("N1157")).values_list("rule", flat=True))
    assert "PLT-2" in rules or "PLT-1" in rules
    shown = nurse.get(page).content.decode()
    assert "Elm street laboratory, by telephone" in shown
    assert "Elm street" in nurse.get(page.replace("enter", "results")).content.decode()


def test_a_slip_is_taken_back_with_a_reason_and_stays_readable(enter, page, key):
    from longwatch.store.by_hand import entered_values
    from longwatch.store.models import Patient

    person = Patient.objects.get(pk=key("N1157"))
    nurse = enter("priya")
    sent = {**TOLD, "value-alt": "410", "unit-alt": "U/L", "form": "f2"}
    assert nurse.post(page, sent).status_code == 302
    (one,) = [row for row in entered_values(person, 20) if row.test == "alt"]
    back = {"step": "value-back", "test": "alt", "day": "2026-11-21", "source": one.source}
    assert nurse.post(page, back).status_code == 422
    back["reason"] = "it was 41"
    assert nurse.post(page, back).status_code == 302
    assert [row for row in entered_values(person, 20) if row.test == "alt"] == []
    assert [status for _, status in rows(key, "alt")] == ["final", "cancelled"]
    again = {**TOLD, "value-alt": "41", "unit-alt": "U/L", "form": "f3"}
    assert nurse.post(page, again).status_code == 302
    counting = [row.sent_value for row in entered_values(person, 20) if row.test == "alt"]
    assert counting == ["41"]


def test_what_others_did_answers_what_was_asked_and_is_taken_back(enter, page, key):
    from longwatch.store.by_hand import entered_events
    from longwatch.store.models import Patient
    from longwatch.web.clock import today
    from longwatch.web.dossier import Dossier

    person = Patient.objects.get(pk=key("N1157"))

    def skin():
        rows = Dossier(Patient.objects.get(pk=person.pk), today()).status
        return next(row["last_answered"] for row in rows if row["activity"] == "skin-exam")

    before = skin()
    nurse = enter("priya")
    told = {
        "step": "event",
        "what": "procedure skin-exam",
        "day": "2026-11-20",
        "by": "letter of the dermatologist",
        "text": "nothing suspicious",
    }
    assert nurse.post(page, told).status_code == 302
    assert str(skin()) == "2026-11-20"
    (one,) = entered_events(person, 20)
    assert one.text == "nothing suspicious"
    back = {"step": "event-back", "day": "2026-11-20", "source": one.source, "reason": "not hers"}
    assert nurse.post(page, back).status_code == 302
    assert skin() == before
    assert entered_events(person, 20) == []
    assert nurse.post(page, back).status_code == 422


def test_what_a_laboratory_sent_is_not_taken_back_here(enter, page, key):
    from longwatch.store.models import Result

    sent = Result.objects.filter(patient_id=key("N1157"), gone=False).exclude(
        source__contains="|by hand "
    )
    one = sent.order_by("id").first()
    told = {"step": "value-back", "test": one.test, "day": str(one.date), "reason": "why not"}
    told["source"] = one.source or ""
    before = count()
    assert enter("priya").post(page, told).status_code == 422
    assert count() == before


def test_every_entry_stands_in_the_audit_with_its_author(enter, page, key):
    from longwatch.store.models import AuditEntry

    sent = {**TOLD, "value-tsh": "2.1", "unit-tsh": "mIU/L", "form": "f9"}
    assert enter("priya").post(page, sent).status_code == 302
    entry = AuditEntry.objects.filter(action="entered values by hand").latest("number")
    assert (entry.actor, entry.patient) == ("priya", "N1157")


def plans(key):
    from longwatch.store.models import Infusion

    rows = Infusion.objects.filter(patient_id=key("N1157"), gone=False, superseded_by=None)
    planned = rows.filter(status="planned").order_by("date")
    return [(str(row.date), row.course, row.day, row.dose_mg) for row in planned]


def test_the_next_course_is_planned_moved_and_taken_back(enter, page, key):
    from longwatch.store.models import Patient
    from longwatch.web.clock import today
    from longwatch.web.dossier import Dossier

    nurse = enter("priya")
    assert plans(key) == []
    over = {"step": "course", "day": "2026-11-21"}
    assert nurse.post(page, over).status_code == 422
    assert nurse.post(page, {"step": "course", "day": "2027-03-01"}).status_code == 302
    planned = plans(key)
    course, doses = planned[0][1], [row[3] for row in planned]
    assert [row[2] for row in planned] == list(range(1, len(planned) + 1))
    assert doses == [12.0] * len(planned)
    readiness = Dossier(Patient.objects.get(pk=key("N1157")), today()).readiness
    assert {row["course"] for row in readiness if str(row["date"]) == "2027-03-01"} == {course}
    assert nurse.post(page, {"step": "course", "day": "2027-03-08"}).status_code == 302
    assert plans(key)[0] == ("2027-03-08", course, 1, 12.0)
    assert len(plans(key)) == len(planned)
    assert nurse.post(page, {"step": "no-course"}).status_code == 422
    told = {"step": "no-course", "reason": "she wants to wait"}
    assert nurse.post(page, told).status_code == 302
    assert plans(key) == []
    assert nurse.post(page, told).status_code == 422


def test_a_medicine_goes_on_until_its_last_day(enter, page, key):
    from longwatch.store.by_hand import entered_events
    from longwatch.store.models import Patient

    told = {
        "step": "event",
        "what": "medication rxnorm-281",
        "day": "2026-11-01",
        "end": "2026-11-20",
        "by": "the person",
        "form": "m1",
    }
    nurse = enter("priya")
    assert nurse.post(page, told).status_code == 302
    (one,) = entered_events(Patient.objects.get(pk=key("N1157")), 20)
    assert (one.kind, one.code, str(one.end_date)) == ("medication", "rxnorm-281", "2026-11-20")
    assert "aciclovir" in nurse.get(page).content.decode()
