"""H51, G3: whatever statement fails, nothing is half stored, AE is said, and then it heals."""

import sqlite3
from contextlib import closing
from datetime import UTC

import pytest
from django.db import Error, OperationalError, connection
from tests.store.messages import NEW_PEOPLE, oru

from longwatch.feed.answering import answer
from longwatch.feed.arrival import Channel
from longwatch.feed.clinic import ClinicStore
from longwatch.feed.mllp import Frame, Kind
from longwatch.store.arrivals import receive
from longwatch.store.audit import verify_audit
from longwatch.store.models import AuditEntry, Message, Patient, Result

pytestmark = pytest.mark.usefixtures("store")
RAW = oru("25", who="77")
FRAME = Frame(Kind.MESSAGE, RAW, len(RAW))
CHANNEL = Channel("mllp", "10.0.0.1")


class Fails:
    """Fails the k-th statement, and all after it where the fault lasts."""

    def __init__(self, number, lasts):
        self.left, self.lasts = number, lasts

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0 or (self.lasts and self.left < 0):
            raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)


@pytest.mark.parametrize("lasts", [False, True], ids=["one failure", "it lasts"])
def test_every_statement_of_a_message_may_fail_and_nothing_is_half_stored(now, lasts):
    number, failed = 0, True
    while failed:
        number += 1
        try:
            with connection.execute_wrapper(Fails(number, lasts)):
                receive(RAW, channel="mllp", received=now, reception=NEW_PEOPLE)
            failed = False
        except Error:
            assert not connection.in_atomic_block
            for model in (Message, Patient, Result, AuditEntry):
                assert model.objects.count() == 0, f"statement {number} left a {model.__name__}"

    assert number > 10
    assert (Message.objects.count(), Result.objects.count()) == (1, 1)
    assert verify_audit().problem is None


def test_a_sender_hears_AE_while_it_fails_and_AA_when_it_is_over(now):
    store = ClinicStore(NEW_PEOPLE)

    with connection.execute_wrapper(Fails(4, True)):
        said = answer(FRAME, CHANNEL, store, now).code.value
    again = answer(FRAME, CHANNEL, store, now).code.value

    assert (said, again) == ("AE", "AA")
    assert Message.objects.count() == 1


def _full(name):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")


def _read_only(name):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")


FAULTS = {"the disk is full": _full, "the disk is read-only": _read_only}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_real_fault_of_sqlite_is_answered_AE_and_nothing_is_lost(store, now, fault):
    if connection.vendor != "sqlite":
        pytest.skip("faults of SQLite")
    clinic = ClinicStore(NEW_PEOPLE)
    FAULTS[fault](store)
    big = oru("25", who="77", control="C" * 900_000)
    said = answer(Frame(Kind.MESSAGE, big, len(big)), CHANNEL, clinic, now).code.value
    connection.close()
    again = answer(Frame(Kind.MESSAGE, big, len(big)), CHANNEL, clinic, now).code.value

    assert (said, again) == ("AE", "AA")
    assert Message.objects.count() == 1


def test_a_locked_database_is_waited_for_and_then_answered_AE(store, now):
    if connection.vendor != "sqlite":
        pytest.skip("faults of SQLite")
    clinic = ClinicStore(NEW_PEOPLE)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        said = answer(FRAME, CHANNEL, clinic, now).code.value
        other.execute("ROLLBACK")

    assert said == "AE"
    assert answer(FRAME, CHANNEL, clinic, now).code.value == "AA"


def test_a_database_that_went_away_is_found_again(store, now):
    clinic = ClinicStore(NEW_PEOPLE)
    assert answer(FRAME, CHANNEL, clinic, now).code.value == "AA"
    connection.close()
    connection.settings_dict["NAME"] = f"{store}/gone"
    said = answer(FRAME, CHANNEL, clinic, now.astimezone(UTC)).code.value
    connection.settings_dict["NAME"] = store

    other = oru("26", who="77", order="A2")
    again = answer(Frame(Kind.MESSAGE, other, len(other)), CHANNEL, clinic, now).code.value
    assert (said, again) == ("AE", "AA")
