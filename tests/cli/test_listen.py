"""`longwatch listen`: what makes no sense is said before anything is opened."""

from datetime import UTC, datetime

import pytest

from longwatch.cli.listen_work import Wanted, prepare
from longwatch.core.errors import UsageError
from longwatch.feed.arrival import Stored


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


def test_a_folder_must_be_there(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        prepare(Wanted(folders=(tmp_path / "none",)), Nowhere())


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
