"""What pages say of a person is what the watch says over the person's Record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.conftest import NOW


def dossiers(day):
    from longwatch.store.models import Patient
    from longwatch.web.dossier import Dossier

    return [Dossier(one, day) for one in Patient.objects.all()]


def days():
    from longwatch.sample import AS_OF

    return (AS_OF, AS_OF - timedelta(days=400), AS_OF + timedelta(days=90))


TABLES = ("status", "findings", "adherence", "readiness", "prophylaxis", "worklist", "unjudged")


@pytest.mark.parametrize("at", range(3))
def test_the_short_way_to_the_watch_says_what_the_watch_says(clinic, at):
    from longwatch.watch import watch
    from longwatch.watch.plan import plan

    short = 0
    for dossier in dossiers(days()[at]):
        record, name = dossier.record, dossier.person.reference
        whole = watch(dossier.pack, record, dossier.as_of, engine="python")
        for table in TABLES:
            assert dossier.outcome.table(table).to_pylist() == whole.table(table).to_pylist(), name
        assert dossier.plan == plan(
            dossier.pack, record=record, patient=name, as_of=dossier.as_of
        ), name
        assert dossier.watch_end == dossier.plan.end
        assert list(dossier.monthly) == [one for one in dossier.plan.items if one.activity == "cbc"]
        assert str(dossier.outcome.explain(name)) == str(whole.explain(name))
        assert dossier.outcome.unusable == whole.unusable
        assert _told(dossier.all_infusions) == _told(record.infusions.to_pylist())
        assert _told(dossier.all_events) == _told(record.events.to_pylist())
        if dossier._known is not None:
            short += 1
            assert _told(dossier._known.results) == _told(record.results.to_pylist())
    assert short, "nobody went the short way"


def _told(rows):
    return [{name: cell for name, cell in row.items() if name != "patient"} for row in rows]


UNUSUAL = (
    ("an infusion without a course", "Infusion", {"course": None, "day": 1}),
    ("an amount that stands for a grade", "Result", {"test": "urine_protein", "unit": "mg/dL"}),
    ("a value that only its text tells", "Result", {"value": None, "text": "<5"}),
)


@pytest.mark.parametrize(
    ("model", "cells"), [case[1:] for case in UNUSUAL], ids=[c[0] for c in UNUSUAL]
)
def test_what_has_to_be_read_is_read_as_a_record(model, cells, undone, key):
    from longwatch.store import models
    from longwatch.web.known_rows import known_rows

    person = models.Patient.objects.get(pk=key("N1018"))
    assert known_rows(person) is not None
    usual = {"test": "platelets", "value": 30.0, "unit": "10*9/L"} if model == "Result" else {}
    made = {"patient": person, "date": days()[0], "digest": "unusual", "filed_at": NOW}
    getattr(models, model).objects.create(**made, **usual | cells)
    assert known_rows(person) is None


def test_who_is_read_with_somebody_else_is_read_as_a_record(undone, key):
    from longwatch.store.models import Patient
    from longwatch.web.known_rows import known_rows

    one, other = (Patient.objects.get(pk=key(name)) for name in ("N1018", "N1157"))
    Patient.objects.filter(pk=one.pk).update(joined_into=other)
    one.refresh_from_db()
    assert known_rows(one) is None
    assert known_rows(other) is None
