"""The tree of why: plain data, everything has one, and none can ever disagree with the engine."""

import json
import re

import pytest
from tests.watch.compare import record_of
from tests.watch.explained import US, clinic_outcome, node, texts
from tests.watch.outcomes import RUNS, sample

from longwatch.core.errors import UsageError
from longwatch.core.record import Record
from longwatch.protocols.folders import packs
from longwatch.protocols.load import load_protocol
from longwatch.protocols.model import AllOf, AnyOf, AtLeast
from longwatch.sample import AS_OF
from longwatch.watch import watch
from longwatch.watch.explain import Why, explain, explanations
from longwatch.watch.explain_chart import Dossier
from longwatch.watch.explain_rules import explain_rule

# --- The tree -----------------------------------------------------------------------------


def test_a_tree_is_plain_data_and_one_line_a_node():
    why = clinic_outcome(US).explain("N1004")
    data = json.loads(json.dumps(why.as_dict()))
    assert data["children"][0]["text"] == why.children[0].text
    lines = why.lines()
    assert len(lines) == len(list(why.walk()))
    assert str(why).splitlines() == lines


def test_what_a_laboratory_writes_cannot_break_the_lines():
    why = Why("clumped\n└── normal\x1b[2J", "a\u202eb")
    assert why.lines() == ["clumped └── normal [2J [a b]"]


@pytest.mark.parametrize(
    ("patient", "item", "part"),
    [
        ("N1004x", None, "did you mean 'N1004'.*There are: N1001, .* and [0-9]+ more"),
        ("N1004", "PLT1", "did you mean 'PLT-1'"),
        ("N1004", "creatinin", "did you mean 'creatinine'"),
        ("N1004", "qqq", "There are: .*PLT-1.*FLAG-STROKE.*cbc.*antiviral.*course-limit"),
    ],
)
def test_unknown_names_say_what_is_meant_and_what_there_is(patient, item, part):
    with pytest.raises(UsageError, match=part):
        explain(clinic_outcome(US), patient, item)


# --- Everything can be explained, and nothing disagrees -----------------------------------------


@pytest.mark.parametrize("pack_id", packs())
@pytest.mark.parametrize("patient", ["N1001", "N1009", "N1098", "N1137", "empty"])
def test_every_id_of_every_pack_can_be_explained(pack_id, patient):
    outcome = clinic_outcome(pack_id)
    if patient == "empty":
        record = Record.from_tables(patients={"patient": ["empty"]})
        outcome = watch(load_protocol(pack_id), record, AS_OF)
    for item in [None, *explanations(outcome.pack)]:
        why = outcome.explain(patient, item)
        assert why.text
        assert all(one.text.strip() for one in why.walk())


def test_every_row_of_findings_is_explained_down_to_value_date_and_source():
    outcome = clinic_outcome(US)
    explained = {}
    rows = outcome.findings.to_pylist()
    assert rows
    for row in rows:
        key = row["patient"], row["rule"]
        if key not in explained:
            explained[key] = outcome.explain(*key)
        why = explained[key]
        assert row["source"] in why.source
        found = node(why, f"Finding of {row['date']}")
        below = " ".join(texts(found))
        assert str(row["date"]) in below
        assert row["action"] in below
        if row["value"] is not None:
            held = found.children[0]
            number = re.escape(f"{row['value']:.10g}")
            value = re.compile(rf" {number}[ ;)]")
            assert any(value.search(text) for text in texts(held)), found
            assert any(one.source for one in held.walk())


def _answer(condition, leaves):
    """Three-valued: the answer of a condition from the words of its leaves."""
    match condition:
        case AllOf(all=parts):
            return min(_answer(part, leaves) for part in parts)
        case AnyOf(any=parts):
            return max(_answer(part, leaves) for part in parts)
        case AtLeast(at_least=count, of=parts):
            return sorted((_answer(part, leaves) for part in parts), reverse=True)[count - 1]
    return next(leaves)


def _leaf_answers(why):
    words = {"not met": 0, "undecided": 1, "met": 2}
    heads = ("All of these", "Any of these", "At least ")
    if why.text.startswith(heads) and not why.text.endswith(tuple(f": {word}" for word in words)):
        for child in why.children:
            yield from _leaf_answers(child)
    else:
        yield words[why.text.rpartition(": ")[2]]


def _agrees_with_findings(outcome, patient):
    dossier = Dossier(outcome, patient)
    for number, rule in enumerate(dossier.compiled.rules):
        rows = [row for _, row in dossier.findings if row["rule"] == rule.id]
        why = explain_rule(dossier, number)
        told = [one for one in why.children if one.text.startswith("Finding of")]
        assert len(told) == len(rows)
        for row, finding in zip(rows, told, strict=True):
            held, since, *_ = finding.children
            assert since.text.startswith("Active" if row["active"] else "Over"), finding
            answer = _answer(rule.when, _leaf_answers(held.children[0]))
            assert answer == (1 if row["undecided"] else 2), finding


def _agrees_with_status(outcome, patient):
    rows = {row["activity"]: row for row in outcome.status.to_pylist() if row["patient"] == patient}
    for part in outcome.pack.recurring:
        why, row = outcome.explain(patient, part.id), rows[part.id]
        assert why.text.startswith(f"{part.title} ({part.id}): {row['status']}")
        item = [one.text for one in why.children if one.text.startswith("Item ")]
        assert len(item) == (row["due"] is not None)
        if item:
            assert f"due {row['due']}" in item[0]
            assert f"answered by {row['closes']}" in item[0]
            unanswered = row["status"] in ("due", "overdue")
            assert item[0].endswith("not answered") == unanswered
        if row["status"] == "overdue":
            run = node(why, "in a row without an answer")
            assert f"overdue since {row['overdue_since']}" in run.text
        if row["next_due"]:
            assert node(why, f"Next due {row['next_due']}")


@pytest.mark.parametrize(("pack_id", "seed"), RUNS)
def test_random_patients_are_explained_as_the_engine_decided(pack_id, seed):
    pack, rows, as_of = sample(pack_id, seed)
    outcome = watch(pack, record_of(rows), as_of)
    for patient in outcome.patients:
        _agrees_with_findings(outcome, patient)
        _agrees_with_status(outcome, patient)


def test_the_sample_clinic_is_explained_as_the_engine_decided():
    outcome = clinic_outcome(US)
    for patient in outcome.patients[::6]:
        _agrees_with_findings(outcome, patient)
        _agrees_with_status(outcome, patient)
