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
    with pytest.raises(FileNotFoundError) as failed:
        write_whole(tmp_path / "gone" / "plan.ics", ["new"])
    assert failed.value.filename == str(tmp_path / "gone" / "plan.ics")

    assert os.listdir(tmp_path) == []


def test_a_device_a_pipe_or_a_folder_is_never_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, words in (("pipe", "device or a pipe"), ("folder", "folder")):
        with pytest.raises(OSError, match=words) as failed:
            write_whole(tmp_path / name, ["new"])
        assert failed.value.filename == str(tmp_path / name)

    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]


def test_a_link_stays_a_link_and_its_file_is_written(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "plan.ics").write_text("old")
    (tmp_path / "plan.ics").symlink_to(tmp_path / "there" / "plan.ics")
    write_whole(tmp_path / "plan.ics", ["new"])

    assert (tmp_path / "plan.ics").is_symlink()
    assert (tmp_path / "there" / "plan.ics").read_text() == "new"


def test_a_name_as_long_as_a_folder_allows_can_be_written(tmp_path):
    write_whole(tmp_path / ("p" * 251 + ".ics"), ["new"])

    assert len(os.listdir(tmp_path)) == 1


@pytest.mark.skipif(os.name != "posix", reason="rights of files are a matter of POSIX")
@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o077, 0o600)])
def test_the_process_decides_who_may_read_it(tmp_path, mask, rights):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "plan.ics", ["new"])
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "plan.ics").stat().st_mode) == rights
