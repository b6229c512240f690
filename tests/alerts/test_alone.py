"""Few people are judged from plain rows, many from tables: all ways give the same answer."""

from datetime import UTC, datetime, time

import pytest
from tests.store.conftest import new_store, store, template  # noqa: F401 (fixtures)
from tests.watch.compare import record_of
from tests.watch.generate import generate

from longwatch.protocols.load import load_protocol

PEOPLE = 80


@pytest.mark.parametrize("engine", ["python", "compiled"])
@pytest.mark.parametrize("name", ["alemtuzumab-us", "alemtuzumab-eu"])
def test_whoever_is_judged_alone_is_judged_as_among_many(store, name, engine):  # noqa: F811
    from longwatch.alerts import judging
    from longwatch.alerts.judging import judge
    from longwatch.store.models import Patient
    from longwatch.store.record_in import write_record

    pack = load_protocol(name)
    rows, as_of = generate(pack, 5, PEOPLE, busy=True)
    write_record(record_of(rows), source="test", at=datetime.combine(as_of, time(8), UTC))
    people = dict(Patient.objects.values_list("id", "reference"))

    together = judge(pack, people, as_of, engine)
    assert len(people) > judging._FEW, "nobody was judged from tables"
    alone, in_groups, some = {}, {}, {}
    for key, reference in people.items():
        alone |= judge(pack, {key: reference}, as_of, engine, {})
        some[key] = reference
        if len(some) == 7:
            in_groups |= judge(pack, some, as_of, engine, {})
            some = {}
    in_groups |= judge(pack, some, as_of, engine, {})

    assert in_groups == alone
    assert len(alone) == len(people) > PEOPLE // 2
    assert sum(len(one.findings) for one in alone.values()) > PEOPLE
    for reference, one in alone.items():
        assert one == together[reference], reference
