"""The fast engine equals the slow oracle on random patients (invariant 6).

One test is one seed and one pack. On a difference it shows the smallest patient it can find, as a
case to paste. `LONGWATCH_CAMPAIGN_PATIENTS` sets the size of the campaign.
"""

import os

import pytest
from tests.watch.compare import differences, engine_answer, oracle_answer, record_of
from tests.watch.generate import generate
from tests.watch.oddpack import ODD
from tests.watch.shrink import as_case, shrink

from longwatch.protocols.folders import packs
from longwatch.protocols.load import load_protocol

PATIENTS = 250
SEEDS = {"alemtuzumab-us": range(20)}
OTHERS = range(5)
RUNS = [(pack, seed) for pack in packs() for seed in SEEDS.get(pack, OTHERS)]
CAMPAIGN_PATIENTS = int(os.environ.get("LONGWATCH_CAMPAIGN_PATIENTS", "1000000"))
CAMPAIGN_SIZE = 5000


def check(pack, seed, patients, engine):
    rows, as_of = generate(pack, seed, patients, busy=seed % 4 == 3)
    record = record_of(rows)
    fast = engine_answer(pack, record, as_of, engine)
    slow = oracle_answer(pack, record, as_of)
    if fast != slow:
        pytest.fail(smallest(pack, rows, as_of, engine, fast, slow), pytrace=False)


def smallest(pack, rows, as_of, engine, fast, slow):
    """The report: the first patient who differs alone, made small."""

    def told(some):
        record = record_of(some)
        return differences(
            engine_answer(pack, record, as_of, engine), oracle_answer(pack, record, as_of)
        )

    all_told = differences(fast, slow)
    for patient in sorted({row["patient"] for table in rows.values() for row in table}):
        one = {
            name: [row for row in table if row["patient"] == patient]
            for name, table in rows.items()
        }
        if any(repr(patient) in line for line in all_told) and told(one):
            small = shrink(one, lambda some: bool(told(some)))
            return f"{pack.id}, engine {engine}:\n{as_case(small, as_of, told(small))}"
    return "only among others:\n" + "\n".join(all_told[:20])


@pytest.mark.parametrize(("pack_id", "seed"), RUNS)
def test_engine_equals_oracle_on_random_patients(pack_id, seed):
    check(load_protocol(pack_id), seed, PATIENTS, "compiled")


@pytest.mark.parametrize("seed", range(4))
def test_engine_equals_oracle_on_everything_rules_can_say(seed):
    check(ODD, seed, 100, "compiled")


@pytest.mark.parametrize("pack", [*map(load_protocol, packs()), ODD], ids=lambda pack: pack.id)
def test_interpreted_engine_equals_oracle_on_random_patients(pack):
    check(pack, 1000, 60, "python")


def test_the_default_run_compares_at_least_ten_thousand_patients():
    assert len(RUNS) * PATIENTS >= 10_000


@pytest.mark.campaign
@pytest.mark.parametrize("pack_id", packs())
def test_campaign(pack_id):
    for seed in range(CAMPAIGN_PATIENTS // CAMPAIGN_SIZE // len(packs())):
        check(load_protocol(pack_id), 1_000_000 + seed, CAMPAIGN_SIZE, "compiled")
