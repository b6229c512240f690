"""Every entry that arrives ends filed, a duplicate, held or counted: real and generated ones."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from tests.store.messages import NEW_PEOPLE, RECEPTION, clinic, oru
from tests.store.people import MORNING, adt, believe_the_registry, two_records_of_one_person

from longwatch.store import taking_in
from longwatch.store.arrivals import receive
from longwatch.store.models import HeldItem, Message, Result
from longwatch.store.record_in import write_record

INPUTS = Path(os.environ.get("LONGWATCH_INPUTS") or Path(__file__).parents[3] / "shared/inputs")


def _conserved(watched, raw, minute, reception=RECEPTION):
    """Receives a message; its entries must add up, and its bytes must be there."""
    when = MORNING + timedelta(seconds=minute)
    arrived = receive(raw, channel="mllp", received=when, reception=reception)
    while watched:
        account = watched.pop().account
        assert account.conserved, (account.read, account.accounted)
    assert bytes(_first(arrived).raw) == raw
    return arrived


@pytest.fixture
def watched(monkeypatch):
    """Every decision of the filing, as it is made."""
    made = []

    def decide_together(*items, **more):
        found = together(*items, **more)
        made.extend(found)
        return found

    def decide(*items, **more):
        made.append(alone(*items, **more))
        return made[-1]

    together, alone = taking_in.decide_together, taking_in.decide
    monkeypatch.setattr(taking_in, "decide_together", decide_together)
    monkeypatch.setattr(taking_in, "decide", decide)
    return made


def _first(arrived):
    row = Message.objects.get(pk=arrived.message)
    return row.first or row


def generated(dice, number):
    """One message: a result in any state of anybody, or a word about who is who."""
    control = f"C{number if dice.random() < 0.8 else dice.randrange(max(number, 1))}"
    who = dice.choice(["1", "2", "77"])
    if dice.random() < 0.1:
        trigger = dice.choice(
            ["A40", "A34", "A47", "A24", "A37", "A08", "A31", "A45", "A43", "A01"]
        )
        before = "" if trigger in ("A08", "A31", "A01") else dice.choice(["1", "2", "9"])
        name = dice.choice(["Roe^Ann", "Doe^Jon"])
        return adt(trigger, who, before, control=control, name=name)
    raw = oru(
        dice.choice(["240", "25", "<5", "clumped", "", "1,200", "9999999"]),
        dice.choice(["P", "F", "C", "X", "W", "D", "I", "?"]),
        who=who,
        order=f"A{dice.randrange(40)}",
        sent=f"202506{dice.randrange(1, 29):02}120000",
        day=dice.choice(["20250602", "20250603", "", "20990101", "2025"]),
        unit=dice.choice(["10*9/L", "K/uL", "", "furlongs"]),
        code=dice.choice(["777-3^Platelets^LN", "PLT9^Platelet count^L", "X^Nobody watches^L"]),
        control=control,
        born=dice.choice(["", "19900501", "19910101"]),
        production=dice.choice(["P", "P", "P", "T", ""]),
    )
    if dice.random() < 0.1:
        cut = dice.randrange(len(raw))
        raw = raw[:cut] + raw[cut + dice.randrange(9) :]
    return raw


def _many(watched, count):
    two_records_of_one_person()
    believe_the_registry()
    dice = random.Random(count)
    states = Counter(str(_conserved(watched, generated(dice, n), n).state) for n in range(count))
    assert sum(states.values()) == count == Message.objects.count()
    return states


def test_G5_five_hundred_generated_messages_are_all_accounted_for(store, watched):
    states = _many(watched, 500)

    assert min(states[name] for name in ("filed", "held", "duplicate")) > 5
    assert HeldItem.objects.filter(message=None).count() == 0
    assert Result.objects.filter(message=None).count() == 0


@pytest.mark.campaign
def test_G5_a_hundred_thousand_generated_messages_are_all_accounted_for(store, watched):
    print(_many(watched, int(os.environ.get("LONGWATCH_MESSAGES", "100000"))))


@pytest.mark.campaign
def test_G5_every_real_file_is_accounted_for(store, watched):
    if not INPUTS.is_dir():
        pytest.skip(f"no real inputs at {INPUTS}: set LONGWATCH_INPUTS to run this test")
    write_record(clinic(), source="registry", at=MORNING)
    states = Counter()
    for number, path in enumerate(sorted(INPUTS.rglob("*"))):
        if path.is_file() and path.stat().st_size < 4_000_000:
            raw = path.read_bytes()
            if raw and Message.objects.filter(raw=raw).exists():
                continue
            states[str(_conserved(watched, raw, number, NEW_PEOPLE).state)] += 1
    print(states)
    assert sum(states.values()) == Message.objects.count()
