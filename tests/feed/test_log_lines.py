"""H56, G23: no log line holds patient data, whatever goes wrong."""

import io
import json
import logging
from datetime import UTC, datetime

import pytest

from longwatch.feed.answering import answer
from longwatch.feed.arrival import Channel, Stored
from longwatch.feed.folder import Folder
from longwatch.feed.log_lines import JsonLines
from longwatch.feed.mllp import Frame, Kind

CANARIES = ("CANARYNAME", "19770317", "MRN777123", "31.4159")
RAW = (
    b"MSH|^~\\&|LIS|LAB|||20250402||ORU^R01|C1|P|2.5\rPID|1||MRN777123||CANARYNAME^A||19770317\r"
    b"OBX|1|NM|777-3^Platelets^LN||31.4159|10*9/L|||||F\r"
)


class Fails:
    """A store whose errors repeat what it was given, as databases' do."""

    def store(self, raw, channel, received):
        raise ValueError(f"UNIQUE failed: {raw!r}")

    def keep_refused(self, raw, channel, received, why, size):
        raise ValueError(f"UNIQUE failed: {raw!r}")


class Works:
    def store(self, raw, channel, received):
        return Stored()

    def keep_refused(self, raw, channel, received, why, size):
        pass


@pytest.fixture
def lines():
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(JsonLines())
    log = logging.getLogger()
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    yield kept
    log.removeHandler(handler)
    log.setLevel(before)


@pytest.mark.parametrize("store", [Fails(), Works()], ids=["failing", "working"])
@pytest.mark.parametrize("kind", list(Kind))
def test_no_line_of_the_listener_holds_patient_data(lines, store, kind):
    frame = Frame(kind, RAW, len(RAW))
    answer(frame, Channel("mllp", "10.0.0.1"), store, datetime.now(UTC))

    _assert_clean(lines)


@pytest.mark.parametrize("store", [Fails(), Works()], ids=["failing", "working"])
def test_no_line_of_the_folder_holds_patient_data(lines, store, tmp_path):
    (tmp_path / "results.hl7").write_bytes(RAW)
    folder = Folder(tmp_path, store, settled_seconds=0)
    for second in (0.0, 1.0):
        folder.look(datetime.now(UTC), second)
    logging.getLogger("longwatch.feed").info("looked")

    _assert_clean(lines)


def test_an_exception_is_told_by_kind_and_place(lines):
    try:
        Fails().store(RAW, None, None)
    except ValueError:
        logging.getLogger("longwatch.feed").exception("not stored")

    _assert_clean(lines)
    assert json.loads(lines.getvalue())["error"] == "ValueError"
    assert "test_log_lines.py:" in json.loads(lines.getvalue())["at_line"]


def _assert_clean(lines):
    text = lines.getvalue()
    assert text
    assert [one for one in CANARIES if one in text] == []
    for line in text.splitlines():
        assert {"at", "level", "logger", "message"} <= json.loads(line).keys()
