"""Why: hand-checked explanations, and that none can ever disagree with the engine."""

import json
import re
from datetime import date, datetime, time
from functools import cache

import pytest
from tests.watch.compare import record_of
from tests.watch.outcomes import RUNS, sample

from longwatch.core.errors import UsageError
from longwatch.core.record import Record
from longwatch.exchange.importing import import_files
from longwatch.protocols.folders import packs
from longwatch.protocols.load import load_protocol
from longwatch.protocols.model import AllOf, AnyOf, AtLeast
from longwatch.sample import AS_OF, sample_files
from longwatch.watch import watch
from longwatch.watch.explain import Why, explain, explanations
from longwatch.watch.explain_chart import Dossier
from longwatch.watch.explain_rules import explain_rule

US = "alemtuzumab-us"
LABEL = "Sanofi US, Important Safety Information"
FIRST = date(2025, 3, 3)


def _at(*day):
    return datetime.combine(date(*day), time(9))


@cache
def clinic():
    return import_files(
        sample_files(), Record.from_tables(), datetime.combine(AS_OF, time(7))
    ).record


@cache
def clinic_outcome(pack_id):
    return watch(load_protocol(pack_id), clinic(), AS_OF)


def outcome_of(results=(), events=(), infusions=None, as_of=date(2025, 8, 1), **person):
    """The outcome for `p1`; results are (date, test, value, …further columns)."""
    given = [(date(2025, 3, day), 1) for day in range(3, 8)] if infusions is None else infusions
    rows = {
        "patients": [{"patient": "p1", "sex": "female", **person}],
        "infusions": [{"patient": "p1", "date": day, "course": course} for day, course in given],
        "results": [
            {"date": day, "test": test, "value": value, "unit": "10*9/L", **extra}
            for day, test, value, extra in results
        ],
        "events": [
            {"date": day, "kind": kind, "code": code, **extra} for day, kind, code, extra in events
        ],
    }
    for name in ("results", "events"):
        rows[name] = [{"patient": "p1", **row} for row in rows[name]]
    tables = {}
    for name, listed in rows.items():
        columns = {key: None for row in listed for key in row}
        if columns:
            tables[name] = {key: [row.get(key) for row in listed] for key in columns}
    record = Record.from_tables(**tables)
    assert not record.problems
    return watch(load_protocol(US), record, as_of)


def platelets(*pairs):
    return [(day, "platelets", value, extra) for day, value, extra in pairs]


def texts(why):
    return [node.text for node in why.walk()]


def node(why, part):
    found = [one for one in why.walk() if part in one.text]
    assert found, f"{part!r} not in\n{why}"
    return found[0]


# --- Rules, by hand ------------------------------------------------------------------------


def test_a_fall_names_both_values_their_dates_their_rows_and_the_source():
    why = outcome_of(
        platelets(
            (date(2025, 4, 3), 240, {"source": "row-a"}),
            (date(2025, 5, 5), 110, {"source": "row-b"}),
        )
    ).explain("p1", "PLT-4")
    assert why.text.endswith("1 finding, 1 active")
    assert "2025-05-05" in node(why, "Finding of").text
    after = node(why, "2025-05-05 platelets 110")
    assert after.source == "row-b"
    change = next(one for one in after.children if "−54.2 %" in one.text)
    assert "240 ×10⁹/L on 2025-04-03" in change.text
    assert change.children[0].source == "row-a"
    assert "figure 3" in why.source


def test_a_later_value_that_is_as_low_keeps_the_fall_active():
    why = outcome_of(
        platelets(
            (date(2025, 4, 3), 240, {}), (date(2025, 5, 5), 110, {}), (date(2025, 6, 3), 105, {})
        )
    ).explain("p1", "PLT-4")
    later = node(why, "Active: no later final value has ended it")
    assert "2025-06-03 platelets 105" in later.children[0].text
    assert "still meets it" in later.children[0].text
    assert "240 ×10⁹/L on 2025-04-03" in later.children[0].children[1].text


def test_a_finding_that_is_over_names_the_value_that_ended_it():
    why = outcome_of(
        platelets((date(2025, 4, 3), 30, {}), (date(2025, 4, 5), 180, {"source": "row-c"}))
    ).explain("p1", "PLT-2")
    assert why.text.endswith("1 finding, 0 active")
    over = node(why, "Over since 2025-04-05")
    assert over.children[-1].source == "row-c"
    assert "no longer meets it" in over.children[-1].text


def test_a_preliminary_value_is_said_to_end_nothing():
    why = outcome_of(
        platelets((date(2025, 4, 3), 30, {}), (date(2025, 4, 5), 180, {"status": "preliminary"}))
    ).explain("p1", "PLT-2")
    assert "ends nothing" in node(why, "Active").children[0].text


def test_a_bound_is_shown_as_sent_and_as_what_it_means():
    why = outcome_of(platelets((date(2025, 4, 3), 60, {"comparator": "<"}))).explain("p1", "PLT-2")
    assert "undecided" in node(why, "Finding of").text
    assert "<60 ×10⁹/L (that is below 60 ×10⁹/L)" in node(why, "2025-04-03 platelets").text


def test_limits_that_the_laboratory_did_not_print_are_named_as_usual_ones():
    alt = [(date(2025, 4, 3), "alt", 200, {"unit": "U/L"})]
    why = outcome_of(alt).explain("p1", "LFT-1")
    assert any("laboratories usually print" in text for text in texts(why))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [(20, {"source": "old"}), (250, {"status": "corrected", "source": "new"})],
            "superseded by 250 ×10⁹/L (corrected, new)",
        ),
        ([(20, {"status": "cancelled"})], "it was cancelled"),
        (
            [
                (20, {"received": _at(2025, 4, 3)}),
                (None, {"status": "cancelled", "received": _at(2025, 4, 4)}),
            ],
            "withdrawn by a cancellation that arrived on 2025-04-04",
        ),
        ([(20, {"received": _at(2025, 9, 1)})], "it arrived on 2025-09-01"),
        ([(None, {"text": "clumped"})], "it has no value"),
    ],
)
def test_a_result_that_does_not_count_is_named_with_the_reason(rows, reason):
    why = outcome_of(platelets(*((date(2025, 4, 3), *row) for row in rows))).explain("p1", "PLT-2")
    ignored = node(why, "Results of these tests that do not count")
    assert reason in " ".join(child.text for child in ignored.children)
    assert "no finding" in why.text


def test_a_rule_that_found_nothing_shows_the_newest_value():
    why = outcome_of(platelets((date(2025, 4, 3), 240, {}), (date(2025, 5, 2), 231, {})))
    nothing = node(why.explain("p1", "PLT-2"), "No finding")
    assert "met by none of 2 values" in nothing.children[0].text
    assert "2025-05-02 platelets 231" in nothing.children[0].children[0].text


def test_a_rule_without_a_baseline_says_so():
    why = outcome_of([(date(2025, 4, 3), "creatinine", 90, {"unit": "umol/L"})])
    assert any("no value is on record up to the first" in text for text in
               texts(why.explain("p1", "CRE-1")))  # fmt: skip


def test_a_symptom_that_raised_a_finding_is_named_until_it_has_ended():
    events = [(date(2025, 4, 3), "symptom", "bruising", {"source": "form-1"})]
    why = outcome_of(events=events).explain("p1", "FLAG-BLEEDING")
    active = node(why, "Active: what was reported has not ended")
    assert active.children[0].source == "form-1"
    ended = [(date(2025, 4, 3), "symptom", "bruising", {"end_date": date(2025, 4, 9)})]
    why = outcome_of(events=ended).explain("p1", "FLAG-BLEEDING")
    assert "ended 2025-04-09" in node(why, "Over: everything that was").children[0].text


# --- Activities and courses, by hand ---------------------------------------------------------


def test_an_overdue_run_is_told_item_by_item_with_its_tier_and_next_step():
    why = outcome_of(as_of=date(2025, 6, 20)).explain("p1", "creatinine")
    assert why.text == (
        "Serum creatinine (creatinine): overdue since 2025-04-11, 71 days (missing: creatinine)"
    )
    run = node(why, "3 items in a row without an answer: overdue since 2025-04-11")
    assert [child.text.split(":")[0] for child in run.children] == [
        "item 1, due 2025-04-03, closed 2025-04-10",
        "item 2, due 2025-05-03, closed 2025-05-10",
        "item 3, due 2025-06-03, closed 2025-06-10",
    ]
    assert "same-day, for 71 days overdue (from 54 days on)" in node(why, "How fast").text
    assert node(why, "Next due 2025-07-03")
    assert LABEL in why.source


def test_a_partial_draw_says_what_came_and_what_is_missing_and_why():
    draw = date(2025, 4, 3)
    why = outcome_of(
        [
            (draw, "wbc", 5, {"source": "row-w"}),
            (draw, "platelets", None, {"text": "clumped", "source": "row-p"}),
        ],
        as_of=date(2025, 4, 8),
    ).explain("p1", "cbc")
    assert node(why, "wbc: there").children[0].source == "row-w"
    missing = node(why, "platelets: missing")
    assert "clumped: counts for nothing, it has no value" in missing.children[0].text
    assert missing.children[0].source == "row-p"


def test_the_anchor_of_the_31st_and_the_end_are_the_infusions():
    days = [(date(2025, 1, 31), 1), (date(2026, 2, 2), 2)]
    why = outcome_of(infusions=days, as_of=date(2026, 3, 1)).explain("p1", "cbc")
    watched = node(why, "Watched from 2025-01-31 to 2030-02-02")
    assert "2026-02-02 infusion of course 2" in watched.children[1].children[0].text
    assert node(why, "Item 13, due 2026-02-28")


def test_what_contradicts_itself_is_told_with_the_infusions():
    why = outcome_of(infusions=[(FIRST, 2)]).explain("p1", "cbc")
    assert "unknown (no given infusion of course 1)" in why.text
    assert "2025-03-03 infusion of course 2" in node(why, "contradicts itself").children[0].text


def test_a_released_course_names_the_value_that_released_it():
    why = outcome_of(
        [(date(2025, 7, 1), "cd4", 260, {"unit": "/uL", "source": "row-4"})],
    ).explain("p1", "cd4")
    assert node(why, "Every course is released").children[0].source == "row-4"
    antiviral = outcome_of(
        [(date(2025, 7, 1), "cd4", 260, {"unit": "/uL", "source": "row-4"})],
    ).explain("p1", "antiviral")
    assert "row-4" in [one.source for one in antiviral.walk()]


def test_a_before_course_item_shows_what_lies_outside_its_window():
    tsh = [(date(2025, 1, 2), "tsh", 1.5, {"unit": "m[IU]/L"})]
    why = outcome_of(tsh).explain("p1", "baseline-thyroid")
    assert "course 1 blocked" in why.text
    assert "outside the window" in node(why, "tsh: missing").children[0].text


def test_a_contraindication_that_holds_names_its_fact():
    hiv = [(date(2025, 1, 2), "hiv", 1, {"unit": "{presence}", "source": "row-h"})]
    why = outcome_of(hiv).explain("p1", "hiv-infection")
    assert "holds, course 1 blocked" in why.text
    assert "row-h" in [one.source for one in why.walk()]


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
