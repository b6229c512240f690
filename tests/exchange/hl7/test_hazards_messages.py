"""Hazards of status, identity and time (H15 to H37) at the point where a message is read."""

import datetime as dt

import pytest

from longwatch.core.held import HeldReason
from longwatch.exchange.hl7 import Hl7Options, read_hl7
from longwatch.exchange.intake import Counted, PatientFact, ResultFact, Unreadable

from .conftest import MSH, OBR, OBX, PID


def facts(items):
    return [item for item in items if isinstance(item, ResultFact)]


def with_status(letter, value="250"):
    return f"OBX|1|NM|777-3^Platelets^LN||{value}|10*9/L|||||{letter}"


@pytest.mark.parametrize(
    ("letter", "status"),
    [
        ("P", "preliminary"),
        ("R", "preliminary"),
        ("S", "preliminary"),
        ("I", "preliminary"),
        ("F", "final"),
        ("f", "final"),
        ("F ", "final"),
        ("F^Final results^HL70085", "final"),
        ("U", "final"),
        ("C", "corrected"),
        ("X", "cancelled"),
        ("D", "withdrawn"),
        ("W", "withdrawn"),
        ("NF", "preliminary"),
        ("?", "preliminary"),
    ],
)
def test_H15_the_status_is_never_read_as_more_final_than_stated(result, letter, status):
    assert result(with_status(letter)).status == status


@pytest.mark.parametrize(
    ("order", "status"),
    [("F", "final"), ("C", "corrected"), ("X", "cancelled"), ("P", "preliminary"), ("", None)],
)
def test_H18_an_empty_status_is_that_of_the_order_else_preliminary(result, order, status):
    obr = f"OBR|1|P7|A7|CBC|||20250401||||||||||||||||||{order}"

    assert result(with_status(""), obr=obr).status == (status or "preliminary")


def test_H15_a_segment_cut_off_before_its_status_is_preliminary(result):
    assert result("OBX|1|NM|777-3^Platelets^LN||250|10*9/L").status == "preliminary"


@pytest.mark.parametrize("letter", ["I", "N", "O", "P", "R", "S"])
def test_H15_a_result_that_is_not_there_yet_is_counted(read, letter):
    items = read(with_status(letter, value=""))

    assert Counted("result not yet there") in items
    assert not facts(items)


@pytest.mark.parametrize("letter", ["F", "U", ""])
def test_H15_a_final_result_without_a_value_is_held(held, letter):
    assert held(with_status(letter, value="")).reason == HeldReason.MISSING_VALUE


def test_H16_a_correction_without_a_value_says_that_the_value_is_missing(result):
    fact = result(with_status("C", value=""))

    assert (fact.status, fact.value) == ("corrected", "")
    assert fact.unfit[0] == HeldReason.MISSING_VALUE


@pytest.mark.parametrize("letter", ["X", "D", "W"])
def test_H17_a_result_is_taken_back_with_or_without_its_value(result, letter):
    assert result(with_status(letter, value="")).value == ""
    assert result(with_status(letter)).value == "250"


def test_H16_a_correction_has_the_source_of_what_it_corrects(result):
    first, corrected = result(with_status("F", "250")), result(with_status("C", "25"))

    assert first.source == corrected.source
    assert (corrected.status, corrected.value) == ("corrected", "25")


def test_H18_an_order_without_results_is_counted(read):
    items = read("ZZZ|nothing")

    assert Counted("order without results") in items


def test_H19_a_message_sent_again_names_the_same_sources(read):
    other = MSH.replace("|M1|", "|M2|").replace("20250402101500", "20250403")

    assert facts(read())[0].source == facts(read(msh=other))[0].source


@pytest.mark.parametrize(
    "obr",
    ["OBR|1|P7||CBC|||20250401", "OBR|1|||CBC|||202504010830", "OBR|1|P7|A8|CBC|||20250401"],
)
def test_H19_other_orders_are_other_sources(read, obr):
    assert facts(read())[0].source != facts(read(obr=obr))[0].source


def test_H19_the_number_of_the_order_may_stand_in_ORC(read):
    obr = "ORC|RE|P7|A7\rOBR|1|||CBC|||20250401"

    assert facts(read(obr=obr))[0].source == facts(read())[0].source


def test_H19_the_same_test_twice_in_one_order_is_two_sources(read):
    first, second = facts(read(OBX, OBX.replace("|250|", "|90|")))

    assert first.source != second.source


def test_H20_the_time_of_sending_orders_messages_in_UTC(result):
    msh = MSH.replace("20250402101500", "20250402233000-0500")

    assert result(msh=msh).sent_at == dt.datetime(2025, 4, 3, 4, 30)  # noqa: DTZ001


def test_H21_two_persons_in_one_message_keep_their_own_results(read):
    other = [PID.replace("0042", "0043"), OBR, OBX.replace("|250|", "|5|")]

    items = read(OBX, *other)

    assert [(f.who.identifiers, f.value) for f in facts(items)] == [
        ((("CLINIC", "0042"),), "250"),
        ((("CLINIC", "0043"),), "5"),
    ]
    assert sum(isinstance(item, PatientFact) for item in items) == 2


def test_H21_a_second_person_without_an_order_does_not_inherit_the_first_ones(read):
    items = read(OBX, PID.replace("0042", "0043"), OBX.replace("|250|", "|5|"))

    (fact,) = facts(items)
    (thing,) = [item for item in items if isinstance(item, Unreadable)]
    assert fact.value == "250"
    assert thing.reason == HeldReason.MISSING_DATE
    assert thing.who.identifiers == (("CLINIC", "0043"),)


def test_H21_a_person_without_a_number_does_not_sink_the_others(read):
    items = read(OBX, "PID|1||||NOBODY", OBR, OBX.replace("|250|", "|5|"))

    assert [fact.value for fact in facts(items)] == ["250"]
    assert [i.reason for i in items if isinstance(i, Unreadable)] == [HeldReason.MISSING_PATIENT]


@pytest.mark.parametrize("pid", ["", "PID|1", 'PID|1||""', "PID|1|| ^^^CLINIC"])
def test_H30_a_result_of_nobody_is_held(held, pid):
    assert held(pid=pid).reason == HeldReason.MISSING_PATIENT


@pytest.mark.parametrize(
    ("pid", "identifiers"),
    [
        ("PID|1||0042^^^CLINIC^MR~77^^^NHS^NH", (("CLINIC", "0042"), ("NHS", "77"))),
        ("PID|1||0042^^^MPI&2.16.840&ISO^MR", (("MPI", "0042"),)),
        ("PID|1||0042^^^&2.16.840&ISO^MR", (("2.16.840", "0042"),)),
        ("PID|1||0042", (("LAB", "0042"),)),
        ("PID|1||0042^^^^MR~123456789^^^^SS", (("LAB", "0042"), ("LAB SS", "123456789"))),
        ("PID|1|0042^^^OLD", (("OLD", "0042"),)),
        ("PID|1||||", ()),
        ("PID|1|||0042", (("LAB", "0042"),)),
        ("PID|1||0042~0042", (("LAB", "0042"),)),
    ],
)
def test_H27_a_number_is_known_with_the_authority_that_gave_it(read, pid, identifiers):
    people = [i.who.identifiers for i in read(pid=pid) if isinstance(i, PatientFact)]

    assert people == ([identifiers] if identifiers else [])


def test_H26_the_demographics_are_those_of_the_PID(result):
    who = result().who

    assert (who.name, who.birth_date, who.sex) == (
        "DOE, JANE Q",
        dt.date(1980, 2, 29),
        "female",
    )


@pytest.mark.parametrize(
    ("birth", "sex", "doubts"),
    [
        ("198002", "F", 1),
        ("19800230", "F", 1),
        ("Aug 12, 1980", "F", 1),
        ("19800229", "1", 1),
        ("", "", 0),
        ("00000000", "U", 1),
    ],
)
def test_H26_demographics_that_cannot_be_read_are_missing_and_said(result, birth, sex, doubts):
    who = result(pid=f"PID|1||0042^^^CLINIC||DOE^JANE||{birth}|{sex}").who

    assert len(who.doubts) == doubts
    assert who.birth_date is None or who.sex is None


@pytest.mark.parametrize("trigger", ["A43", "A45", "A41"])
def test_H28_what_cannot_be_followed_is_shown_to_a_person(held, trigger):
    msh = MSH.replace("ORU^R01", f"ADT^{trigger}")

    thing = held("MRG|0043", msh=msh, obr="")

    assert thing.reason == HeldReason.UNSUPPORTED


@pytest.mark.parametrize(
    ("trigger", "change"),
    [("A34", "merge"), ("A36", "merge"), ("A39", "merge"), ("A40", "merge"), ("A47", "number")],
)
def test_H28_who_is_who_is_read_from_an_adt_message(read, trigger, change):
    msh = MSH.replace("ORU^R01", f"ADT^{trigger}")

    fact, envelope = read("MRG|0043^^^CLINIC", msh=msh, obr="")

    assert (fact.change, fact.title) == (change, f"ADT^{trigger}")
    assert fact.before.identifiers == (("CLINIC", "0043"),)
    assert fact.who.identifiers == (("CLINIC", "0042"),)
    assert fact.entries + envelope.entries == 3


def test_H28_a_visit_moves_only_where_its_number_and_both_people_are_named(read):
    msh = MSH.replace("ORU^R01", "ADT^A45")

    fact, _ = read("MRG|0043^^^CLINIC||||V7", msh=msh, obr="")

    assert (fact.change, fact.visit) == ("visit", "V7")


def test_H28_two_people_are_linked_by_two_pid(read):
    msh = MSH.replace("ORU^R01", "ADT^A24")

    fact, _ = read("PID|2||0043^^^CLINIC", msh=msh, obr="")

    assert (fact.change, fact.before.identifiers) == ("link", (("CLINIC", "0043"),))


def test_an_admission_is_counted_and_not_held(read):
    items = read(msh=MSH.replace("ORU^R01", "ADT^A01"))

    assert items == [Counted("message ADT^A01", 4)]


@pytest.mark.parametrize("kind", ["MDM^T02", "ORM^O01", "OML^O21", "ORU^W01", "VXU^V04", ""])
def test_results_in_messages_of_other_kinds_are_held(held, kind):
    expected = HeldReason.UNSUPPORTED

    assert held(msh=MSH.replace("ORU^R01", kind)).reason == expected


@pytest.mark.parametrize(
    "kind", ["ORU^R01", "ORU^R01^ORU_R01", "ORU", "ORU_R01", "ORU^R30", "ORU^R32", "OUL^R21"]
)
def test_result_messages_are_known_by_their_type(result, kind):
    assert result(msh=MSH.replace("ORU^R01", kind)).value == "250"


def test_a_specimen_precedes_its_orders_in_OUL(result):
    msh = MSH.replace("ORU^R01", "OUL^R22")
    spm = "SPM|1|||BLD|||||||||||||20250330"

    fact = result(msh=msh, obr=f"{spm}\rOBR|1|P7|A7|CBC")

    assert fact.date == dt.date(2025, 3, 30)


SPM = "SPM|1|||BLD|||||||||||||20250331"


@pytest.mark.parametrize(
    ("spm", "obr7", "obx14", "taken"),
    [
        (SPM, "20250401", "20250402", dt.date(2025, 3, 31)),
        ("", "20250401", "20250402", dt.date(2025, 4, 1)),
        ("", "", "20250402", dt.date(2025, 4, 2)),
        ("", "202504", "20250402", dt.date(2025, 4, 2)),
        ("", '""', "20250402", dt.date(2025, 4, 2)),
        (SPM + "0900^202503311000", "", "", dt.date(2025, 3, 31)),
        ("", "2025-04-01T08:30", "", dt.date(2025, 4, 1)),
    ],
)
def test_H37_the_day_is_that_of_the_specimen(result, spm, obr7, obx14, taken):
    obx = f"OBX|1|NM|777-3^Platelets^LN||250|10*9/L|||||F|||{obx14}"

    fact = result(obx, *([spm] if spm else []), obr=f"OBR|1|P7|A7|CBC|||{obr7}")

    assert fact.date == taken


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", HeldReason.MISSING_DATE),
        ("2025", HeldReason.MISSING_DATE),
        ("202504", HeldReason.MISSING_DATE),
        ("202504-0500", HeldReason.MISSING_DATE),
        ("00000000", HeldReason.MISSING_DATE),
        ("20250230", HeldReason.BAD_DATE),
        ("00010101", HeldReason.BAD_DATE),
        ("01/04/2025", HeldReason.BAD_DATE),
        ("20251301", HeldReason.BAD_DATE),
        ("yesterday", HeldReason.BAD_DATE),
        ("20250401 or so", HeldReason.BAD_DATE),
    ],
)
def test_a_result_without_a_day_is_held_whatever_else_is_dated(held, text, reason):
    obr = f"OBR|1|P7|A7|CBC|||{text}||||||||||||||20250402|||F"

    assert held(obr=obr).reason == reason


def test_specimens_of_different_days_are_not_guessed_between(held):
    other = SPM.replace("20250331", "20250330")

    assert held(OBX, SPM, other, obr="OBR|1|P7|A7|CBC").reason == HeldReason.MISSING_DATE


@pytest.mark.parametrize("offset", ["", "-1200", "-0500", "+0000", "+1400", "Z"])
def test_H37_the_day_is_the_one_on_the_calendar_of_the_laboratory(result, offset):
    obr = OBR.replace("20250401083000", f"20250401235000{offset}")

    assert result(obr=obr).date == dt.date(2025, 4, 1)


def test_a_day_of_analysis_that_differs_is_said_in_the_note(result):
    fact = result("OBX|1|NM|777-3^Platelets^LN||250|10*9/L|||||F|||20250404")

    assert "OBX-14 says 2025-04-04" in fact.note


def test_a_feed_may_state_where_its_date_stands(message):
    data = message("OBX|1|NM|777-3^Platelets^LN||250|10*9/L|||||F|||20250404").encode()

    (fact,) = facts(read_hl7(data, options=Hl7Options(date_from=("OBX-14", "OBR-7"))))

    assert fact.date == dt.date(2025, 4, 4)
