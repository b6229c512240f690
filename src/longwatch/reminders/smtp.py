"""E-mail by SMTP: what each answer of a server means for the person who waits."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from longwatch.core.errors import Problem, UsageError
from longwatch.core.whole_file import write_whole
from longwatch.reminders.channels import (
    AddressRefusedError,
    MaybeSentError,
    Parcel,
    SetupError,
    TryLaterError,
)

SECONDS = 20.0
"""How long a server may be silent."""

_HOW = "write smtp+starttls://user:password@mail.example:587?from=clinic@example.org"
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server.

    | answer of the server | means |
    |---|---|
    | taken (250 after the text) | sent; that it arrives is shown by the result, never by the mail |
    | 4xx anywhere, refused or broken connection, silence | later |
    | 5xx to the receiver | this address does not work: next way |
    | 5xx to us, our password, our sender, our text | our side must be mended; later, and shown |
    | broken or silent after the whole text was said | may have been taken; later, under one key |
    """

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    security: str = "smtp+starttls"
    tls: ssl.SSLContext | None = None
    seconds: float = SECONDS
    kind: str = "email"

    def send(self, parcel: Parcel) -> str:
        """Hands one mail to the server; see the table."""
        mail = written(parcel, self.sender)
        with self._connection() as server:
            try:
                code, _ = server.mail(self.sender)
                if code >= 500:
                    raise SetupError(f"sender {code}")
                if code >= 400:
                    raise TryLaterError(f"sender {code}")
                code, _ = server.rcpt(parcel.to)
                if code >= 500:
                    raise AddressRefusedError(str(code))
                if code >= 400:
                    raise TryLaterError(str(code))
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                raise TryLaterError(_word(error)) from None
            return self._say(server, mail)

    def _say(self, server: smtplib.SMTP, mail: EmailMessage) -> str:
        try:
            code, _ = server.data(mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")))
        except smtplib.SMTPDataError as error:
            # The server did not want to hear the text at all.
            kind = SetupError if error.smtp_code >= 500 else TryLaterError
            raise kind(f"data {error.smtp_code}") from None
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise MaybeSentError(_word(error)) from None
        if code >= 500:
            raise SetupError(f"text {code}")
        if code >= 400:
            raise TryLaterError(f"text {code}")
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        return str(code)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        server: smtplib.SMTP | None = None
        try:
            server = self._open()
        except smtplib.SMTPAuthenticationError as error:
            kind = SetupError if error.smtp_code >= 500 else TryLaterError
            raise kind(f"password {error.smtp_code}") from None
        except ssl.SSLError:
            raise SetupError("certificate") from None
        except smtplib.SMTPNotSupportedError:
            raise SetupError("no TLS or no password on this server") from None
        except smtplib.SMTPResponseException as error:
            raise TryLaterError(f"greeting {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise TryLaterError(_word(error)) from None
        try:
            yield server
        finally:
            server.close()

    def _open(self) -> smtplib.SMTP:
        context = self.tls or ssl.create_default_context()
        server: smtplib.SMTP
        if self.security == "smtps":
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=self.seconds, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        try:
            if self.security == "smtp+starttls":
                server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


@dataclass(frozen=True, slots=True)
class MailFolder:
    """Writes mails into a folder instead of sending them: one file for each key."""

    folder: Path
    kind: str = "email"

    def send(self, parcel: Parcel) -> str:
        """Writes the mail; twice is the same file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        mail = written(parcel, "clinic@localhost").as_string()
        write_whole(self.folder / f"{parcel.key}.eml", [mail])
        return "written"


def mail_channel(line: str) -> Smtp:
    """The mail server named in one line; the password never stands in a message.

    Raises:
        UsageError: the line cannot be read, names no sender, or would send without encryption to
            another machine.

    >>> mail_channel("smtps://u:secret@mail.example?from=clinic@example.org").port
    465
    """
    try:
        parts = urlsplit(line)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise UsageError(Problem("the line of the mail server cannot be read", how=_HOW)) from None
    options = dict(parse_qsl(parts.query))
    host, sender = parts.hostname or "", options.get("from", "")
    if parts.scheme not in _PORTS or not host:
        raise UsageError(Problem("the line names no mail server", "LONGWATCH_MAIL", how=_HOW))
    if sender.count("@") != 1 or any(sign.isspace() for sign in sender):
        raise UsageError(Problem("the line names no sender", "LONGWATCH_MAIL", how=_HOW))
    if parts.scheme == "smtp" and host not in _HERE:
        raise UsageError(
            Problem(
                "mail to another machine would go unencrypted", "LONGWATCH_MAIL",
                how="write smtp+starttls:// or smtps://",
            )
        )  # fmt: skip
    return Smtp(
        host=host,
        port=port,
        sender=sender,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        security=parts.scheme,
    )


def written(parcel: Parcel, sender: str) -> EmailMessage:
    """The mail as it goes out; its Message-ID is the key, so that a double can be dropped."""
    mail = EmailMessage()
    mail["From"] = sender
    user, _, domain = parcel.to.partition("@")
    mail["To"] = Address(username=user, domain=domain)
    mail["Subject"] = parcel.subject
    mail["Message-ID"] = f"<{parcel.key}@{sender.partition('@')[2]}>"
    # Neither answers of absence nor a list of everything that was ever sent.
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = parcel.language
    mail.set_content(parcel.text)
    return mail


def _word(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "silent"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        # smtplib tells a time-out in the middle in this way, too.
        return "silent" if isinstance(error.__context__, TimeoutError) else "hung up"
    return type(error).__name__
