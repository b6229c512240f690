"""H22: from a stream to messages, however the network cuts it and whatever stands between."""

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longwatch.feed.mllp import KEPT_BYTES, Framer, framed

A, B = b"MSH|^~\\&|A\rPID|1\r", b"MSH|^~\\&|B\r"

STREAMS = {
    "one message": (framed(A), [("message", A)]),
    "two in one packet": (framed(A) + framed(B), [("message", A), ("message", B)]),
    "line ends between are no finding": (
        b"\r\n" + framed(A) + b"\r\n\r\n" + framed(B) + b"\n",
        [("message", A), ("message", B)],
    ),
    "a log line between is kept": (
        framed(A) + b"[07:12 sent]\n" + framed(B),
        [("message", A), ("stray", b"[07:12 sent]\n"), ("message", B)],
    ),
    "a message cut off by the next": (
        b"\x0b" + A + framed(B),
        [("unfinished", A), ("message", B)],
    ),
    "a message cut off by the end": (b"\x0b" + A, [("unfinished", A)]),
    "end mark without its line end, then the next": (
        b"\x0b" + A + b"\x1c" + framed(B),
        [("message", A), ("message", B)],
    ),
    "end mark without its line end, then the end": (b"\x0b" + A + b"\x1c", [("message", A)]),
    "end mark with a line feed": (
        b"\x0b" + A + b"\x1c\n" + framed(B),
        [("message", A), ("message", B)],
    ),
    "both marks twice": (b"\x0b\x0b" + A + b"\x1c\x1c\r", [("message", A)]),
    "an end mark inside a text is text": (
        framed(A + b"NTE|\x1cx\r"),
        [("message", A + b"NTE|\x1cx\r")],
    ),
    "a message without its start mark": (A + b"\x1c\r", [("headless", A)]),
    "no marks at all": (b"GET / HTTP/1.1\r\n", [("stray", b"GET / HTTP/1.1\r\n")]),
    "an empty message": (framed(b""), [("message", b"")]),
    "nothing": (b"", []),
    "only blanks": (b"\r\n \x1c\r\x00", []),
    "a message longer than the limit": (
        framed(b"x" * 1000) + framed(B),
        [("too long", b"x" * 1000), ("message", B)],
    ),
    "a message longer than the limit that never ends": (
        b"\x0b" + b"x" * 1000,
        [("too long", b"x" * 1000)],
    ),
}  # fmt: skip


def cut(stream, places, limit=100):
    framer = Framer(limit)
    frames = []
    for begin, end in zip([0, *places], [*places, len(stream)], strict=True):
        frames += framer.feed(stream[begin:end])
    return frames + framer.finish()


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_told_apart(name):
    stream, expected = STREAMS[name]

    assert [(frame.kind.value, frame.data) for frame in cut(stream, [])] == expected


@pytest.mark.parametrize("name", STREAMS)
def test_byte_by_byte_gives_the_same(name):
    stream, _ = STREAMS[name]

    assert cut(stream, range(1, len(stream))) == cut(stream, [])


pieces = st.sampled_from(
    [b"\x0b", b"\x1c", b"\r", b"\n", b"\x1c\r", b"\x1c\r\n", A, B, b"junk", b" ", b"x" * 120]
)


@given(st.lists(pieces, max_size=20).map(b"".join), st.data())
def test_any_split_gives_the_same_frames(stream, data):
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))

    assert cut(stream, places) == cut(stream, [])


@given(st.binary(max_size=300) | st.lists(pieces, max_size=20).map(b"".join))
def test_no_byte_is_lost_but_marks_and_blanks(stream):
    kept = b"".join(frame.data for frame in cut(stream, [], limit=10_000))
    marks = bytes.maketrans(b"", b""), b"\x0b\x1c\r\n \t\x00"

    assert kept.translate(*marks) == stream.translate(*marks)


@given(st.lists(st.sampled_from([A, B, b"MSH|x\r"]), max_size=10))
def test_what_was_framed_comes_out(messages):
    stream = b"".join(framed(message) for message in messages)

    assert [frame.data for frame in cut(stream, [])] == messages


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 3 * KEPT_BYTES), st.integers(1000, KEPT_BYTES))
def test_the_size_is_that_of_the_stream_also_when_the_middle_is_forgotten(size, chunk):
    stream = b"\x0b" + b"x" * size + b"\x1c\r"
    (frame,) = cut(stream, range(chunk, len(stream), chunk), limit=KEPT_BYTES)

    assert frame.size == size
    assert frame.data == b"x" * min(size, KEPT_BYTES)


@pytest.mark.parametrize("begin", [b"\x0bMSH|", b"no mark"], ids=["message", "stray"])
def test_a_line_of_one_gigabyte_is_counted_in_bounded_memory_and_time(begin):
    framer, chunk = Framer(1_000_000), b"x" * 1_000_000
    tracemalloc.start()
    framer.feed(begin)
    began = time.process_time()
    for _ in range(1000):
        assert framer.feed(chunk) == []
    spent = time.process_time() - began
    (frame,) = framer.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert frame.size >= 1_000_000_000
    assert len(frame.data) == KEPT_BYTES
    assert peak < 8_000_000
    assert spent < 20


@pytest.mark.parametrize("byte", [b"\x1c", b"\x0b", b"\r"])
def test_a_flood_of_marks_costs_no_more_than_a_text(byte):
    framer = Framer(1_000_000)
    began = time.process_time()
    for _ in range(10):
        framer.feed(byte * 10_000)
    framer.finish()

    assert time.process_time() - began < 5
