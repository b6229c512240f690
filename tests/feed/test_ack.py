"""H22, H23: the answer speaks as the sender does, and names the message that it answers."""

from datetime import UTC, datetime

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.feed.ack import Code, acknowledge, read_header

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


def answered(raw, code=Code.AA, words=""):
    return acknowledge(read_header(raw), code, words, NOW, "A1")


STYLES = {
    "the usual": (
        rb"MSH|^~\&|LIS|LAB|LW|CLINIC|2025||ORU^R01|M1|P|2.3" + b"\rPID|1\r",
        rb"MSH|^~\&|LW|CLINIC|LIS|LAB|20261122180000+0000||ACK^R01|A1|P|2.3" + b"\rMSA|AA|M1\r",
    ),
    "the structure is named where the message named it": (
        rb"MSH|^~\&|LIS||||2025||ORU^R01^ORU_R01|M1|P|2.5" + b"\r",
        rb"MSH|^~\&|||LIS||20261122180000+0000||ACK^R01^ACK|A1|P|2.5" + b"\rMSA|AA|M1\r",
    ),
    "other separators": (
        rb"MSH#*~\&#LIS#LAB###2025##ORU*R01#M1#P#2.5" + b"\r",
        rb"MSH#*~\&###LIS#LAB#20261122180000+0000##ACK*R01#A1#P#2.5" + b"\rMSA#AA#M1\r",
    ),
    "line feeds": (
        rb"MSH|^~\&|LIS|||||" + b"|ORU^R01|M1|P|2.5\nPID|1\n",
        rb"MSH|^~\&|||LIS||20261122180000+0000||ACK^R01|A1|P|2.5" + b"\nMSA|AA|M1\n",
    ),
    "both line ends": (
        rb"MSH|^~\&|LIS|||||" + b"|ORU^R01|M1|P|2.5\r\nPID|1\r\n",
        rb"MSH|^~\&|||LIS||20261122180000+0000||ACK^R01|A1|P|2.5" + b"\r\nMSA|AA|M1\r\n",
    ),
    "a training message is answered as one": (
        rb"MSH|^~\&|LIS|||||" + b"|ORU^R01|M1|T^X|2.5\r",
        rb"MSH|^~\&|||LIS||20261122180000+0000||ACK^R01|A1|T^X|2.5" + b"\rMSA|AA|M1\r",
    ),
    "Latin-1 in its own bytes, and its name repeated": (
        rb"MSH|^~\&|Z" + b"\xfcrich|||||" + b"|ORU^R01|M1|P|2.5||||||8859/1\r",
        rb"MSH|^~\&|||Z"
        + b"\xfcrich||20261122180000+0000||ACK^R01|A1|P|2.5||||||8859/1\rMSA|AA|M1\r",
    ),
    "UTF-8 with a mark before": (
        b"\xef\xbb\xbf" + rb"MSH|^~\&|Z" + "ü|||||".encode() + b"|ORU^R01|M1|P|2.5\r",
        rb"MSH|^~\&|||Z" + "ü".encode() + b"||20261122180000+0000||ACK^R01|A1|P|2.5\rMSA|AA|M1\r",
    ),
    "no control id": (
        rb"MSH|^~\&|LIS" + b"\r",
        rb"MSH|^~\&|||LIS||20261122180000+0000||ACK|A1|P|2.5" + b"\rMSA|AA\r",
    ),
    "a batch is answered by its own id": (
        rb"BHS|^~\&|LIS|LAB|||2025||||B7" + b"\rMSH|^~\\&|x\r",
        rb"MSH|^~\&|||LIS|LAB|20261122180000+0000||ACK|A1|P|2.5" + b"\rMSA|AA|B7\r",
    ),
}


@pytest.mark.parametrize("name", STYLES)
def test_the_answer_is_in_the_style_of_the_message(name):
    raw, expected = STYLES[name]

    assert answered(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [b"", b"MSH", b"MSHA^~", b"PID|1", b"GET / HTTP/1.1", b"M\0S\0H\0|\0", b"MSH \r", b"{}"],
)
def test_what_has_no_header_is_answered_in_the_usual_style(raw):
    assert read_header(raw) is None
    assert answered(raw, Code.AR, "no message").split(b"\r")[1:3] == [
        b"MSA|AR||no message",
        b"ERR|||100^Segment sequence error^HL70357|E||||no message",
    ]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (b"2.5.1", b"ERR|||207^Application internal error^HL70357|E||||disk full"),
        (b"2.5", b"ERR|||207^Application internal error^HL70357|E||||disk full"),
        (b"2.3", b"ERR|^^^207&Application internal error"),
        (b"2.4^CHE", b"ERR|^^^207&Application internal error"),
        (b"", b"ERR|||207^Application internal error^HL70357|E||||disk full"),
        (b"new", b"ERR|||207^Application internal error^HL70357|E||||disk full"),
    ],
)
def test_the_error_is_written_as_the_version_has_it(version, expected):
    raw = rb"MSH|^~\&|LIS|||||" + b"|ORU^R01|M1|P|" + version + b"\r"

    assert answered(raw, Code.AE, "disk full").split(b"\r")[2] == expected


def test_words_cannot_break_the_answer():
    raw = rb"MSH|^~\&|LIS|||||" + b"|ORU^R01|M1|P|2.5\r"
    words = "a|b^c~d\\e&f\rMSA|AA\x1c\x0b ü " + "long " * 40

    lines = answered(raw, Code.AE, words).split(b"\r")

    assert len(lines) == 4
    assert lines[1].startswith(b"MSA|AE|M1|a b c d e fMSA AA ? long")
    assert len(lines[1].split(b"|")[3]) == 80


def test_a_header_without_an_end_is_not_read_for_ever():
    header = read_header(b"MSH|^~\\&|" + b"x" * 5_000_000)

    assert len(header.part(3)) < 70_000


@given(st.binary(max_size=200), st.sampled_from(Code))
def test_any_bytes_get_an_answer_that_keeps_its_frame(raw, code):
    for data in (raw, b"MSH" + raw, b"MSH|^~\\&|" + raw):
        found = answered(data, code, "why")

        assert b"\x0b" not in found
        assert b"\x1c" not in found
        assert found.startswith(b"MSH")
        assert b"MSA" in found


def test_another_parser_reads_the_answer_to_every_real_message(real_messages):
    read = 0
    for raw in real_messages:
        header = read_header(raw)
        if header is None or header.fields[0] != b"MSH":
            continue
        said = acknowledge(header, Code.AE, "why", NOW, "A1")
        found = hl7.parse(said.decode("latin-1").replace("\r\n", "\r").replace("\n", "\r"))
        read += 1
        assert str(found.segment("MSA")[1]) == "AE"
        assert str(found.segment("MSA")[2]) == header.control_id.decode("latin-1")

    assert read > 100
