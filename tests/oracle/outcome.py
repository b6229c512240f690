"""The whole answer of the slow watch, in the columns of `longwatch.core.tables.OUTCOME`.

Texts that are written for people (`compared_with`, `evidence`, `detail`, `reason`, `why`,
`suspects`, `source`) are left out: two people would word them differently.
"""

from datetime import date
from typing import Any

from tests.oracle.facts import Patient, Row, read_patient
from tests.oracle.findings import findings_of
from tests.oracle.periods import period_rows
from tests.oracle.readiness import readiness_rows
from tests.oracle.series import contradiction, series_rows
from tests.oracle.worklist import blocked_courses, candidates_of, ranked, worklist_row

from longwatch.protocols.model import Pack

TABLES = ("patients", "infusions", "results", "events")
ANSWERS = (
    "worklist",
    "status",
    "findings",
    "adherence",
    "readiness",
    "prophylaxis",
    "unjudged",
)


def oracle(
    pack: Pack,
    record_tables: dict[str, Any],
    as_of: date,
    incomplete: dict[str, str] | None = None,
) -> dict[str, list[Row]]:
    """Every patient of a Record, given as Arrow tables or as lists of rows."""
    rows = {
        name: table if isinstance(table, list) else table.to_pylist()
        for name, table in record_tables.items()
        if name in TABLES
    }
    by_patient: dict[str, dict[str, list[Row]]] = {}
    for name in TABLES:
        for row in rows.get(name, []):
            of_one = by_patient.setdefault(row["patient"], {each: [] for each in TABLES})
            of_one[name].append(row)
    groups = {symptom.id: frozenset(symptom.groups) for symptom in pack.symptoms}
    patients = [
        read_patient(
            patient, by_patient[patient], as_of, groups, (incomplete or {}).get(patient, "")
        )
        for patient in sorted(by_patient)
    ]
    return oracle_of(pack, patients)


def oracle_of(pack: Pack, patients: list[Patient]) -> dict[str, list[Row]]:
    """Every patient by itself; only the ranks look at others."""
    answer: dict[str, list[Row]] = {name: [] for name in ANSWERS}
    worklist = []
    for patient in patients:
        pairs = [series_rows(pack, activity, patient) for activity in pack.recurring]
        statuses = [status for status, _ in pairs]
        findings, unjudged = findings_of(pack, patient)
        answer["status"] += statuses
        answer["adherence"] += [adherence for _, adherence in pairs]
        answer["findings"] += findings
        answer["unjudged"] += unjudged
        readiness = readiness_rows(pack, patient)
        answer["readiness"] += readiness
        answer["prophylaxis"] += period_rows(pack, patient)
        candidates = candidates_of(
            pack, findings, statuses, bool(contradiction(patient)), patient.as_of
        )
        candidates += blocked_courses(pack, patient, readiness)
        row = worklist_row(patient.id, candidates)
        if row is not None:
            worklist.append(row)
    answer["worklist"] = ranked(worklist)
    return answer
