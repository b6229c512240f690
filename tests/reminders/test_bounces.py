"""Mails that come back: only a report of failure counts, and only for a mail of ours."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.reminders.conftest import noon

from longwatch.core.errors import UsageError
from longwatch.reminders.bounces import key_of_bounce, read_folder

KEY = "1b671a64-40d5-491e-99b0-da01ff1f3341"
REPORT = """\
From: MAILER-DAEMON@mx.example
To: clinic@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <77777777-40d5-491e-99b0-da01ff1f3341@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system. I could not deliver your message.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ann@example.org
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

From: clinic@example.org
Message-ID: <{key}@example.org>
Subject: Appointment reminder

--b--
"""


def report(action="failed", status="5.1.1", key=KEY):
    return REPORT.format(action=action, status=status, key=key).encode()


def test_a_failure_names_the_mail_that_failed():
    assert key_of_bounce(report()) == KEY
    assert key_of_bounce(report().replace(b"\n", b"\r\n")) == KEY


@pytest.mark.parametrize(
    "raw",
    [
        report(action="delayed", status="4.4.1"),
        report(action="delivered", status="2.0.0"),
        report().replace(b"multipart/report; report-type=delivery-status", b"multipart/mixed"),
        report(key="no-key-of-ours"),
        b"",
        b"\xff\xfe\x00 no mail",
        b"Content-Type: multipart/report\n\nAction: failed",
    ],
)
def test_what_is_no_report_of_failure_of_ours_means_nothing(raw):
    assert key_of_bounce(raw) is None


def test_a_folder_of_reports_counts_each_once(clinic, tmp_path):
    from longwatch.store.models import Dispatch

    clinic.treat("p1")
    now = noon(date(2026, 2, 12))
    clinic.run(now)
    (key,) = clinic.email.keys
    for name, raw in (("a", report(key=key)), ("b", report(key=key)), ("c", report())):
        (tmp_path / f"{name}.eml").write_bytes(raw)

    assert read_folder(tmp_path, now) == 1
    assert read_folder(tmp_path, now) == 0
    clinic.run(now + timedelta(minutes=1))

    assert sorted(Dispatch.objects.values_list("channel", "state")) == [
        ("email", "bounced"), ("text", "sent"),
    ]  # fmt: skip


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError):
        read_folder(tmp_path / "none", noon(date(2026, 2, 12)))
