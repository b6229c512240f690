"""H22, H25, H51: files dropped into a folder are stored once in effect, whatever happens."""

import errno
import hashlib
import os
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from longwatch.core.errors import LongwatchError
from longwatch.feed.arrival import Stored
from longwatch.feed.folder import Folder

from .conftest import a_message

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
HL7, OTHER = a_message(1), a_message(2)


class Watched:
    """A folder whose time runs as the test says."""

    def __init__(self, path, store):
        self.path = path
        self.store = store
        self.clock = 0.0
        self.restart()

    def restart(self):
        self.folder = Folder(self.path, self.store, settled_seconds=10, file_bytes=100_000)

    def put(self, name, data):
        (self.path / name).write_bytes(data)

    def look(self, after=0):
        self.clock += after
        return self.folder.look(NOW, self.clock)

    def settle(self):
        self.look()
        return self.look(10)

    def names(self, folder="."):
        where = self.path / folder
        return (
            sorted(one.name for one in where.iterdir() if one.is_file()) if where.exists() else []
        )


@pytest.fixture
def watched(tmp_path, store):
    return Watched(tmp_path, store)


def test_a_complete_file_is_stored_and_moved(watched, store):
    watched.put("results.hl7", HL7)
    look = watched.settle()

    assert look.stored == ["results.hl7"]
    assert store.messages == [HL7]
    assert (store.channels[0].name, store.channels[0].origin) == ("folder", "results.hl7")
    assert watched.names() == []
    assert watched.names("done") == [f"{hashlib.sha256(HL7).hexdigest()[:16]}-results.hl7"]
    assert (watched.path / "done" / watched.names("done")[0]).read_bytes() == HL7


def test_a_file_that_grows_waits_until_it_is_complete(watched, store):
    watched.put("a.hl7", HL7[:50])
    assert watched.look().waiting == ["a.hl7"]
    watched.put("a.hl7", HL7[:90])
    assert watched.look(9).waiting == ["a.hl7"]
    watched.put("a.hl7", HL7)
    assert watched.look(9).waiting == ["a.hl7"]
    assert watched.look(9).waiting == ["a.hl7"]
    assert store.messages == []

    assert watched.look(1).stored == ["a.hl7"]
    assert store.messages == [HL7]


@pytest.mark.parametrize("name", [".a.hl7", "a.hl7.tmp", "a.hl7.filepart", "A.PART"])
def test_a_name_for_unfinished_files_is_left_alone_until_it_is_renamed(watched, store, name):
    watched.put(name, HL7)
    assert watched.settle().waiting == []
    assert watched.names() == [name]

    (watched.path / name).rename(watched.path / "a.hl7")
    assert watched.settle().stored == ["a.hl7"]


def test_the_same_bytes_under_any_name_are_stored_once(watched, store):
    for name in ("a.hl7", "b.hl7"):
        watched.put(name, HL7)
    look = watched.settle()

    assert (look.stored, look.duplicates) == (["a.hl7"], ["b.hl7"])
    assert store.messages == [HL7]
    assert len(watched.names("done")) == 2


def test_another_content_under_the_same_name_is_another_file(watched, store):
    for data in (HL7, OTHER, HL7):
        watched.put("a.hl7", data)
        watched.settle()

    assert store.messages == [HL7, OTHER]
    assert len(watched.names("done")) == 2


def test_older_files_come_first(watched, store):
    watched.put("a.hl7", OTHER)
    watched.put("b.hl7", HL7)
    os.utime(watched.path / "b.hl7", (1, 1))

    assert watched.settle().stored == ["b.hl7", "a.hl7"]


REFUSED = {
    "a picture": (b"\x89PNG\r\n", "picture"),
    "an empty file": (b"", "empty"),
    "a letter": (b"Dear colleague\nthank you\n", "neither FHIR"),
    "too large": (HL7 + b"x" * 200_000, "100,000"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_nobody_can_read_is_kept_and_set_aside_with_the_reason(watched, store, name):
    data, why = REFUSED[name]
    watched.put("x.hl7", data)
    look = watched.settle()

    assert look.failed == ["x.hl7"]
    file, reason = watched.names("failed")
    assert (watched.path / "failed" / file).read_bytes() == data
    assert why in (watched.path / "failed" / reason).read_text()
    ((kept, _, size),) = store.refused
    assert data.startswith(kept)
    assert size == len(data)


def test_two_large_files_with_the_same_beginning_stay_two(watched):
    for end in (b"1", b"2"):
        watched.put("x.hl7", HL7 + b"x" * 200_000 + end)
        watched.settle()

    assert len(watched.names("failed")) == 4


def test_what_the_store_refuses_is_set_aside_with_its_reason(watched, store):
    store.verdict = Stored(refused="an unknown laboratory")
    watched.put("a.hl7", HL7)

    assert watched.settle().failed == ["a.hl7"]
    _, reason = watched.names("failed")
    assert "an unknown laboratory" in (watched.path / "failed" / reason).read_text()


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left"), LongwatchError("locked"), ValueError("DOE")]
)
def test_a_file_that_could_not_be_stored_stays_and_is_tried_again(watched, store, error):
    watched.put("a.hl7", HL7)
    store.fails = error
    look = watched.settle()

    assert look.waiting == ["a.hl7"]
    assert "could not be stored" in str(look.problems[0])
    assert "DOE" not in str(look.problems[0])
    assert watched.names() == ["a.hl7"]
    store.fails = None
    assert watched.look(19).waiting == ["a.hl7"]
    assert watched.look(1).stored == ["a.hl7"]


def test_the_wait_between_two_tries_grows_and_has_an_end(watched, store):
    watched.put("a.hl7", HL7)
    store.fails = OSError(errno.ENOSPC, "")
    watched.settle()
    tries = [watched.clock]
    while watched.clock < 10_000:
        if watched.look(5).problems:
            tries.append(watched.clock)

    waits = [after - before for before, after in pairwise(tries)]
    assert waits[:5] == [20, 40, 80, 160, 320]
    assert set(waits[5:]) == {600}


def test_one_bad_file_does_not_keep_the_others_waiting(watched, store):
    watched.put("a.hl7", HL7)
    watched.put("b.hl7", OTHER)
    real = store.store
    store.store = lambda raw, *rest: real(raw, *rest) if raw != HL7 else 1 / 0

    look = watched.settle()

    assert look.stored == ["b.hl7"]
    assert look.waiting == ["a.hl7"]


def test_a_file_that_grows_while_it_is_stored_is_read_again(watched, store):
    watched.put("a.hl7", HL7)
    real = store.store

    def grows(raw, *rest):
        if len(store.messages) == 0:
            watched.put("a.hl7", HL7 + OTHER)
        return real(raw, *rest)

    store.store = grows
    look = watched.settle()
    assert (look.stored, look.waiting) == ([], ["a.hl7"])

    assert watched.settle().stored == ["a.hl7"]
    assert store.messages == [HL7, HL7 + OTHER]


def test_a_file_put_in_its_place_at_the_last_moment_is_not_taken_for_stored(
    watched, store, monkeypatch
):
    watched.put("a.hl7", HL7)
    real, swapped = Path.replace, []

    def replace(source, target):
        if not swapped:
            swapped.append(source)
            (watched.path / ".other").write_bytes(OTHER)
            real(watched.path / ".other", source)
        return real(source, target)

    monkeypatch.setattr(Path, "replace", replace)
    look = watched.settle()
    assert (look.stored, look.waiting) == ([], ["a.hl7"])

    assert len(watched.settle().stored) == 1
    assert store.messages == [HL7, OTHER]


@pytest.mark.parametrize("step", ["stored, not moved", "reason written, not moved"])
def test_whoever_dies_before_the_move_finds_the_file_again(watched, store, step, monkeypatch):
    data = HL7 if step.startswith("stored") else b"Dear colleague"
    watched.put("a.hl7", data)
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "_move", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            watched.settle()
    assert watched.names() == ["a.hl7"]

    watched.restart()
    look = watched.settle()

    assert [*look.duplicates, *look.failed] == ["a.hl7"]
    assert len(store.messages) + len({kept[0] for kept in store.refused}) == 1


def test_links_pipes_and_folders_are_left_alone(watched, store, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.hl7"
    secret.write_bytes(HL7)
    (watched.path / "link.hl7").symlink_to(secret)
    os.mkfifo(watched.path / "pipe.hl7")
    (watched.path / "folder").mkdir()
    look = watched.settle()

    assert [str(one).endswith("left alone. Mend: put files here") for one in look.problems] == [
        True
    ] * 3
    assert store.messages == []


def test_strange_names_are_no_trouble(watched, store):
    names = [b"\xff\xfe.hl7", "Größe\n.hl7".encode(), b"x" * 250, ("ü" * 125 + ".hl7").encode()]
    for number, name in enumerate(names):
        with open(os.fsencode(watched.path) + b"/" + name, "wb") as file:
            file.write(a_message(number))
    look = watched.settle()

    assert len(look.stored) == len(names)
    for channel in store.channels:
        channel.origin.encode()


def test_a_folder_that_is_gone_is_said(watched):
    watched.path.rename(watched.path.with_name("gone"))

    with pytest.raises(FileNotFoundError):
        watched.look()


def test_every_real_message_file_is_stored_or_set_aside(watched, store, real_messages):
    large = sum(len(raw) > 100_000 for raw in real_messages)
    for number, raw in enumerate(real_messages):
        watched.put(f"{number}.hl7", raw)
    look = watched.settle()

    assert look.problems == []
    assert len(look.stored) + len(look.duplicates) + len(look.failed) == len(real_messages)
    assert len(look.failed) >= large
    assert watched.names() == []
    assert len(store.messages) > 100
