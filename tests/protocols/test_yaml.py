"""Reading one YAML file: values, places, and files that are not what they seem."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.core.errors import ProtocolError
from longwatch.protocols.yaml import MAX_BYTES, MAX_DEPTH, parse_yaml, read_yaml


def told(content: bytes) -> str:
    with pytest.raises(ProtocolError) as error:
        parse_yaml(content, "f.yaml")
    assert len(error.value.problems) == 1
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("NO", "NO"),
        ("off", "off"),
        ("true", True),
        ("False", False),
        ("2025-01-31", "2025-01-31"),
        ("012", 12),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("0o17", 15),
        ("0x1F", 31),
        ("+.5", 0.5),
        ("1e3", 1000.0),
        ("-0", 0),
        ("~", None),
        ("", None),
        ("null", None),
        ("'12'", "12"),
        ('"\\u00b5g"', "µg"),
        ("10*9/L", "10*9/L"),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(text, value):
    read = parse_yaml(f"key: {text}\n".encode(), "f.yaml").plain()["key"]
    assert (read, type(read)) == (value, type(value))


def test_keys_are_text_as_written():
    assert parse_yaml(b"{1: a, no: b, true: c, 2025-01-01: d}", "f").plain() == {
        "1": "a",
        "no": "b",
        "true": "c",
        "2025-01-01": "d",
    }


def test_every_value_knows_its_place_and_its_key():
    root = parse_yaml("a:\n  - b: µ\n    c: [1, 2]\n".encode(), "f.yaml")
    assert root.where(["a", 0, "c", 1]) == "f.yaml:3:12"
    assert root.where(["a", 0, "c"], of_key=True) == "f.yaml:3:5"
    assert root.where(["a", 0, "missing", "deeper"]) == "f.yaml:2:5"


def test_an_alias_repeats_its_anchor_and_keeps_its_own_place():
    root = parse_yaml(b"a: &x {n: 1}\nb: *x\n", "f.yaml")
    assert root.plain() == {"a": {"n": 1}, "b": {"n": 1}}
    assert root.where(["b"]) == "f.yaml:2:4"


def test_every_duplicate_key_is_told_at_once():
    with pytest.raises(ProtocolError) as error:
        parse_yaml(b"a: 1\na: 2\nb: {c: 1, c: {c: 1}}\n", "f.yaml")
    assert [problem.where for problem in error.value.problems] == ["f.yaml:2:1", "f.yaml:3:11"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: \xe9t\xe9\n", "f.yaml:1:4: byte 0xe9 is not UTF-8. Mend: save the file as UTF-8"),
        ("a: 1\n".encode("utf-16"), "f.yaml: the file is UTF-16. Mend: save it as UTF-8"),
        (b"a: 1\nb: \0\n", "f.yaml:2:4: a NUL byte stands in the file"),
        (b"a: 1\nb: \x07\n", "f.yaml:2:1: not readable as YAML: control characters"),
        (b"", "f.yaml: the file is empty"),
        (b"\n\n# only a comment\n", "f.yaml: the file is empty"),
        (b"a: " + b"9" * 5000, "f.yaml:1:4: a number with too many digits"),
        (b"? [1, 2]\n: x\n", "a key must be one word"),
        (b": x\n", "f.yaml:1:1"),
        (b"a: &a [*a]\n", "f.yaml:1:8: the alias *a points to nothing"),
        (b"[" * 100_000, f"nested more than {MAX_DEPTH} deep"),
        (b"a: {" * 100_000, f"nested more than {MAX_DEPTH} deep"),
        (b"- " * 100_000, f"nested more than {MAX_DEPTH} deep"),
        (b"a" * (10 * 1024 * 1024), "f.yaml: the file is larger than 2048 KiB"),
    ],
)
def test_a_file_that_is_not_what_it_seems_is_told_in_words(content, words):
    assert words in told(content)


def test_aliases_cannot_multiply_without_end():
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        again = b", ".join([b"*a%d" % (level - 1)] * 10)
        lines.append(b"a%d: &a%d [%s]" % (level, level, again))
    assert "too many values" in told(b"\n".join(lines))


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm():
    root = parse_yaml(b"\xef\xbb\xbfa: 1\r\nb: [2]\r\n", "f.yaml")
    assert (root.plain(), root.where(["b"])) == ({"a": 1, "b": [2]}, "f.yaml:2:4")


def test_a_file_too_large_is_not_read_into_memory(tmp_path):
    path = tmp_path / "big.yaml"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(ProtocolError, match="larger than"):
        read_yaml(path)


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_file_is_not_waited_for(kind, tmp_path):
    path = tmp_path / "x.yaml"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(ProtocolError, match="this is not a file"):
        read_yaml(path)


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    path = tmp_path / "x.yaml"
    path.write_text("a: 1")

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(ProtocolError, match=r"cannot be read \(Permission denied\)"):
        read_yaml(path)


@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!|>'\"#%@,\n\t \\?0.1e", max_size=80))
def test_any_bytes_are_read_or_refused_and_never_crash(content):
    raw = content if isinstance(content, bytes) else content.encode()
    problems = ()
    try:
        parse_yaml(raw, "f.yaml").plain()
    except ProtocolError as error:
        problems = error.problems
    assert all(problem.where.startswith("f.yaml") for problem in problems)
