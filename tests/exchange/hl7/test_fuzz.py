"""Whatever the bytes: no uncaught error, no line lost, no long wait."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longwatch.exchange.hl7 import Hl7Options, read_hl7
from longwatch.exchange.intake import ResultFact, tally

from .conftest import MSH, OBR, OBX, PID, find_real_paths

SEED = "\r".join(
    [MSH, PID, "ORC|RE|P7|A7", OBR, "NTE|1||order", OBX, "NTE|1||note", "SPM|1|||BLD", OBX]
).encode()
LIMIT_SECONDS = 1.0
RELAXED = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def seeds():
    small = [path.read_bytes() for path in find_real_paths() if path.stat().st_size < 20_000]
    return [SEED, *small]


SEEDS = seeds()


def read_all(data):
    started = time.process_time()
    items = list(read_hl7(data, options=Hl7Options(production=frozenset("PTD"))))
    assert time.process_time() - started < LIMIT_SECONDS
    return items


def lines_of(data):
    text = data.decode("latin-1").replace("\x0b", "\n").replace("\x1c", "\n").replace("\r", "\n")
    return [line for line in text.split("\n") if line.strip()]


@RELAXED
@given(st.binary(max_size=2000))
def test_G13_random_bytes_are_read_without_an_error(data):
    read_all(data)


@RELAXED
@given(st.binary(max_size=300), st.sampled_from([b"MSH|^~\\&|", b"\x0bMSH", b"\xff\xfe", b"BHS|"]))
def test_G13_random_bytes_behind_a_header_are_read_without_an_error(data, start):
    read_all(start + data)


@RELAXED
@given(
    st.text(alphabet="MSHPIDOBXRNTEF|^~\\&\r\n\x0b\x1c #2505.<-+\"'", max_size=600),
)
def test_G13_text_made_of_marks_loses_no_line(body):
    data = (MSH + "\r" + body).encode()

    items = read_all(data)

    # A header in the middle of a line makes two entries of it.
    assert sum(tally(items).values()) >= len(lines_of(data))


@st.composite
def mutated(draw):
    """A seed with segments dropped, doubled, cut off, swapped, or a byte changed."""
    lines = draw(st.sampled_from(SEEDS)).replace(b"\n", b"\r").split(b"\r")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "cut", "swap", "byte", "field"])):
            case "drop" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "cut":
                lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "byte" if lines[at]:
                where = draw(st.integers(0, len(lines[at]) - 1))
                new = draw(st.binary(min_size=1, max_size=1))
                lines[at] = lines[at][:where] + new + lines[at][where + 1 :]
            case "field":
                fields = lines[at].split(b"|")
                fields[draw(st.integers(0, len(fields) - 1))] = draw(st.binary(max_size=20))
                lines[at] = b"|".join(fields)
    return b"\r".join(lines)


@RELAXED
@given(mutated())
def test_G13_damaged_real_messages_lose_no_line(data):
    items = read_all(data)

    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and data[:4] not in (b"M\0S\0", b"\0M\0S"):
        assert sum(tally(items).values()) >= len(lines_of(data.removeprefix(b"\xef\xbb\xbf")))


@RELAXED
@given(st.data())
def test_H21_no_damage_gives_a_result_to_a_person_whom_the_file_does_not_name(data):
    first = [PID, OBR, OBX]
    second = [line.replace("0042", "0043").replace("|250|", "|5|") for line in first]
    lines = [MSH, *first, *second]
    for _ in range(data.draw(st.integers(1, 3))):
        del lines[data.draw(st.integers(1, len(lines) - 1))]
        if len(lines) == 1:
            break

    items = read_all("\r".join(lines).encode())

    owner = None
    owners = []
    for line in lines:
        if line.startswith("PID"):
            owner = "0043" if "0043" in line else "0042"
        if line.startswith("OBX"):
            owners.append(owner)
    facts = [item for item in items if isinstance(item, ResultFact)]
    assert all(fact.who.identifiers[0][1] in owners for fact in facts)
    for fact in facts:
        line_number = int(fact.where.rpartition(":")[2])
        above = [line for line in lines[:line_number] if line.startswith("PID")]
        assert fact.who.identifiers[0][1] in above[-1]


@pytest.mark.campaign
@settings(RELAXED, max_examples=200_000, derandomize=False)
@given(st.one_of(mutated(), st.binary(max_size=3000)))
def test_G13_a_long_run_of_damaged_messages(data):
    read_all(data)


@pytest.mark.parametrize(
    "data",
    [
        MSH.encode() + b"\r" + b"OBX|" * 200_000,
        MSH.encode() + b"\rOBX|1|ST|A||" + b"\\" * 500_000,
        MSH.encode() + b"\rOBX|1|ST|A||" + b"~" * 500_000,
        MSH.encode() + b"\rOBX|1|NM|A||1|u|" + b"1" * 500_000,
        MSH.encode() + b"\rOBX|1|NM|A||1|u|" + b"[ " * 100_000,
        MSH.encode() + (b"\r" + b"x" * 10) * 50_000,
        b"MSH" * 300_000,
        b"x" * 5_000_000,
        b"MSH|" * 100_000,
        ("\r".join([MSH, PID, OBR]) + "\r" + ("NTE|1||x\r" * 20_000)).encode(),
        ("\r".join([MSH, PID, OBR]) + "\r" + "NTE|1||x\r" * 9000 + f"{OBX}\r" * 2000).encode(),
        ("\r".join([MSH, PID, "OBX|1|TX|A||x"]) + "\r" + ("y\r" * 50_000)).encode(),
    ],
    ids=range(12),
)
def test_G13_long_inputs_take_time_in_proportion(data):
    read_all(data)
