"""`longwatch listen`: what makes no sense is said before anything is opened."""

import re
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from longwatch.cli.listen_work import Wanted, keep_apart, prepare
from longwatch.cli.zones import find_zone
from longwatch.core.errors import UsageError
from longwatch.feed.arrival import Stored
from longwatch.feed.mllp import framed


class Nowhere:
    """A store that is never asked."""


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"senders": ("10.1.2.3/24",)}, "host bits set.*Mend: write 10.1.2.0/24"),
        ({"senders": ("the lab",)}, "'the lab' is no network"),
        ({"certificate": "a.pem"}, "needs a certificate and its key"),
        ({"key": "a.key"}, "needs a certificate and its key"),
        ({"sender_certificates": "a.pem"}, "needs a certificate and its key"),
        ({"certificate": "nowhere.pem", "key": "nowhere.key"}, "nowhere.pem and nowhere.key"),
    ],
)
def test_what_makes_no_sense_is_said(wanted, words):
    with pytest.raises(UsageError, match=words):
        prepare(Wanted(**wanted), Nowhere())


@pytest.mark.parametrize("name", ["Nowhere/None", "../etc/passwd", "", "/abs"])
def test_a_time_zone_that_does_not_exist_is_said(name):
    with pytest.raises(UsageError, match=r"no time zone.*Mend: give --zone"):
        find_zone(name)


def test_a_folder_must_be_there(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        prepare(Wanted(folders=(tmp_path / "none",)), Nowhere())


def test_the_folder_of_the_store_is_not_watched(tmp_path, monkeypatch):
    # `longwatch listen --folder .` beside the database would have moved the database away.
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match=r"the clinic's store lies here.*a folder of its own"):
        keep_apart(str(tmp_path / "longwatch.db"), (Path(),))
    keep_apart(str(tmp_path / "longwatch.db"), (tmp_path / "inbox",))
    keep_apart("clinic", (Path(),))


def test_each_folder_is_watched_under_its_own_name(tmp_path):
    heard = []

    class Notes:
        def store(self, raw, channel, received):
            heard.append(channel.name)
            return Stored()

    paths = tmp_path / "north", tmp_path / "south"
    for path in paths:
        path.mkdir()
        (path / "a.hl7").write_bytes(b"MSH|^~\\&|LAB")
    _, folders = prepare(Wanted(folders=paths), Notes())
    for clock in (0, 60):
        for folder in folders:
            folder.look(datetime(2026, 11, 22, tzinfo=UTC), clock)

    assert heard == ["folder:north", "folder:south"]


PROGRAM = """
import sys, typer
from longwatch.cli.listen import listen
app = typer.Typer()
app.command()(listen)
app()
"""


def test_the_command_takes_a_message_into_a_new_store(tmp_path):
    message = (
        rb"MSH|^~\&|LIS|LAB|||2025||ORU^R01|M1|P|2.5" + b"\rPID|1||7^^^CLINIC^MR||DOE^JANE\r"
        b"OBR|1|P1|A1|CBC|||20250401083000\rOBX|1|NM|777-3^P^LN||250|10*9/L|||||F\r"
    )
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    words = ["--port", "0", "--folder", str(inbox), "--zone", "Europe/Berlin"]
    words += ["--database", f"sqlite:///{tmp_path / 'clinic.db'}"]
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], stderr=subprocess.PIPE, text=True
    )
    said = ""
    while "listening on" not in said:
        line = child.stderr.readline()
        assert line, said
        said += line
    port = int(re.search(r"127\.0\.0\.1:(\d+)", said).group(1))
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sender:
        sender.sendall(framed(message))
        answer = sender.recv(1000)
    child.terminate()
    said += child.communicate(timeout=30)[1]

    assert b"MSA|AA|M1" in answer, said
    assert child.returncode == 0
    assert "DOE" not in said
