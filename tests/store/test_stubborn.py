"""A message on which the store fails every time is kept for a person and blocks nobody."""

from __future__ import annotations

import pytest
from django.db import DataError, OperationalError
from tests.store.messages import RECEPTION, clinic, oru
from tests.store.people import MORNING

from longwatch.feed.answering import answer
from longwatch.feed.arrival import Channel
from longwatch.feed.clinic import ClinicStore
from longwatch.feed.mllp import Frame, Kind
from longwatch.store.models import HeldItem, Message, Result
from longwatch.store.record_in import write_record

CHANNEL = Channel("mllp", "10.0.0.5:4711")


class Trouble:
    """What hangs on each message, and fails on those that hold a word."""

    def __init__(self, error):
        self.error = error
        self.word = b"C1|P"

    def __call__(self, arrived):
        if self.word in bytes(Message.objects.get(pk=arrived.message).raw):
            raise self.error


def _said(store, raw):
    return answer(Frame(Kind.MESSAGE, raw, len(raw)), CHANNEL, store, MORNING)


@pytest.mark.parametrize("error", [ZeroDivisionError(), DataError("row (DOE, JANE)")])
def test_the_third_failure_is_AR_and_the_message_is_kept_raw(store, error):
    write_record(clinic(), source="registry", at=MORNING)
    trouble = Trouble(error)
    kept = ClinicStore(RECEPTION, and_then=trouble)

    answers = [_said(kept, oru("25")) for _ in range(5)]

    assert [one.code.value for one in answers] == ["AE", "AE", "AR", "AR", "AR"]
    assert b"kept for a person" in answers[2].message
    assert b"DOE" not in b"".join(one.message for one in answers)
    item = HeldItem.objects.get()
    assert "failed on it 3 times" in item.detail
    assert bytes(item.message.raw) == oru("25")
    assert Message.objects.count() == 1
    assert not Result.objects.exists()
    assert _said(kept, oru("24", control="C2")).code.value == "AA"

    trouble.word = b"nothing"
    assert _said(kept, oru("25")).code.value == "AA"
    assert Result.objects.count() == 2


def test_a_database_that_is_away_is_no_fault_of_the_message(store):
    kept = ClinicStore(RECEPTION, and_then=Trouble(OperationalError("disk full")))

    assert {_said(kept, oru("25")).code.value for _ in range(6)} == {"AE"}
    assert not Message.objects.exists()


def test_the_clinic_says_how_often_it_is_tried(store):
    kept = ClinicStore(RECEPTION, and_then=Trouble(ZeroDivisionError()), tries=1)

    assert _said(kept, oru("25")).code.value == "AR"


def test_a_file_that_no_reader_takes_is_held_and_not_tried_for_ever(store):
    kept = ClinicStore(RECEPTION, and_then=lambda arrived: None)

    kept.store(b"a,b\n1,2\n", Channel("folder", "x.csv"), MORNING)

    assert HeldItem.objects.get().reason == "bad-message"
