"""The cases of a pack: a patient in a few lines, and what the watch must answer.

Cases are data beside the rules (`cases/*.yaml`), with sentences for names. They are read as
strictly as the pack: an unknown key, rule or activity is an error, so that no
expectation is empty unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa

from longwatch.core.errors import ProtocolError
from longwatch.core.status import TIERS, Status
from longwatch.core.tables import OUTCOME
from longwatch.protocols.case_names import Names
from longwatch.protocols.case_nodes import Cell, Reader
from longwatch.protocols.case_record import record_tables
from longwatch.protocols.folders import find_files, pack_folder, shown_name
from longwatch.protocols.load import load_protocol
from longwatch.protocols.model import Pack
from longwatch.protocols.nodes import Node
from longwatch.protocols.yaml import read_tree

Row = Mapping[str, Cell]
Course = tuple[int, str]

_EXPECTED = (
    "status",
    "findings",
    "findings_all",
    "undecided",
    "worklist",
    "adherence",
    "readiness",
    "prophylaxis",
)


@dataclass(frozen=True)
class Expect:
    """What a case expects; what it does not name is not checked.

    A row gives the cells to compare by column (None: the cell is empty); no row (None) means that
    the table has none for that key. `findings`: dates of active findings by rule; `findings_all`:
    of all; `undecided`: of undecided ones. Keys of `readiness` and `prophylaxis` are
    (course, activity or period); the course as a whole is the activity `course`.
    `worklist` is compared only when `names_worklist`. A column `reason_contains` or
    `detail_contains` holds a part of that text.
    """

    status: Mapping[str, Row | None] = field(default_factory=dict)
    findings: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    findings_all: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    undecided: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    names_worklist: bool = False
    worklist: Row | None = None
    adherence: Mapping[str, Row | None] = field(default_factory=dict)
    readiness: Mapping[Course, Row | None] = field(default_factory=dict)
    prophylaxis: Mapping[Course, Row | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One case: its sentence, the day, the patient's tables, what is expected, where it stands."""

    name: str
    as_of: date
    tables: dict[str, pa.Table]
    expect: Expect
    where: str


def load_cases(id_or_path: str | Path) -> list[Case]:
    """The cases of a pack, in the order of the files.

    Inputs:
        id_or_path: the id of a shipped pack, or a folder with `protocol.yaml`.

    Raises:
        ProtocolError: with everything wrong in the pack or in its cases.
    """
    return read_cases(load_protocol(id_or_path), pack_folder(id_or_path))


def read_cases(pack: Pack, folder: Path, unsure: frozenset[str] = frozenset()) -> list[Case]:
    """The cases in the folder of a pack that is loaded already.

    Inputs:
        pack: gives the ids that a case may name, and the doses.
        folder: where the pack lies.
        unsure: sections of the pack that may lack items; their ids are not judged.

    Raises:
        ProtocolError: with everything wrong in the cases.
    """
    cases: list[Case] = []
    first: dict[str, str] = {}
    files, problems = find_files(folder, cases=True)
    names = Names.of(pack, unsure)
    for path in files:
        try:
            root, unread = read_tree(path, shown_name(folder, path))
        except ProtocolError as error:
            problems.extend(error.problems)
            continue
        reader = Reader()
        for node in reader.entries(root):
            case = _case(reader, node, pack, names)
            if case.name and first.setdefault(case.name, case.where) != case.where:
                how = "say what is special about this one"
                reader.wrong(f"a case of this name stands at {first[case.name]}", node, how)
            cases.append(case)
        problems.extend(unread)
        told = {problem.where for problem in unread}
        problems.extend(problem for problem in reader.problems if problem.where not in told)
    if problems:
        raise ProtocolError(problems)
    return cases


def _case(reader: Reader, node: Node, pack: Pack, names: Names) -> Case:
    parts = reader.mapping(node, ("name", "as_of", "record", "expect", "note"))
    for key in ("name", "as_of", "expect"):
        if key not in parts:
            reader.wrong(f"the key {key!r} is missing", node, f"add {key}: …")
    return Case(
        name=reader.text(parts["name"]) if "name" in parts else "",
        as_of=reader.day(parts["as_of"]) if "as_of" in parts else date.min,
        tables=record_tables(reader, parts.get("record"), pack),
        expect=_expect(reader, parts["expect"], names) if "expect" in parts else Expect(),
        where=str(node.place),
    )


def _expect(reader: Reader, node: Node, names: Names) -> Expect:
    parts = reader.mapping(node, _EXPECTED)
    if not parts and isinstance(node.value, dict):
        reader.wrong("the case expects nothing", node, "say what must come out")

    def dates(name: str) -> dict[str, tuple[date, ...]]:
        listed = _keyed(reader, parts.get(name), names.rules, "rule")
        return {
            rule: tuple(reader.day(day) for day in reader.entries(entry))
            for rule, entry in listed.items()
        }

    def rows(table: str, short: str) -> dict[str, Row | None]:
        listed = _keyed(reader, parts.get(table), names.activities, "activity")
        return {key: _row(reader, entry, table, short) for key, entry in listed.items()}

    def by_course(table: str, known: list[str] | None) -> dict[Course, Row | None]:
        listed = reader.mapping(parts[table]) if table in parts else {}
        found = {}
        for key, entry in listed.items():
            course, _, name = key.partition("/")
            if not course.isdecimal():
                reader.wrong(f"{key!r} does not start with a course", entry, of_key=True)
                continue
            if name and entry.value is not None:
                _is_known(reader, name, entry, known, "activity or period")
            found[int(course), name or "course"] = _row(reader, entry, table, "state")
        return found

    worklist = parts.get("worklist")
    return Expect(
        status=rows("status", "status"),
        findings=dates("findings"),
        findings_all=dates("findings_all"),
        undecided=dates("undecided"),
        names_worklist=worklist is not None,
        worklist=_row(reader, worklist, "worklist", "tier") if worklist else None,
        adherence=rows("adherence", "longest_gap_days"),
        readiness=by_course("readiness", names.facts),
        prophylaxis=by_course("prophylaxis", names.periods),
    )


def _keyed(
    reader: Reader, node: Node | None, known: list[str] | None, what: str
) -> dict[str, Node]:
    """The entries of a mapping by known ids; `null` may stand for an id that must not appear."""
    if node is None:
        return {}
    listed = reader.mapping(node)
    for key, entry in listed.items():
        if entry.value is not None:
            _is_known(reader, key, entry, known, what)
    return listed


def _is_known(reader: Reader, name: str, node: Node, known: list[str] | None, what: str) -> None:
    if known is not None:
        reader.choice(Node(name, node.key or node.place), known, what)


_CHOICES: dict[str, Callable[[Reader, Node], str]] = {
    "status": lambda reader, node: reader.choice(node, list(Status), "status"),
    "tier": lambda reader, node: reader.choice(node, list(TIERS), "tier"),
}


def _row(reader: Reader, node: Node, table: str, short: str) -> Row | None:
    """The expected cells of one row: a mapping, a word for the column `short`, or null: no row."""
    if node.value is None:
        return None
    if not isinstance(node.value, dict):
        node = Node({short: Node(node.value, node.place, node.key)}, node.place, node.key)
    columns = {column.name: _python_type(column.type) for column in OUTCOME[table]}
    for name in ("reason", "detail"):
        if name in columns:
            columns[f"{name}_contains"] = str
    for name, check in _CHOICES.items():
        child = node.find([name])
        if name in columns and child is not node and child.value is not None:
            check(reader, child)
    return reader.row(node, columns)


def _python_type(kind: pa.DataType) -> type:
    if pa.types.is_date(kind):
        return date
    return int if pa.types.is_integer(kind) else str
