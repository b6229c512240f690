"""Power cuts: the disk as it could be after each of them, from a record of what a process wrote.

The process is the store as it runs in a clinic; `recorder.c` writes down what it does to its files.
What was synced is on the disk. Of what was not, each write may be there, be missing, or be torn
between two sectors, in any order.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
SECTOR = 512
DATABASE, LOG, SAID = "store.db", "store.db-wal", "said"


@dataclass
class File:
    """A file of the disk: what is surely there, and what may be."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        """All that was written is there."""
        for where, data in self.pending:
            _write(self.durable, where, data)
        self.pending.clear()

    def after_cut(self, chance: random.Random) -> bytes:
        """As it may be when the power comes back."""
        found = bytearray(self.durable)
        mood = chance.random()
        for where, data in self.pending:
            fate = chance.random()
            if fate < mood:
                _write(found, where, data)
            elif data and fate < mood + (1 - mood) / 3:
                sectors = chance.randrange(0, len(data), SECTOR)
                # From the beginning or from the end: a disk may write in either order.
                if chance.random() < 0.5:
                    _write(found, where, data[:sectors])
                else:
                    _write(found, where + sectors, data[sectors:])
        return bytes(found)


def _write(content: bytearray, where: int, data: bytes | None) -> None:
    if data is None:
        del content[where:]
        content.extend(bytes(max(0, where - len(content))))
        return
    content.extend(bytes(max(0, where - len(content))))
    content[where : where + len(data)] = data


@dataclass(frozen=True)
class Written:
    """The disk as it was, and the record of what was written after that."""

    before: bytes
    record: Path


def record(folder: Path, template: str, messages: int, synchronous: str = "FULL") -> Written:
    """Stores messages in a process of its own.

    Inputs:
        template: an empty store, already migrated.
    """
    library = folder / "recorder.so"
    source = HERE / "recorder.c"
    words = ["gcc", "-shared", "-fPIC", "-O1", "-w", "-o", str(library), str(source), "-ldl"]
    subprocess.run(words, check=True)
    clinic, written = folder / "clinic", folder / "written"
    clinic.mkdir()
    before = Path(template).read_bytes()
    (clinic / DATABASE).write_bytes(before)
    subprocess.run(
        [sys.executable, "-m", "tests.store.powered", str(clinic), str(messages), synchronous],
        cwd=HERE.parents[1],
        env={
            **os.environ,
            "LD_PRELOAD": str(library),
            "LONGWATCH_RECORD": str(clinic),
            "LONGWATCH_RECORD_TO": str(written),
        },
        check=True,
    )
    return Written(before, written)


def steps(written: Path) -> Iterator[tuple[str, str, int, bytes]]:
    """What was done: kind, file, place, bytes."""
    with written.open("rb") as stream:
        while head := stream.readline():
            kind, name, where, size = head.decode().split()
            yield kind, name, int(where), stream.read(int(size))


@dataclass
class Tally:
    """What many cuts came to."""

    cuts: int = 0
    losses: int = 0
    lost: int = 0
    broken: int = 0
    said: int = 0


def cut_often(written: Written, folder: Path, cuts: int, seed: int = 1) -> Tally:
    """Cuts the power at random moments of the record, and looks at the disk each time."""
    chance = random.Random(seed)
    whole = list(steps(written.record))
    # Before the first word is said nothing can be lost.
    begin = next(n for n, step in enumerate(whole) if step[1] == SAID)
    moments = sorted(chance.randrange(begin, len(whole)) for _ in range(cuts))
    files = {DATABASE: File(bytearray(written.before)), LOG: File()}
    tally, said, at = Tally(), 0, 0
    for number, (kind, name, where, data) in enumerate(whole):
        if name == SAID and kind == "W":
            said = int(data)
        elif name in files and kind == "S":
            files[name].sync()
        elif name in files:
            files[name].pending.append((where, None if kind in "TU" else data))
        while at < len(moments) and moments[at] == number:
            at += 1
            _look(files, folder, said, chance, tally)
    return tally


def _look(
    files: dict[str, File], folder: Path, said: int, chance: random.Random, to: Tally
) -> None:
    for name, file in files.items():
        (folder / name).write_bytes(file.after_cut(chance))
    (folder / f"{DATABASE}-shm").unlink(missing_ok=True)
    stored, whole = _stored(folder / DATABASE)
    to.cuts += 1
    to.said = max(to.said, said)
    to.broken += not whole
    missing = len(set(range(1, said + 1)) - stored)
    to.lost += missing
    to.losses += bool(missing)


def _stored(database: Path) -> tuple[set[int], bool]:
    """The numbers of the messages that are there, and whether nothing is there by half."""
    try:
        with closing(sqlite3.connect(database)) as disk:
            (sound,) = disk.execute("PRAGMA quick_check").fetchone()
            rows = disk.execute("SELECT id, control_id FROM store_message").fetchall()
            results = {row[0] for row in disk.execute("SELECT message_id FROM store_result")}
            query = "SELECT target FROM store_auditentry WHERE action = 'received'"
            told = {int(row[0]) for row in disk.execute(query)}
    except sqlite3.Error:
        return set(), False
    keys = {key for key, _ in rows}
    whole = sound == "ok" and keys == results == told
    return {int(control[1:]) for _, control in rows}, whole
