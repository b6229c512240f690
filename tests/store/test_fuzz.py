"""G13: whatever bytes come, they become entries or a refusal: no error, no hang, bounded memory."""

import os
import random
import resource
import time
from zoneinfo import ZoneInfo

import pytest
from tests.store.messages import oru

from longwatch.core.errors import LongwatchError
from longwatch.feed.mllp import Framer
from longwatch.sample import sample_files
from longwatch.store.message_read import Reception, read_items

RECEPTION = Reception(ZoneInfo("Europe/Berlin"))
INPUTS = int(os.environ.get("LONGWATCH_FUZZ", "1000000"))
SPICE = (
    *(b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n", b"\x0b", b"\x1c\r", b"\x00", b"\xff\xfe", b'"'),
    *(
        b"{",
        b"[",
        b"]",
        b"}",
        b",",
        b";",
        b"MSH|",
        b"OBX|",
        b"PID|",
        b"null",
        b"1e999",
        b"-0",
        b"<5",
    ),
    *(b"NaN", b"9" * 400, b"20250231", b"\xc3\x28", b"\xef\xbb\xbf", b"\\X0D\\", b'{"a":' * 60),
)
SECONDS = 1.0
MEGABYTES = 256


def seeds():
    """One file of each kind as it is sent, none larger than it must be."""
    whole = [path.read_bytes() for path in sample_files() if path.is_file()]
    return [oru(), oru("<5", unit="G/L"), *(data[:4000] for data in whole)]


def changed(chance, known):
    data = bytearray(chance.choice(known)[: chance.choice((200, 1500, 6000))])
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at, span = chance.randrange(len(data) + 1), chance.choice((1, 1, 4, 40))
        kind = chance.randrange(6)
        if kind == 0:
            data[at : at + span] = b""
        elif kind == 1:
            data[at:at] = chance.choice(SPICE)
        elif kind == 2:
            data[at:at] = data[at : at + span] * chance.choice((1, 3, 50))
        elif kind == 3 and data:
            data[at % len(data)] = chance.randrange(256)
        elif kind == 4:
            other = chance.choice(known)
            place = chance.randrange(len(other))
            data[at : at + span] = other[place : place + chance.choice((10, 200))]
        else:
            data[at:] = data[at : at + 3] if chance.random() < 0.2 else data[at:]
    return bytes(data)


def fuzz(number, seed):
    """How many entries came of it, and the longest time for one input."""
    chance, known = random.Random(seed), seeds()
    entries, refused, longest = 0, 0, 0.0
    for count in range(number):
        data = changed(chance, known)
        begun = time.process_time()
        try:
            Framer(1_000_000).feed(data)
            entries += sum(1 for _ in read_items(data, "fuzz", RECEPTION))
        except LongwatchError:
            # The sender hears AE with its words.
            refused += 1
        except Exception as error:
            pytest.fail(f"input {count} of seed {seed}: {error!r}\n{data!r}")
        longest = max(longest, time.process_time() - begun)
    assert refused < number / 2
    return entries, longest


def _memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_any_bytes_are_read_or_refused():
    entries, longest = fuzz(400, seed=1)

    assert entries
    assert longest < SECONDS


@pytest.mark.campaign
def test_a_million_inputs():
    fuzz(2000, seed=0)
    before = _memory()
    entries, longest = fuzz(INPUTS, seed=2)

    print(
        f"{INPUTS} inputs, {entries} entries, longest {longest:.3f} s, {_memory() - before:.0f} MB"
    )
    assert longest < SECONDS
    assert _memory() - before < MEGABYTES
