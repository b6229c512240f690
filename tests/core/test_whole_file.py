"""A file is there whole, or as it was before."""

import os
import stat

import pytest

from longwatch.core.whole_file import write_whole


def test_a_text_replaces_the_old_one_and_keeps_its_letters_and_line_ends(tmp_path):
    file = tmp_path / "plan.ics"
    file.write_text("something longer than what follows")
    write_whole(file, ["BEGIN\r\n", "Ünal β\n", ""])

    assert file.read_bytes() == "BEGIN\r\nÜnal β\n".encode()
    assert os.listdir(tmp_path) == ["plan.ics"]


def _pieces_that_break_off():
    yield "half of "
    raise KeyboardInterrupt


@pytest.mark.parametrize("before", [None, "old"])
def test_a_text_that_breaks_off_leaves_what_was_there(tmp_path, before):
    file = tmp_path / "plan.ics"
    if before is not None:
        file.write_text(before)
    with pytest.raises(KeyboardInterrupt):
        write_whole(file, _pieces_that_break_off())

    assert os.listdir(tmp_path) == ([] if before is None else ["plan.ics"])
    assert before is None or file.read_text() == before


def test_a_full_disk_is_told_and_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "plan.ics"
    file.write_text("old")

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, ["new"])

    assert os.listdir(tmp_path) == ["plan.ics"]
    assert file.read_text() == "old"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "gone" / "plan.ics", ["new"])

    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="rights of files are a matter of POSIX")
@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o077, 0o600)])
def test_the_process_decides_who_may_read_it(tmp_path, mask, rights):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "plan.ics", ["new"])
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "plan.ics").stat().st_mode) == rights
