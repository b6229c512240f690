"""Matching with the people at hand answers as matching with the whole clinic does."""

from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.store.often import often

from longwatch.core.record import Record
from longwatch.exchange.intake import OWN, Person
from longwatch.exchange.matching import People
from longwatch.store.people_at_hand import people_at_hand
from longwatch.store.record_in import write_record
from longwatch.store.record_out import read_record

# Few numbers, so that references and numbers of several authorities coincide.
NUMBERS = st.sampled_from(["1", "2", "3", "1@A", "1@A~2"])
AUTHORITIES = st.sampled_from(["A", "B", "https://x.example/Patient"])
BORN = st.sampled_from([None, date(1990, 5, 1), date(1991, 1, 1)])
SEX = st.sampled_from([None, "female", "male"])
NAME = st.sampled_from([None, "Roe, Ann", "Roe, Eve"])

PEOPLE = st.lists(
    st.fixed_dictionaries({"patient": NUMBERS, "birth_date": BORN, "sex": SEX, "name": NAME}),
    max_size=4,
    unique_by=lambda row: row["patient"],
)
PERSONS = st.builds(
    Person,
    identifiers=st.lists(
        st.tuples(AUTHORITIES | st.sampled_from([OWN, ""]), NUMBERS), max_size=3
    ).map(tuple),
    name=NAME,
    birth_date=BORN,
    sex=SEX,
)


@settings(
    max_examples=often(40),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=PEOPLE,
    numbers=st.lists(st.tuples(AUTHORITIES, NUMBERS), max_size=6, unique=True),
    persons=st.lists(PERSONS, min_size=1, max_size=3),
    data=st.data(),
)
def test_a_match_is_the_same(new_store, now, rows, numbers, persons, data):
    names = [row["patient"] for row in rows]
    whose = [data.draw(st.sampled_from(names)) for _ in numbers] if names else []
    known = [
        {"authority": authority, "value": value, "patient": patient}
        for (authority, value), patient in zip(numbers, whose, strict=False)
    ]
    new_store()
    _fill(rows, known, now)
    whole = _whole()
    with transaction.atomic():
        few, _ = people_at_hand(persons)

    for who in persons:
        assert few.match(who) == whole.match(who)
        assert few.register(who) == whole.register(who)


def _fill(rows, known, now):
    columns = ("patient", "birth_date", "sex", "name")
    patients = {name: [row[name] for row in rows] for name in columns}
    identifiers = {name: [row[name] for row in known] for name in ("authority", "value", "patient")}
    tables = {"patients": patients} if rows else {}
    tables |= {"identifiers": identifiers} if known else {}
    write_record(Record.from_tables(**tables), source="registry", at=now)


def _whole() -> People:
    record = read_record()
    return People.of(record.patients.to_pylist(), record.identifiers.to_pylist())


def test_only_those_with_one_of_the_numbers_are_loaded(store, now):
    rows = [{"patient": str(n), "birth_date": None, "sex": None, "name": None} for n in range(9)]
    _fill(rows, [{"authority": "A", "value": "7", "patient": "3"}], now)

    with transaction.atomic():
        people, keys = people_at_hand([Person(identifiers=(("A", "7"),))])

    assert sorted(people.rows) == sorted(keys) == ["3", "7"]


@pytest.mark.parametrize("persons", [[], [Person()]])
def test_nobody_is_loaded_for_nobody(store, now, persons):
    with transaction.atomic():
        people, keys = people_at_hand(persons)

    assert people.rows == {}
    assert keys == {}
