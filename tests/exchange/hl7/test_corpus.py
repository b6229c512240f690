"""Real messages that nobody here wrote: nothing lost, nothing bound wrongly, values as sent."""

import re
from collections import Counter

import hl7

from longwatch.exchange.hl7 import read_hl7
from longwatch.exchange.intake import (
    Counted,
    ResultFact,
    Unreadable,
    tally,
)

LINE_ENDS = re.compile(r"\r\n|\r|\n")


def numbered_lines(data):
    return list(enumerate(LINE_ENDS.split(data.decode("latin-1")), 1))


def plain_messages(data):
    """An independent reading: lists of (number, line), split at lines that begin with MSH."""
    messages = []
    for number, line in numbered_lines(data):
        if line.startswith("MSH"):
            messages.append([])
        if messages and line.strip():
            messages[-1].append((number, line))
    return messages


def line_of(item):
    return int(item.where.rpartition(":")[2])


def test_G8_every_line_of_a_real_file_is_accounted_for(real_path):
    data = real_path.read_bytes()

    items = list(read_hl7(data, real_path.name))

    lines = sum(1 for _, line in numbered_lines(data) if line.strip())
    assert sum(tally(items).values()) == lines


def test_G8_every_OBX_of_a_result_message_is_a_result_or_held_or_counted_as_pending(
    real_path, every_kind
):
    data = real_path.read_bytes()
    messages = plain_messages(data)
    expected = sum(
        line.startswith("OBX")
        for lines in messages
        if not lines[0][1].split("|")[8].startswith("ADT")
        for _, line in lines
    )

    items = list(read_hl7(data, real_path.name, every_kind))

    facts = sum(isinstance(item, ResultFact) for item in items)
    held = sum(
        len(re.findall(r"^OBX", item.raw, re.MULTILINE))
        for item in items
        if isinstance(item, Unreadable)
    )
    pending = {"document", "result not yet there"}
    counted = sum(i.entries for i in items if isinstance(i, Counted) and i.kind in pending)
    assert facts + held + counted == expected


def test_H14_no_result_of_a_test_or_training_message_is_filed(real_path):
    data = real_path.read_bytes()
    production = set()
    for lines in plain_messages(data):
        if (lines[0][1].split("|") + [""] * 12)[10].split("^")[0].strip() == "P":
            production.update(number for number, _ in lines)

    items = list(read_hl7(data, real_path.name))

    filed = {line_of(item) for item in items if isinstance(item, ResultFact)}
    assert filed <= production


def test_H21_each_result_belongs_to_the_person_named_last_before_it(real_path, every_kind):
    data = real_path.read_bytes()
    names = {}
    for lines in plain_messages(data):
        pid = [""] * 6
        for number, line in lines:
            if line.startswith("PID"):
                pid = line.split("|") + [""] * 6
            names[number] = pid[3] or pid[2] or pid[4]

    for item in read_hl7(data, real_path.name, every_kind):
        if isinstance(item, ResultFact):
            sent = names[line_of(item)]
            assert all(value in sent for _, value in item.who.identifiers)


def test_G8_values_and_units_equal_those_of_another_parser(real_paths, every_kind):
    compared = 0
    for path in real_paths:
        data = path.read_bytes()
        facts = {
            line_of(item): item
            for item in read_hl7(data, path.name, every_kind)
            if isinstance(item, ResultFact)
        }
        for lines in plain_messages(data):
            # The other parser fails on lost backslashes and reads bytes beyond ASCII otherwise.
            if "".join(line for _, line in lines).isascii() and "\\" in lines[0][1][4:8]:
                compared += compare_with_hl7_library(lines, facts)

    assert compared > 3500


def compare_with_hl7_library(lines, facts):
    parsed = hl7.parse("\r".join(line for _, line in lines) + "\r")
    compared = 0
    for (number, line), segment in zip(lines, parsed, strict=True):
        fact = facts.get(number)
        if not line.startswith("OBX") or fact is None or "~" in str(segment[5]):
            continue
        kind = str(segment[2]).split("^")[0].strip()
        value = str(segment[5])
        if kind in ("CE", "CWE"):
            value = [*value.split("^"), ""][1] or None
        elif kind not in ("NM", "ST", "TX", "FT"):
            continue
        if value is not None:
            expected = parsed.unescape(value).replace('""', "").split()
            assert fact.value.split() == expected
            compared += 1
        unit = str(segment[6]).split("^")[0].strip() if len(segment) > 6 else ""
        if unit.strip('"'):
            assert fact.unit == parsed.unescape(unit)
    return compared


def test_a_real_result_reads_the_same_alone(real_path, every_kind):
    """`raw` is kept for held results: it must be enough to read the result again."""
    for item in read_hl7(real_path.read_bytes(), real_path.name, every_kind):
        if not isinstance(item, ResultFact):
            continue
        (alone,) = [
            again
            for again in read_hl7(item.raw.encode(), options=every_kind)
            if isinstance(again, ResultFact)
        ]
        same = ("who", "date", "codes", "value", "unit", "low", "high", "flag", "status", "note")
        for name in same:
            assert getattr(alone, name) == getattr(item, name), name
        assert alone.source == item.source.partition("#")[0]


def test_a_real_file_read_twice_names_the_same_sources(real_path, every_kind):
    data = real_path.read_bytes()

    first, second = (list(read_hl7(data, name, every_kind)) for name in ("a.hl7", "b.hl7"))

    assert [i.source for i in first if isinstance(i, ResultFact)] == [
        i.source for i in second if isinstance(i, ResultFact)
    ]


def test_no_two_results_of_one_person_in_one_message_share_a_source(real_path, every_kind):
    data = real_path.read_bytes()
    starts = [lines[0][0] for lines in plain_messages(data)]
    seen = Counter()
    for item in read_hl7(data, real_path.name, every_kind):
        if isinstance(item, ResultFact):
            message = sum(start <= line_of(item) for start in starts)
            seen[message, item.who.identifiers, item.source] += 1

    assert not [key for key, times in seen.items() if times > 1]
