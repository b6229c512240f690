"""H23, H51: between the feed and the clinic's database nothing is said that is not so."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from longwatch.core.errors import LongwatchError
from longwatch.feed.arrival import Channel, Stored

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
CHANNEL = Channel("mllp", "10.0.0.5:4711")


@pytest.fixture
def clinic(monkeypatch):
    """The store with a database that answers as the test says; what it was asked is kept."""
    from longwatch.store.setup import configure

    configure()
    from longwatch.feed import clinic
    from longwatch.store.arrivals import Reception

    asked = []
    said = SimpleNamespace(answer="filed", error=None, closed=0)

    def answer(raw, **rest):
        asked.append((raw, rest))
        if said.error:
            raise said.error
        return SimpleNamespace(state=said.answer)

    def close():
        said.closed += 1

    monkeypatch.setattr(clinic.arrivals, "receive", answer)
    monkeypatch.setattr(clinic.arrivals, "keep_refused", answer)
    monkeypatch.setattr(clinic, "connection", SimpleNamespace(close=close, vendor="sqlite"))
    return SimpleNamespace(store=clinic.ClinicStore(Reception(UTC)), asked=asked, said=said)


@pytest.mark.parametrize(
    ("state", "duplicate"), [("filed", False), ("held", False), ("duplicate", True)]
)
def test_what_the_database_says_is_passed_on(clinic, message, state, duplicate):
    clinic.said.answer = state

    assert clinic.store.store(message(1), CHANNEL, NOW) == Stored(duplicate)
    ((raw, rest),) = clinic.asked
    assert raw == message(1)
    assert (rest["channel"], rest["origin"], rest["received"]) == ("mllp", "10.0.0.5:4711", NOW)
    assert (rest["sender"], rest["control_id"]) == ("LIS/LAB", "M1")


def test_a_file_that_is_no_hl7_has_no_sender_and_no_id(clinic):
    clinic.store.store(b'{"resourceType": "Bundle"}', Channel("folder", "a.json"), NOW)

    assert (clinic.asked[0][1]["sender"], clinic.asked[0][1]["control_id"]) == (None, None)


@pytest.mark.parametrize("what", ["store", "keep_refused"])
def test_a_failing_database_is_said_without_its_words_and_gets_a_new_connection(
    clinic, message, what
):
    from django.db import OperationalError

    clinic.said.error = OperationalError("Failing row contains (DOE, JANE)")
    rest = () if what == "store" else ("why", 3)

    with pytest.raises(LongwatchError, match="the database refused") as caught:
        getattr(clinic.store, what)(message(1), CHANNEL, NOW, *rest)
    assert "DOE" not in str(caught.value)
    assert clinic.said.closed == 1


def test_what_was_cut_says_how_long_it_was(clinic):
    clinic.store.keep_refused(b"x" * 10, CHANNEL, NOW, "too long", 5_000_000)
    clinic.store.keep_refused(b"x" * 10, CHANNEL, NOW, "cut off", 10)

    assert [rest["why"] for _, rest in clinic.asked] == [
        "too long (5,000,000 bytes, 10 of them kept)",
        "cut off",
    ]
