"""Mails of accounts go the way of the reminders: the clinic's own server, in `LONGWATCH_MAIL`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from uuid import uuid4

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.utils.translation import get_language

from longwatch.reminders.channels import Parcel
from longwatch.reminders.smtp import mail_channel

VARIABLE = "LONGWATCH_MAIL"


def has_mail() -> bool:
    """Whether the clinic can send mail at all."""
    return bool(os.environ.get(VARIABLE))


class ClinicMail(BaseEmailBackend):
    """Django's way to send, over the channel of the reminders."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Sends each to each of its receivers; without a mail server nothing is sent.

        Raises:
            UsageError: the line of the mail server cannot be read.
        """
        if not has_mail():
            return 0
        channel = mail_channel(os.environ[VARIABLE])
        for mail in email_messages:
            for to in mail.recipients():
                parcel = Parcel(
                    uuid4().hex, to, str(mail.subject), str(mail.body), "", get_language() or "en"
                )
                channel.send(parcel)
        return len(email_messages)
