"""The desk: what cannot be filed is seen, decided by somebody with a reason, and stays found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

MESSAGE = (
    "MSH|^~\\&|LAB|SOUTH|||20261121080000||ORU^R01^ORU_R01|M{n}|P|2.5\r"
    "PID|1||{who}^^^Northside||Nobody^Known||19700101|F\r"
    "OBR|1|O{n}||57021-8^CBC^LN|||20261121070000\r"
    "OBX|1|NM|777-3^Platelets^LN||{value}|{unit}|||||F|||20261121070000\r"
)


@pytest.fixture
def held(clinic):
    """Makes one more held item and gives it."""
    from longwatch.store.arrivals import Reception, receive
    from longwatch.store.models import HeldItem

    made = []

    def hold(who="X9", value="201", unit="10*9/L"):
        made.append(who)
        text = MESSAGE.format(n=f"{who}{value}", who=who, value=value, unit=unit)
        at = datetime(2026, 11, 22, 8, tzinfo=UTC)
        receive(text.encode(), channel="test", received=at, reception=Reception(UTC))
        return HeldItem.objects.filter(resolved_at=None).latest("id")

    return hold


def test_a_result_of_nobody_known_is_filed_to_a_person_and_alerts_follow(enter, held):
    from longwatch.store.models import Alert, AuditEntry, HeldItem, Result

    one, nurse = held("X1", "7"), enter("priya")
    assert "this patient is not in" in nurse.get("/desk").content.decode().lower()
    page = nurse.post(f"/desk/{one.pk}", {"step": "search", "q": "N1018"}).content.decode()
    assert "N1018" in page
    assert "As it arrived" in page
    given = {"step": "file", "patient": "N1018", "reason": "the report names her"}
    assert nurse.post(f"/desk/{one.pk}", given).status_code == 302
    assert Result.objects.filter(patient__reference="N1018", value=7).exists()
    assert HeldItem.objects.get(pk=one.pk).resolved_by == "priya"
    assert Alert.objects.filter(subject="N1018", rule="PLT-1").exists()
    assert AuditEntry.objects.filter(action="filed what was held", actor="priya").exists()


@pytest.mark.parametrize("step", ["file", "reject", "teach", "burn"])
def test_without_a_reason_nothing_is_decided_and_what_was_typed_stays(step, enter, held):
    from longwatch.store.models import HeldItem

    one = held(f"X2{step}")
    given = {"step": step, "day": "2026-11-20", "test": "platelets"}
    answer = enter("priya").post(f"/desk/{one.pk}", given)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Nothing was changed" in page
    assert "2026-11-20" in page
    assert HeldItem.objects.get(pk=one.pk).resolved_at is None


def test_a_rejected_item_is_kept_and_found_again(enter, held):
    one, nurse = held("X3"), enter("priya")
    nurse.post(f"/desk/{one.pk}", {"step": "reject", "reason": "a sample of the laboratory"})
    assert "a sample of the laboratory" in nurse.get("/desk").content.decode()
    page = nurse.get(f"/desk/{one.pk}").content.decode()
    assert "rejected by priya" in page
    assert "Set it aside" not in page


def test_a_unit_is_taught_by_one_and_counts_when_another_confirmed(enter, held):
    from longwatch.store.models import LearnedAlias

    one, nurse = held("N1018", "203", "Gpt/odd"), enter("priya")
    given = {"step": "teach", "test": "platelets", "meaning": "10*9/L", "reason": "asked"}
    assert nurse.post(f"/desk/{one.pk}", given).status_code == 302
    alias = LearnedAlias.objects.latest("id")
    sign = {"step": "confirm", "number": alias.pk}
    assert nurse.post("/desk/step", sign).status_code == 422
    assert enter("olsen").post("/desk/step", sign).status_code == 302
    alias.refresh_from_db()
    assert alias.confirmed_by.get_username() == "olsen"
    gone = {"step": "withdraw", "number": alias.pk, "reason": "it was wrong"}
    assert nurse.post("/desk/step", gone).status_code == 302


def test_two_numbers_are_joined_and_separated_again(enter):
    from longwatch.store.models import Patient

    nurse = enter("priya")
    pair = {"patient": "N1157", "into": "N1018", "reason": "letter"}
    assert nurse.post("/desk/step", {"step": "merge", **pair}).status_code == 302
    assert "N1157 → N1018" in nurse.get("/desk").content.decode()
    assert nurse.post("/desk/step", {"step": "unmerge", **pair}).status_code == 302
    assert Patient.objects.get(reference="N1157").joined_into is None


@pytest.mark.parametrize(("who", "sees"), [("priya", True), ("inga", False)])
def test_only_who_decides_is_shown_the_way_to_the_desk(who, sees, enter):
    page = enter(who).get("/worklist").content.decode()
    assert "Could not be filed" in page
    assert ("Open the desk" in page) is sees


def test_what_was_set_aside_waits_again_with_a_reason(enter, held):
    from longwatch.store.models import AuditEntry, HeldItem

    one, nurse = held("X9again"), enter("priya")
    reject = {"step": "reject", "reason": "a sample of the laboratory"}
    assert nurse.post(f"/desk/{one.pk}", {**reject, "step": "reopen"}).status_code == 422
    assert nurse.post(f"/desk/{one.pk}", reject).status_code == 302
    assert "Let it wait again" in nurse.get(f"/desk/{one.pk}").content.decode()
    assert nurse.post(f"/desk/{one.pk}", {"step": "reopen"}).status_code == 422
    again = {"step": "reopen", "reason": "it was of a person after all"}
    assert nurse.post(f"/desk/{one.pk}", again).status_code == 302
    assert HeldItem.objects.get(pk=one.pk).resolution is None
    assert AuditEntry.objects.filter(action="took up again what was set aside").count() == 1
