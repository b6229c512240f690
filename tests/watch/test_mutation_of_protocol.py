"""No number of the US pack is idle: change any one a little, and some patient's answer changes.

Mutants and the unchanged pack run on the engine, which the differential test holds to the oracle.
The default run takes every fifteenth mutant, the campaign all of them.
"""

from collections.abc import Iterator
from functools import cache

import pytest
from tests.watch.compare import COMPARED, engine_answer, record_of
from tests.watch.expectations import unmet
from tests.watch.generate import generate
from tests.watch.mutants import mutants

from longwatch.core.record import Record
from longwatch.core.tables import OUTCOME
from longwatch.protocols.cases import Case, load_cases
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch

PACK = "alemtuzumab-us"
PATIENTS = 100
CHUNKS = range(900, 930)
EVERY = 15
KILLED = 0.99


@cache
def chunk(seed):
    """Some patients to whom much happens, and what the unchanged pack says of them."""
    pack = load_protocol(PACK)
    rows, as_of = generate(pack, seed, PATIENTS, busy=True)
    record = record_of(rows)
    return record, as_of, engine_answer(pack, record, as_of, "compiled")


def survives(pack, tables, chunks):
    """Whether no patient's answer differs from that of the unchanged pack."""
    for seed in chunks:
        record, as_of, expected = chunk(seed)
        answer = engine_answer(pack, record, as_of, "compiled", tables)
        if any(answer[name] != expected[name] for name in tables):
            return False
    return True


KNOWN: dict[str, tuple[Case, Record]] = {}


def cases() -> Iterator[tuple[Case, Record]]:
    """Every case of the pack with its Record, made when it is first asked for."""
    for case in all_cases():
        if case.name not in KNOWN:
            KNOWN[case.name] = case, Record.from_tables(**case.tables)
        yield KNOWN[case.name]


@cache
def all_cases():
    return load_cases(PACK)


def passes_all_cases(pack):
    """Whether no case of the pack notices."""
    for case, record in cases():
        outcome = watch(pack, record, case.as_of, engine="python")
        answer = {name: getattr(outcome, name).to_pylist() for name in OUTCOME}
        if unmet(case, answer, texts=False):
            return False
    return True


def survivors(every, chunks):
    """The mutants tried, and those that neither a random patient nor a case notices."""
    chosen = [mutant for n, mutant in enumerate(mutants(load_protocol(PACK))) if n % every == 0]
    found = [m for m in chosen if survives(m.pack, m.tables, chunks)]
    return chosen, [m.told for m in found if passes_all_cases(m.pack)]


def test_a_pack_changed_in_nothing_survives():
    again = load_protocol(PACK).model_copy(update={"title": "another"})
    assert survives(again, tuple(COMPARED), CHUNKS[:1])


def test_most_changed_numbers_are_noticed():
    chosen, found = survivors(EVERY, CHUNKS[:6])
    assert 1 - len(found) / len(chosen) >= KILLED, found


@pytest.mark.campaign
def test_every_changed_number_is_noticed():
    chosen, found = survivors(1, CHUNKS)
    assert 1 - len(found) / len(chosen) >= KILLED, found
