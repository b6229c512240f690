"""No number of the US pack is idle: change any one a little, and some patient's answer changes.

The answers of the unchanged pack come from the oracle; the mutants run on the engine. The default
run takes every ninth mutant, the campaign all of them.
"""

from functools import cache

import pytest
from tests.watch.compare import COMPARED, engine_answer, oracle_answer, record_of
from tests.watch.generate import generate
from tests.watch.mutants import mutants

from longwatch.protocols.load import load_protocol

PACK = "alemtuzumab-us"
PATIENTS = 100
CHUNKS = range(900, 930)
EVERY = 9
KILLED = 0.99


@cache
def chunk(seed):
    """Some patients to whom much happens, and what the oracle says of them."""
    pack = load_protocol(PACK)
    rows, as_of = generate(pack, seed, PATIENTS, busy=True)
    record = record_of(rows)
    return record, as_of, oracle_answer(pack, record, as_of)


def survives(pack, tables, chunks):
    """Whether no patient's answer differs from that of the unchanged pack."""
    for seed in chunks:
        record, as_of, expected = chunk(seed)
        answer = engine_answer(pack, record, as_of, "compiled", tables)
        if any(answer[name] != expected[name] for name in tables):
            return False
    return True


def survivors(every, chunks):
    chosen = [mutant for n, mutant in enumerate(mutants(load_protocol(PACK))) if n % every == 0]
    found = [m.told for m in chosen if survives(m.pack, m.tables, chunks)]
    return chosen, found


def test_the_unchanged_pack_survives():
    assert survives(load_protocol(PACK), tuple(COMPARED), CHUNKS[:1])


def test_most_changed_numbers_are_noticed():
    chosen, found = survivors(EVERY, CHUNKS[:12])
    assert len(found) <= 0.01 * len(chosen) + 1, found


@pytest.mark.campaign
def test_every_changed_number_is_noticed():
    chosen, found = survivors(1, CHUNKS)
    assert 1 - len(found) / len(chosen) >= KILLED, found
