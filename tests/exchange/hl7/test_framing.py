"""H22: the same message in every wrapping, and what damage does to it."""

import dataclasses

import pytest

from longwatch.core.held import HeldReason
from longwatch.exchange.hl7 import Hl7Options, is_hl7, read_hl7
from longwatch.exchange.intake import Counted, ResultFact, Unreadable, tally

from .conftest import MSH, OBR, OBX, PID


def values(data, **options):
    return [
        item.value
        for item in read_hl7(data, options=Hl7Options(**options))
        if isinstance(item, ResultFact)
    ]


def held(data):
    return [item for item in read_hl7(data) if isinstance(item, Unreadable)]


WRAPPINGS = {
    "CR": lambda m: m,
    "LF": lambda m: m.replace(b"\r", b"\n"),
    "CRLF": lambda m: m.replace(b"\r", b"\r\n"),
    "blank lines between": lambda m: m.replace(b"\r", b"\r\r\n\n"),
    "MLLP": lambda m: b"\x0b" + m + b"\r\x1c\r",
    "MLLP twice the mark": lambda m: b"\x0b\x0b" + m + b"\x1c\x1c\r",
    "UTF-8 with BOM": lambda m: b"\xef\xbb\xbf" + m,
    "UTF-16": lambda m: m.decode().encode("utf-16"),
    "UTF-16 without BOM": lambda m: m.decode().encode("utf-16-le"),
    "blanks before": lambda m: b"\r\n  \r\n" + m,
    "indented": lambda m: b"  " + m.replace(b"\r", b"\r\n  "),
    "batch": lambda m: b"FHS|^~\\&\rBHS|^~\\&\r" + m + b"\rBTS|1\rFTS|1\r",
    "log line before": lambda m: b"2025-04-02 INFO received " + m,
    "junk line before": lambda m: b"received:\r" + m,
    "junk line after": lambda m: m + b"\r--- end ---\r",
    "Z segments": lambda m: m.replace(b"\rOBX", b"\rZPI|1|x\rOBX"),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS)
def test_H22_the_wrapping_does_not_change_the_result(wrapping, message):
    data = wrapping(message().encode())

    (fact,) = [item for item in read_hl7(data) if isinstance(item, ResultFact)]
    (plain,) = [item for item in read_hl7(message().encode()) if isinstance(item, ResultFact)]

    same = {"where": "", "raw": ""}
    assert dataclasses.replace(fact, **same) == dataclasses.replace(plain, **same)
    assert not held(data)
    assert is_hl7(data) or b"received" in data


def test_H22_messages_run_together_are_told_apart(message):
    data = (message() + "\x1c" + "\x0b" + message(OBX.replace("|250|", "|90|"))).encode()

    assert values(data) == ["250", "90"]


@pytest.mark.parametrize(
    ("header", "component"),
    [
        (r"MSH|^~\&|", "^"),
        (r"MSH|^~\&#|", "^"),
        (r"MSH|^~&|", "^"),
        (r"MSH|^~\\&|", "^"),
        (r"MSH|$~\&|", "$"),
        ("MSH||", "^"),
        ("MSH|^|", "^"),
    ],
)
def test_H22_separators_are_those_of_the_message(message, header, component):
    sent = message().replace("MSH|^~\\&|", "MSH|").replace("^", component)
    data = sent.replace("MSH|", header, 1).encode()

    (fact,) = [item for item in read_hl7(data) if isinstance(item, ResultFact)]

    assert fact.codes[0].code == "777-3"
    assert fact.who.identifiers == (("CLINIC", "0042"),)


def test_H22_another_field_separator_is_read(message):
    assert values(message().replace("|", "$").encode()) == ["250"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"5\X2530\x", "5%0x"),
        (r"\X48656D6F\lysed", "Hemolysed"),
        (r"one\.br\two", "one\ntwo"),
        (r"one\.sp+2\two", "one\ntwo"),
        (r"\H\low\N\ count", "low count"),
        (r"C:\temp", r"C:\temp"),
        (r"\Zlocal\x", r"\Zlocal\x"),
        (r"\X2\x", r"\X2\x"),
        ("\\", "\\"),
        (r"a\\b", r"a\\b"),
    ],
)
def test_H22_escapes_are_taken_out_once(message, sent, expected):
    assert values(message(f"OBX|1|ST|777-3^P^LN||{sent}|||||||F").encode()) == [expected]


@pytest.mark.parametrize(
    ("declared", "encoding", "charset"),
    [
        ("", "utf-8", None),
        ("UNICODE UTF-8", "utf-8", None),
        ("8859/1", "iso8859-1", None),
        ("8859/1", "utf-8", None),
        ("", "cp1252", None),
        ("ASCII", "cp1252", None),
        ("", "cp850", "cp850"),
        ("8859/15", "iso8859-15", None),
    ],
)
def test_H22_a_micro_sign_survives_the_encoding(message, declared, encoding, charset):
    data = message(
        "OBX|1|ST|777-3^Größe^LN||hämolytisch|10^3/µL|||||F",
        msh=MSH + "||||||" + declared,
    ).encode(encoding)

    (fact,) = [i for i in read_hl7(data, options=Hl7Options(charset=charset)) if hasattr(i, "unit")]

    assert (fact.value, fact.codes[0].text) == ("hämolytisch", "Größe")
    assert fact.unit == "10"


def test_H22_a_text_broken_over_lines_is_one_text(message):
    data = message("OBX|1|TX|777-3^P^LN||first line", "second line||||||F").encode()

    assert values(data) == ["first line\nsecond line"]


def test_H22_a_number_broken_over_lines_is_no_number(message):
    assert values(message("OBX|1|NM|777-3^P^LN||2", "50|10*9/L|||||F").encode()) == ["2\n50"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("BX|2|NM|6690-2^WBC^LN||1.1|10*9/L|||||F", "begins no segment"),
        ("obx|2|NM|6690-2^WBC^LN||1.1|10*9/L|||||F", "begins no segment"),
        ("OBY|2|NM|6690-2^WBC^LN||1.1|10*9/L|||||F", "no segment of the standard"),
        ("ADD|1.1|10*9/L|||||F", "no segment of the standard"),
    ],
)
def test_H22_a_damaged_segment_is_held_and_the_others_are_read(message, line, says):
    data = message(OBX, line, OBX.replace("|250|", "|90|")).encode()

    (thing,) = held(data)

    assert values(data) == ["250", "90"]
    assert thing.reason == HeldReason.BAD_MESSAGE
    assert says in thing.detail
    assert line in thing.raw


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        f"{PID}\r{OBR}\r{OBX}".encode(),
        f"BHS|^~\\&\r{PID}\r{OBR}\r{OBX}\rBTS|0".encode(),
        b"MSH|^~\\&|LIS" + b"\r" + OBX.encode(),
    ],
)
def test_H22_what_is_no_message_is_held(data):
    assert not values(data)
    assert len(held(data)) == 1


def test_text_without_any_message_is_counted():
    assert list(read_hl7(b"Dear colleague,\nno results today.")) == [
        Counted("text outside messages", 2)
    ]


@pytest.mark.parametrize(
    ("batch", "says"),
    [
        ("BHS|^~\\&\r{m}\rBTS|2\r", "announces 2 messages, 1 came"),
        ("BHS|^~\\&\r{m}\r", "ends before its trailer"),
        ("FHS|^~\\&\rBHS|^~\\&\r{m}\rBTS|1\r", "ends before its trailer"),
    ],
)
def test_H25_a_batch_that_is_not_complete_says_so(message, batch, says):
    data = batch.format(m=message()).encode()

    (thing,) = held(data)

    assert says in thing.detail
    assert values(data) == ["250"]


def test_a_file_larger_than_allowed_is_not_opened(message):
    data = message().encode()

    (thing,) = read_hl7(data, options=Hl7Options(largest=len(data) - 1))

    assert "larger than" in thing.detail


def test_the_place_is_the_line_of_the_file(message):
    data = b"\n\n" + message().replace("\r", "\n").encode()

    (fact,) = [item for item in read_hl7(data, "a.hl7") if isinstance(item, ResultFact)]

    assert fact.where == "a.hl7:6"


@pytest.mark.parametrize("length", range(0, 400, 7))
def test_H22_a_message_cut_off_anywhere_loses_no_line(message, length):
    data = message(OBX, "NTE|1||x", OBX).encode()[:length]
    lines = sum(1 for line in data.split(b"\r") if line.strip())

    assert sum(tally(read_hl7(data)).values()) == lines


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"MSH|^~\\&|", True),
        (b"FHS|^~\\&|", True),
        (b"\xff\xfeM\0S\0H\0|\0", True),
        (b"MSHX", False),
        (b"MSH ", False),
        (b"patient,date", False),
        (b"", False),
    ],
)
def test_a_file_is_known_by_its_first_bytes(data, expected):
    assert is_hl7(data) is expected


def test_a_nul_after_a_broken_comment_loses_no_line(message):
    data = message(OBX, "NTE|1||\xe9").encode("latin-1") + b"\r\x00RC|RE|A7\r"

    assert sum(tally(read_hl7(data)).values()) == len([x for x in data.split(b"\r") if x.strip()])
