"""Hazards of data that arrives (values, messages, identities, dates): one named test each."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest

from longwatch.core.catalogue import catalogue
from longwatch.exchange.fhir.document import FhirOptions

MRN = "https://clinic.example/mrn"


def only(table):
    (row,) = table.to_pylist()
    return row


def reasons(report):
    return {str(reason): count for reason, count in report.held.items()}


UNITS = [("K/uL", 1), ("THOU/uL", 1), ("GI/L", 1), ("x10*9/L", 1), ("{cells}/uL", 1000), ("/nl", 1)]


@pytest.mark.parametrize(("unit", "times"), UNITS)
@pytest.mark.parametrize("value", ["24.9", "25", "25.1", "99.9", "100"])
def test_H01_every_spelling_of_a_unit_gives_the_canonical_number(make, unit, times, value):
    sent = format(float(value) * times, "g")
    report = make.load(make.file(make.oru(sent, unit)))
    row = only(report.record.results)
    assert (row["value"], row["unit"]) == (float(value), "10*9/L")
    assert (row["sent_value"], row["sent_unit"]) == (sent, unit)


def test_H01_an_unknown_unit_is_held_with_the_original_text(make):
    report = make.load(make.file(make.oru("25", "K/L")))
    assert report.record.results.num_rows == 0
    held = only(report.record.held)
    assert held["reason"] == "unknown-unit"
    assert "25" in held["raw"]
    assert "K/L" in held["detail"]


@pytest.mark.parametrize(("unit", "reason"), [("", "missing-unit"), ("/uL", "implausible-value")])
def test_H02_a_missing_or_impossible_unit_is_never_filled_in(make, unit, reason):
    report = make.load(make.file(make.oru("250", unit)))
    assert report.record.results.num_rows == 0
    assert reasons(report) == {reason: 1}


@pytest.mark.parametrize(
    ("sent", "value", "comparator"),
    [("<5", 5.0, "<"), ("< 5", 5.0, "<"), (">=500", 500.0, ">="), ("<^5", 5.0, "<")],
)
def test_H03_a_value_with_a_comparator_is_filed_as_an_interval(make, sent, value, comparator):
    kind = "SN" if "^" in sent else "ST"
    row = only(make.load(make.file(make.oru(sent, "K/uL", kind=kind))).record.results)
    assert (row["value"], row["comparator"]) == (value, comparator)
    assert row["text"]


@pytest.mark.parametrize("text", ["clumped", "TNTC", "haemolysed", "QNS", "lost in transit"])
def test_H04_words_instead_of_a_number_wait_for_a_person(make, text):
    report = make.load(make.file(make.oru(text, "K/uL", kind="ST")))
    assert report.record.results.num_rows == 0
    assert reasons(report) == {"not-a-value": 1}


def test_H05_a_result_that_is_only_in_a_comment_is_held(make):
    message = make.oru("", "") + "NTE|1||Platelets 12, called to ward\r"
    report = make.load(make.file(message))
    held = only(report.record.held)
    assert held["reason"] == "missing-value"
    assert "called to ward" in held["detail"]


def test_H06_a_flag_without_a_value_is_held(make):
    report = make.load(make.file(make.oru("", "K/uL", flag="LL")))
    assert "LL" in only(report.record.held)["detail"]


@pytest.mark.parametrize(
    ("value", "flag", "disagrees"),
    [
        ("240", "LL", True),
        ("240", "H", True),
        ("100", "L", False),
        ("100", "N", True),
        ("240", "N", False),
        ("240", "", False),
    ],
)
def test_H07_a_flag_that_contradicts_the_limits_is_filed_and_told(make, value, flag, disagrees):
    report = make.load(make.file(make.oru(value, flag=flag)))
    assert report.record.results.num_rows == 1
    assert bool(report.disagreements) == disagrees
    assert (not disagrees) or flag in report.notices[-1] or "normal" in report.notices[-1]


def test_H08_limits_are_converted_like_the_value_and_their_absence_stays_absence(make):
    both = make.load(make.file(make.oru("250000", "/uL", limits="150000-400000")))
    none = make.load(make.file(make.oru("250", limits="")))
    assert [only(both.record.results)[end] for end in ("low", "high")] == [150.0, 400.0]
    assert [only(none.record.results)[end] for end in ("low", "high")] == [None, None]


@pytest.mark.parametrize("text", ["1,200", "2,40"])
def test_H09_a_number_that_can_be_read_in_two_ways_is_held(make, text):
    assert reasons(make.load(make.file(make.oru(text, "K/uL")))) == {"ambiguous-number": 1}


def test_H09_a_fhir_number_in_quotes_is_held(make):
    report = make.load(make.fhir(make.observation("240")))
    assert reasons(report) == {"not-a-value": 1}
    assert "JSON number" in only(report.record.held)["detail"]


@pytest.mark.parametrize(
    ("text", "value"), [("NEG", 0.0), ("TR", 0.5), ("1+", 1.0), ("3+", 3.0), ("4+", 4.0)]
)
def test_H10_urine_grades_keep_their_order(make, text, value):
    message = make.oru(text, "", code="20454-5^Protein^LN", kind="ST", limits="")
    assert only(make.load(make.file(message)).record.results)["value"] == value


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [("731-0", "32", "%"), ("718-7", "8.5", "%"), ("751-8", "60", "PERCENT")],
)
def test_H11_a_percentage_is_not_taken_for_a_count(make, code, value, unit):
    report = make.load(make.file(make.oru(value, unit, code=f"{code}^^LN", limits="")))
    assert report.record.results.num_rows == 0
    assert sum(report.held.values()) == 1


def test_H12_a_local_code_waits_until_somebody_says_what_it_means(make):
    message = make.file(make.oru(code="tt-0002-06^Platelet count^WinPath"))
    first = make.load(message)
    assert reasons(first) == {"unsupported": 1}
    assert "platelets" in only(first.record.held)["detail"]
    from longwatch.exchange import ImportOptions

    signed = ImportOptions(local_codes={"tt-0002-06": "platelets"})
    second = make.load(record=first.record, options=signed)
    assert only(second.record.results)["test"] == "platelets"
    assert second.record.held.num_rows == 0


def test_H12_loinc_is_read_from_the_alternate_triplet(make):
    message = make.oru(code="PLT^PLATELETS^L^777-3^Platelets^LN")
    assert only(make.load(make.file(message)).record.results)["test"] == "platelets"


def test_H12_codes_nobody_watches_are_counted_by_code(make):
    report = make.load(make.file(make.oru("140", "mmol/L", code="2951-2^Sodium^LN")))
    assert report.counted["2951-2 Sodium"] == 1
    assert not report.held


@pytest.mark.parametrize("mode", ["T", "D", ""])
def test_H14_test_and_training_messages_are_not_filed(make, mode):
    report = make.load(make.file(make.oru(mode=mode)))
    assert report.record.results.num_rows == 0
    assert set(reasons(report)) == {"not-production"}


def test_H14_fhir_test_data_is_not_filed(make):
    labeled = make.observation(meta={"security": [{"code": "HTEST"}]})
    assert reasons(make.load(make.fhir(labeled))) == {"not-production": 1}


def test_H15_a_preliminary_result_is_filed_as_preliminary(make):
    assert only(make.load(make.file(make.oru(status="P"))).record.results)["status"] == (
        "preliminary"
    )


def related_messages(make):
    """Five messages about one specimen, and the late one of an older specimen."""
    return {
        "P": make.oru("100", status="P", sent="20250602100000", control="1"),
        "F": make.oru("90", status="F", sent="20250602120000", control="2"),
        "C": make.oru("60", status="C", sent="20250603120000", control="3"),
        "C2": make.oru("40", status="C", sent="20250604120000", control="4"),
        "late": make.oru("20", order="A0", day="20250501", sent="20250502120000", control="5"),
    }


def standing(record, day):
    """What the watch takes for true of a day: corrected before final before preliminary."""
    rows = [row for row in record.results.to_pylist() if row["date"] == day]
    cancelled = [
        row["received"] for row in rows if row["status"] == "cancelled" and row["received"]
    ]
    rows = [
        row
        for row in rows
        if row["status"] != "cancelled"
        and not any(row["received"] and row["received"] < when for when in cancelled)
    ]
    for status in ("corrected", "final", "preliminary"):
        found = [row for row in rows if row["status"] == status]
        if found and status == "corrected":
            newest = max(row["received"] for row in found)
            found = [row for row in found if row["received"] == newest]
        if found:
            return sorted(row["value"] for row in found)
    return []


def test_H16_a_correction_stands_beside_the_result_it_corrects(make):
    report = make.load(*(make.file(text) for text in related_messages(make).values()))
    kept = sorted((r["status"], r["value"]) for r in report.record.results.to_pylist())
    assert kept == [
        ("corrected", 40.0),
        ("corrected", 60.0),
        ("final", 20.0),
        ("final", 90.0),
        ("preliminary", 100.0),
    ]
    assert standing(report.record, date(2025, 6, 2)) == [40.0]


@pytest.mark.parametrize("status", ["W", "D"])
def test_H17_what_the_laboratory_takes_back_no_longer_counts(make, status):
    first = make.load(make.file(make.oru("20")))
    second = make.load(
        make.file(make.oru("20", status=status, sent="20250603080000")), record=first.record
    )
    row = only(second.record.results)
    assert (row["status"], row["was"], row["value"]) == ("cancelled", "final", 20.0)
    held = only(second.record.held)
    assert (held["reason"], held["patient"]) == ("withdrawn", "1")


def test_H17_a_withdrawal_leaves_other_laboratories_alone(make):
    other = make.oru("30", order="B9", sent="20250602110000").replace("|LIS|LAB|", "|LIS|OTHER|")
    texts = [other, make.oru("20"), make.oru("20", status="W", sent="20250603080000")]
    record = make.clinic()
    for text in texts:
        record = make.load(make.file(text), record=record).record
    assert standing(record, date(2025, 6, 2)) == [30.0]


def test_H17_a_withdrawal_that_overtakes_its_result_still_holds(make):
    wrong = make.file(make.oru("20"))
    taken = make.file(make.oru("20", status="W", sent="20250603080000"))
    record = make.load(wrong, record=make.load(taken).record).record
    assert only(record.results)["status"] == "cancelled"


def test_H17_H18_a_cancelled_specimen_counts_for_nothing(make):
    final = make.file(make.oru("90", sent="20250602120000"))
    never = make.file(make.oru("", status="X", sent="20250604120000"))
    for order in ([final, never], [never, final]):
        record = make.clinic()
        for path in order:
            record = make.load(path, record=record).record
        assert standing(record, date(2025, 6, 2)) == []
        assert standing(make.load(*order).record, date(2025, 6, 2)) == []


def test_H18_a_cancelled_report_cancels_its_results(make):
    report = {
        "resourceType": "DiagnosticReport",
        "status": "cancelled",
        "code": {"text": "CBC"},
        "result": [{"reference": "Observation/o1"}],
    }
    loaded = make.load(make.fhir(report, make.observation()))
    assert only(loaded.record.results)["status"] == "cancelled"


def test_H19_the_same_message_again_changes_nothing(make, rows):
    path = make.file(make.oru())
    once = make.load(path)
    again = make.load(path, make.file(make.oru(control="M2")), record=once.record)
    assert again.record.results.equals(once.record.results)
    assert again.duplicates >= 1
    assert not again.filed


def test_H19_one_source_saying_two_things_is_shown_to_a_person_and_both_can_raise(make, rows):
    paths = [make.file(make.oru("240")), make.file(make.oru("20"))]
    forth, back = make.load(*paths), make.load(*reversed(paths))
    assert standing(forth.record, date(2025, 6, 2)) == [20.0, 240.0]
    assert reasons(forth) == {"duplicate-conflict": 1}
    assert rows(forth.record.held, "where") == rows(back.record.held, "where")
    assert "240" in only(forth.record.held)["detail"]


def test_H20_every_order_of_related_messages_ends_in_the_same_record(make, rows):
    texts = related_messages(make) | {
        "X": make.oru("", status="X", order="A0", day="20250501", sent="20250503120000")
    }
    del texts["C2"]
    paths = [make.file(text) for text in texts.values()]
    ends = []
    for order in itertools.permutations(paths):
        record = make.clinic()
        for number, path in enumerate(order):
            later = datetime.fromisoformat("2025-06-10T08:00") + timedelta(hours=number)
            record = make.load(path, record=record, received=later).record
        ends.append(
            (
                rows(record.results, "received"),
                standing(record, date(2025, 6, 2)),
                standing(record, date(2025, 5, 1)),
                rows(record.held, "received", "where"),
            )
        )
    assert all(end == ends[0] for end in ends)
    assert ends[0][1:3] == ([60.0], [])


def test_H20_two_corrections_in_every_order_leave_the_newer_one_standing(make):
    paths = [make.file(text) for text in related_messages(make).values()]
    for order in itertools.permutations(paths):
        record = make.clinic()
        for path in order:
            record = make.load(path, record=record).record
        assert standing(record, date(2025, 6, 2)) == [40.0]


def test_H20_duplicated_and_shuffled_messages_give_the_same_record(make, rows):
    paths = [make.file(text) for text in related_messages(make).values()]
    once = make.load(*paths)
    thrice = make.load(*(paths * 3)[::-1])
    assert rows(thrice.record.results, "received") == rows(once.record.results, "received")


def test_H21_two_patients_in_one_message_keep_their_own_results(make):
    text = make.oru("240") + "\r".join(
        [
            f"PID|2||2^^^&{MRN}&URI^MR||||19900501|F",
            "OBR|1||A2|58410-2^CBC^LN|||20250602",
            "OBX|1|NM|777-3^Platelets^LN||20|10*9/L|150-400|LL|||F",
            "",
        ]
    )
    record = make.load(make.file(text)).record
    assert {r["patient"]: r["value"] for r in record.results.to_pylist()} == {"1": 240.0, "2": 20.0}


def test_H21_one_bad_result_does_not_take_the_good_one_with_it(make):
    bad = make.oru("clumped", "K/uL").replace("\r\r", "\r")
    text = bad + "OBX|2|NM|718-7^Hemoglobin^LN||13.1|g/dL|12-15|||||F\r"
    report = make.load(make.file(text))
    assert only(report.record.results)["test"] == "hemoglobin"
    assert reasons(report) == {"not-a-value": 1}


def test_H22_a_damaged_message_is_held_whole(make):
    report = make.load(make.file("OBX|1|NM|777-3^^LN||20|10*9/L|||||F\r"))
    assert sum(report.held.values()) >= 1
    assert report.record.results.num_rows == 0


def test_H26_twins_with_one_name_and_birth_date_stay_two(make):
    twins = [make.patient("7", name=[{"text": "Roe, Kim"}]), make.patient("8")]
    report = make.load(make.fhir(*twins), record=type(make.clinic())())
    assert report.record.patients["patient"].to_pylist() == ["7", "8"]


@pytest.mark.parametrize(
    "wrong",
    [{"born": "19900502"}, {"sex": "M"}, {"name": "Roe^Maria"}],
    ids=["birth date", "sex", "given name"],
)
def test_H27_a_known_number_with_other_demographics_is_held(make, wrong):
    report = make.load(make.file(make.oru(**wrong)))
    assert report.record.results.num_rows == 0
    assert reasons(report) == {"identity-conflict": 1}


def test_H27_the_same_number_of_another_authority_is_somebody_else(make):
    report = make.load(make.file(make.oru(who="1^^^OTHER^MR")))
    assert reasons(report) == {"unknown-patient": 1}


def test_H27_two_servers_with_a_patient_of_one_id_are_not_mixed_up(make):
    stranger = make.patient("99", born="1970-01-01") | {"id": "p1"}
    report = make.load(make.fhir(stranger, make.observation(20)))
    assert report.record.results.num_rows == 0
    assert reasons(report) == {"identity-conflict": 2}


def test_H28_a_merge_of_patients_waits_for_a_person(make):
    text = (
        "MSH|^~\\&|ADT|H|||20250602||ADT^A40|9|P|2.5\r"
        f"PID|1||1^^^&{MRN}&URI^MR\rMRG|2^^^&{MRN}&URI^MR\r"
    )
    report = make.load(make.file(text))
    assert set(reasons(report)) == {"unsupported"}
    assert report.record.patients.num_rows == 2


@pytest.mark.parametrize("name", ["Smith^Ann", "ROE^ANN", "Roe-Smith^Ann^M", "Röe^Ánn", "Ann^Roe"])
def test_H29_a_changed_or_swapped_name_with_the_right_number_is_filed(make, name):
    assert make.load(make.file(make.oru(name=name))).record.results.num_rows == 1


def test_H30_results_of_an_unknown_patient_wait_and_are_filed_when_the_patient_comes(make):
    message = make.file(make.oru(who=f"77^^^&{MRN}&URI^MR", born="19800101"))
    early = make.load(message)
    assert reasons(early) == {"unknown-patient": 1}
    late = make.load(make.fhir(make.patient("77", born="1980-01-01")), record=early.record)
    assert only(late.record.results)["patient"] == "77"
    assert late.record.held.num_rows == 0
    together = make.load(message, *make.folder.glob("*.json"))
    assert together.record.results.drop(["received"]).equals(late.record.results.drop(["received"]))


def test_H30_create_patients_files_them_at_once(make):
    report = make.load(make.file(make.oru(who="5^^^H^MR")), create_patients=True)
    assert only(report.record.results)["patient"] == "5"


def test_H35_H36_infusions_get_course_and_day_from_their_dates_in_any_order(make):
    days = ["2025-03-03", "2025-03-04", "2024-02-29", "2024-03-01"]
    paths = [make.fhir(infusion(day)) for day in days]
    ends = set()
    for order in itertools.permutations(paths):
        record = make.clinic()
        for path in order:
            record = make.load(path, record=record).record
        table = record.infusions.select(["date", "course", "day"]).to_pylist()
        ends.add(tuple((str(r["date"]), r["course"], r["day"]) for r in table))
    assert ends == {
        (("2024-02-29", 1, 1), ("2024-03-01", 1, 2), ("2025-03-03", 2, 1), ("2025-03-04", 2, 2))
    }


def infusion(day, status="completed", **more):
    return {
        "resourceType": "MedicationAdministration",
        "id": f"m{day}",
        "status": status,
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "117055"}]
        },
        "subject": {"reference": "Patient/p1"},
        "effectivePeriod": {"start": f"{day}T09:00:00+01:00", "end": f"{day}T13:00:00+01:00"},
        "dosage": {"dose": {"value": 12, "unit": "mg"}},
        **more,
    }


@pytest.mark.parametrize("hours", range(-12, 15))
def test_H37_a_date_stays_the_day_at_the_clinic_wherever_the_sender_sits(make, hours):
    sign = "-" if hours < 0 else "+"
    when = f"2025-06-02T23:50:00{sign}{abs(hours):02}:00"
    record = make.load(make.fhir(make.observation(effectiveDateTime=when))).record
    assert only(record.results)["date"] == date(2025, 6, 2)


def test_H37_with_the_clinics_zone_a_universal_time_becomes_the_local_day(make):
    from zoneinfo import ZoneInfo

    from longwatch.exchange import ImportOptions

    berlin = ImportOptions(fhir=FhirOptions(zone=ZoneInfo("Europe/Berlin")))
    late = make.fhir(make.observation(effectiveDateTime="2025-06-02T22:30:00Z"))
    assert only(make.load(late, options=berlin).record.results)["date"] == date(2025, 6, 3)


def test_H39_a_result_from_the_future_is_held_until_its_day(make):
    path = make.file(make.oru(day="20250611"))
    early = make.load(path)
    assert reasons(early) == {"future-date": 1}
    later = make.load(record=early.record, received=datetime.fromisoformat("2025-06-11T08:00"))
    assert later.record.results.num_rows == 1
    assert later.record.held.num_rows == 0


def test_H42_one_specimen_reported_twice_is_one_result(make):
    both = [make.file(make.oru(control=number)) for number in ("1", "2")]
    assert make.load(*both).record.results.num_rows == 1


def test_H43_results_entered_years_later_keep_their_day_and_say_when_they_came(make):
    row = only(make.load(make.file(make.oru(day="20210105"))).record.results)
    assert (row["date"], row["received"]) == (
        date(2021, 1, 5),
        datetime.fromisoformat("2025-06-10T08:00"),
    )


def test_every_watched_test_is_found_by_each_of_its_loinc_codes():
    for test in catalogue().tests.values():
        for code in test.loinc:
            assert catalogue().by_loinc(code).id == test.id
