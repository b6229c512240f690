"""Every case of every shipped pack, held against engine and oracle alike."""

import pytest
from tests.oracle import oracle
from tests.watch.compare import rows_of
from tests.watch.expectations import unmet

from longwatch.core.record import Record
from longwatch.protocols.cases import load_cases
from longwatch.protocols.folders import packs
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch

CASES = [(pack, case) for pack in packs() for case in load_cases(pack)]
IDS = [f"{pack}: {case.name}" for pack, case in CASES]
TABLES = ("status", "findings", "adherence", "readiness", "prophylaxis", "worklist")


@pytest.mark.parametrize(("pack_id", "case"), CASES, ids=IDS)
def test_engine(pack_id, case):
    outcome = watch(load_protocol(pack_id), Record.from_tables(**case.tables), case.as_of)
    answer = {name: getattr(outcome, name).to_pylist() for name in TABLES}
    assert unmet(case, answer, texts=True) == []


@pytest.mark.parametrize(("pack_id", "case"), CASES, ids=IDS)
def test_oracle(pack_id, case):
    rows = rows_of(Record.from_tables(**case.tables))
    answer = oracle(load_protocol(pack_id), rows, case.as_of)
    assert unmet(case, answer, texts=False) == []


def test_every_pack_has_cases():
    assert {pack for pack, _ in CASES} == set(packs())
