"""Mails that came back: reports of delivery as RFC 3464 describes them, read from a folder."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from longwatch.core.errors import Problem, UsageError
from longwatch.reminders.aftermath import record_bounce

_KEY = re.compile(rb"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)
_FAILED = re.compile(rb"^Action:\s*failed", re.IGNORECASE | re.MULTILINE)


def key_of_bounce(raw: bytes) -> str | None:
    """The key of the text that came back for good; None when this is no such report.

    A report of a delay is none: the server goes on trying.
    """
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    if mail.get_content_type() != "multipart/report" or not _FAILED.search(raw):
        return None
    # The report quotes our mail or its head: our Message-ID stands there, not in its own head.
    _, _, quoted = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    found = _KEY.search(quoted)
    return None if found is None else str(uuid.UUID(found.group(1).decode()))


def read_folder(folder: Path, at: datetime) -> int:
    """Reads every `*.eml` of a folder; the files stay, and reading them again changes nothing.

    Returns:
        How many texts are known now to have come back.

    Raises:
        UsageError: there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(Problem("no such folder", str(folder), how="give the folder of the mails"))
    keys = {key_of_bounce(path.read_bytes()) for path in sorted(folder.glob("*.eml"))}
    return sum(record_bounce(key, at) for key in sorted(key for key in keys if key))
