"""The sample clinic, imported and watched as the demo does: each named person makes their point."""

from collections import Counter, defaultdict
from datetime import date, datetime, time
from typing import Any

import pytest
from tools.make_sample_clinic.people import everybody
from tools.make_sample_clinic.stories import named_people

from longwatch.core.record import Record
from longwatch.core.status import Status
from longwatch.endpoints import from_record
from longwatch.endpoints import report as evidence
from longwatch.exchange.importing import import_files
from longwatch.exchange.report import ImportReport
from longwatch.protocols.load import load_protocol
from longwatch.sample import AS_OF, sample_files
from longwatch.watch import Outcome, watch

MORNING = datetime.combine(AS_OF, time(7))
MOST_URGENT = ("emergency", "same-day")
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def report() -> ImportReport:
    return import_files(sample_files(), Record.from_tables(), MORNING)


@pytest.fixture(scope="module")
def outcome(report: ImportReport) -> Outcome:
    return watch(load_protocol("alemtuzumab-us"), report.record, AS_OF)


@pytest.fixture(scope="module")
def findings(outcome: Outcome) -> dict[str, Rows]:
    by_patient: dict[str, Rows] = defaultdict(list)
    for row in outcome.findings.to_pylist():
        by_patient[row["patient"]].append(row)
    return by_patient


def test_every_rule_and_every_red_flag_finds_somebody(outcome: Outcome) -> None:
    pack = load_protocol("alemtuzumab-us")

    ours = {rule.id for rule in (*pack.rules, *pack.red_flags)}
    assert ours - set(outcome.findings["rule"].to_pylist()) == set()


@pytest.fixture(scope="module")
def status(outcome: Outcome) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["patient"], row["activity"]): row for row in outcome.status.to_pylist()}


@pytest.fixture(scope="module")
def results(report: ImportReport) -> dict[tuple[str, date, str], Rows]:
    found: dict[tuple[str, date, str], Rows] = defaultdict(list)
    for row in report.record.results.to_pylist():
        found[row["patient"], row["date"], row["test"]].append(row)
    return found


# --- Arriving ------------------------------------------------------------------------------


def test_every_entry_of_every_file_is_accounted_for(report: ImportReport) -> None:
    assert report.conserved


def test_everybody_in_the_registry_arrives_once(report: ImportReport) -> None:
    registered = {one.mrn for one in everybody() if "not-in-registry" not in one.story.quirks}
    assert sorted(report.record.patients["patient"].to_pylist()) == sorted(registered)


def test_importing_again_files_nothing(report: ImportReport) -> None:
    again = import_files(sample_files(), report.record, MORNING)
    assert again.filed.total() == 0
    assert again.record.results.equals(report.record.results)


@pytest.mark.parametrize(
    ("reason", "patient"),
    [
        ("unknown-unit", "N1110"),
        ("implausible-value", "N1113"),
        ("not-a-value", "N1104"),
        ("missing-value", "N1125"),
        ("not-production", "N1119"),
        ("unknown-patient", "N1146"),
        ("identity-conflict", "N1094"),
        ("withdrawn", "N1128"),
    ],
)
def test_what_cannot_be_filed_is_held_with_its_reason(
    report: ImportReport, reason: str, patient: str
) -> None:
    raw = [row["raw"] for row in report.record.held.to_pylist() if row["reason"] == reason]
    assert any(patient in text for text in raw)


def test_nothing_else_is_held(report: ImportReport) -> None:
    expected = {"N1110", "N1113", "N1104", "N1125", "N1119", "N1146", "N1094", "N1128"}
    stray = [
        row["detail"]
        for row in report.record.held.to_pylist()
        if not any(patient in row["raw"] for patient in expected)
    ]
    assert stray == []


def test_a_message_sent_twice_is_filed_once(
    report: ImportReport, results: dict[tuple[str, date, str], Rows]
) -> None:
    assert len(results["N1116", date(2026, 7, 15), "platelets"]) == 1
    assert report.duplicates > 0


def test_a_message_in_training_mode_reaches_no_chart(
    results: dict[tuple[str, date, str], Rows],
) -> None:
    assert ("N1119", date(2026, 10, 7), "platelets") not in results


def test_a_withdrawn_result_is_kept_and_counts_for_nothing(
    results: dict[tuple[str, date, str], Rows], findings: dict[str, Rows]
) -> None:
    assert {row["status"] for row in results["N1128", date(2026, 8, 25), "creatinine"]} == {
        "cancelled"
    }
    assert not [row for row in findings["N1128"] if row["rule"] == "CRE-1"]


def test_twins_with_one_name_and_birth_date_stay_apart(
    report: ImportReport, findings: dict[str, Rows]
) -> None:
    twins = [row for row in report.record.patients.to_pylist() if row["name"] == "Twyn, Thea"]
    assert len({row["patient"] for row in twins}) == 2
    assert len({row["birth_date"] for row in twins}) == 1
    assert "LFT-1" in {row["rule"] for row in findings["N1132"]}
    assert "LFT-1" not in {row["rule"] for row in findings["N1131"]}


def test_three_laboratories_agree_on_one_person_whatever_their_units(
    report: ImportReport,
) -> None:
    rows = [row for row in report.record.results.to_pylist() if row["patient"] == "N1107"]
    units = {row["sent_unit"] for row in rows if row["test"] in ("platelets", "creatinine")}
    assert units == {"10*3/uL", "K/uL", "/uL", "mg/dL", "umol/L"}
    for test in ("platelets", "creatinine"):
        values = [row["value"] for row in rows if row["test"] == test]
        assert max(values) < 3 * min(values)


# --- Watched -------------------------------------------------------------------------------


def test_every_rule_of_the_protocol_fires_for_somebody(findings: dict[str, Rows]) -> None:
    fired = {row["rule"] for rows in findings.values() for row in rows}
    assert {rule.id for rule in load_protocol("alemtuzumab-us").rules} - fired == set()


def test_red_flags_fire_from_reported_symptoms(findings: dict[str, Rows]) -> None:
    fired = {row["rule"] for rows in findings.values() for row in rows}
    assert {"FLAG-STROKE", "FLAG-BLEEDING", "FLAG-FEVER", "FLAG-COLITIS"} <= fired


def test_every_status_occurs(status: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert {row["status"] for row in status.values()} == {word.value for word in Status}


def test_only_named_people_raise_alarms_that_last(findings: dict[str, Rows]) -> None:
    named = {person.mrn for person in named_people()}
    lasting = {
        row["patient"]
        for rows in findings.values()
        for row in rows
        if row["active"] and row["rule"] != "CD4-1"
    }
    assert lasting <= named


def test_the_morning_looks_like_one_in_a_good_clinic(outcome: Outcome) -> None:
    worklist = outcome.worklist.to_pylist()
    tiers = Counter(row["tier"] for row in worklist)
    assert 3 <= sum(tiers[tier] for tier in MOST_URGENT) <= 6
    assert 5 <= sum(row["overdue"] > 0 for row in worklist) <= 10
    assert len({row["days"] for row in worklist if row["overdue"]}) >= 5
    acting = sum(row["tier"] != "routine" or row["overdue"] > 0 for row in worklist)
    assert acting < outcome.status["patient"].combine_chunks().unique().__len__() / 4


@pytest.mark.parametrize(
    ("patient", "rule"),
    [
        ("N1004", "PLT-1"),
        ("N1009", "CRE-2"),
        ("N1013", "PLT-3"),
        ("N1018", "PLT-3"),
        ("N1027", "TSH-2"),
        ("N1031", "LFT-1"),
        ("N1035", "TSH-1"),
        ("N1040", "UA-2"),
        ("N1157", "APTT-1"),
    ],
)
def test_who_must_be_called_today_stands_on_the_list_for_their_own_reason(
    findings: dict[str, Rows], patient: str, rule: str
) -> None:
    assert rule in {row["rule"] for row in findings[patient] if row["active"]}


@pytest.mark.parametrize(
    ("patient", "rule"),
    [
        ("N1098", "PLT-1"),
        ("N1149", "NEU-2"),
        ("N1151", "HB-1"),
        ("N1153", "TMA-1"),
        ("N1155", "HLH-1"),
        ("N1159", "LFT-2"),
        ("N1161", "PLT-4"),
        ("N1163", "UA-3"),
        ("N1165", "CRE-1"),
        ("N1122", "PLT-3"),
    ],
)
def test_an_alarm_of_the_past_is_told_and_over(
    findings: dict[str, Rows], patient: str, rule: str
) -> None:
    raised = [row["active"] for row in findings[patient] if row["rule"] == rule]
    assert raised
    assert not any(raised)


def test_a_count_corrected_to_normal_raises_nothing(findings: dict[str, Rows]) -> None:
    assert not [row for row in findings["N1101"] if row["rule"].startswith("PLT-3")]


def test_a_preliminary_count_says_that_it_is_one(findings: dict[str, Rows]) -> None:
    assert [row["preliminary"] for row in findings["N1013"] if row["rule"] == "PLT-3"] == [True]


def test_an_interval_across_a_threshold_is_undecided(findings: dict[str, Rows]) -> None:
    open_ones = {row["rule"] for row in findings["N1098"] if row["undecided"]}
    assert open_ones == {"PLT-2", "PLT-3"}


def test_clumped_platelets_leave_the_count_unanswered(
    status: dict[tuple[str, str], dict[str, Any]],
) -> None:
    row = status["N1104", "cbc"]
    assert (row["status"], row["missing"]) == ("due", "platelets")


def test_blood_without_urine_leaves_the_urinalysis_overdue_alone(
    status: dict[tuple[str, str], dict[str, Any]],
) -> None:
    overdue = {
        name for (who, name), row in status.items() if who == "N1054" and row["status"] == "overdue"
    }
    assert overdue == {"urinalysis"}


@pytest.mark.parametrize(
    ("patient", "word"),
    [
        ("N1044", "overdue"),
        ("N1022", "overdue"),
        ("N1083", "ended"),
        ("N1086", "overdue"),
        ("N1134", "unknown"),
        ("N1137", "unknown"),
        ("N1140", "unknown"),
        ("N1183", "not-yet"),
    ],
)
def test_blood_counts_stand_where_the_story_says(
    status: dict[tuple[str, str], dict[str, Any]], patient: str, word: str
) -> None:
    assert status[patient, "cbc"]["status"] == word


def test_a_second_course_keeps_the_watch_alive_after_month_48_of_the_first(
    status: dict[tuple[str, str], dict[str, Any]],
) -> None:
    assert status["N1064", "cbc"]["next_due"] > date(2026, 10, 21)


@pytest.mark.parametrize(
    ("patient", "due", "next_due"),
    [
        ("N1071", date(2026, 10, 31), date(2026, 11, 30)),
        ("N1074", date(2026, 11, 29), date(2026, 12, 29)),
    ],
)
def test_months_count_from_the_31st_and_the_29th(
    status: dict[tuple[str, str], dict[str, Any]], patient: str, due: date, next_due: date
) -> None:
    row = status[patient, "cbc"]
    assert (row["due"], row["next_due"]) == (due, next_due)


def test_cervical_screening_cannot_be_settled_without_the_sex(
    status: dict[tuple[str, str], dict[str, Any]],
) -> None:
    assert status["N1143", "hpv-screen"]["status"] == "unknown"


@pytest.mark.parametrize(
    ("patient", "blocked_by"),
    [
        ("N1183", set()),
        ("N1184", set()),
        ("N1185", set()),
        ("N1179", set()),
        ("N1186", {"baseline-thyroid"}),
        ("N1188", {"vaccines"}),
        ("N1189", {"vzv-immunity"}),
        ("N1190", {"hiv-infection"}),
        ("N1191", {"active-infection", "withhold-infection"}),
        ("N1192", {"tb-screen"}),
        ("N1193", {"baseline-skin-exam"}),
        ("N1195", {"pregnancy"}),
    ],
)
def test_a_planned_course_is_cleared_or_blocked_by_what_the_story_says(
    outcome: Outcome, patient: str, blocked_by: set[str]
) -> None:
    rows = [
        row
        for row in outcome.readiness.to_pylist()
        if row["patient"] == patient and row["date"] > AS_OF
    ]
    assert {
        row["activity"] for row in rows if row["state"] == "blocked" and row["activity"] != "course"
    } == blocked_by
    course = [row["state"] for row in rows if row["activity"] == "course"]
    assert course == ["blocked" if blocked_by else "cleared"]


def test_the_cohort_fills_every_section_of_the_evidence(report: ImportReport) -> None:
    made = evidence(from_record(report.record, AS_OF))

    assert [section.id for section in made.sections if section.missing] == ["adherence"]
    assert [row.name for section in made.sections for row in section.rows if row.why_not] == []
    wrong = {row[0]: row[1] for table in made.sections[0].tables for row in table.rows}
    assert wrong["EDSS that are not 0 to 10 in steps of 0.5"] == "1"
    assert wrong["further EDSS of one day"] == "1"
    assert wrong["relapses before the onset of MS"] == "1"
