"""A channel: what takes a text to a person. Own ones, and those of plug-ins.

A plug-in is a class with `kind` and `send`, named in the entry point group `longwatch.channels`;
docs/reminders.md shows one. It is made by calling it with no argument, and reads its own settings
from the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, TextIO

from longwatch.core.errors import Problem, UsageError

GROUP = "longwatch.channels"
VARIABLES = {"email": "LONGWATCH_MAIL", "text": "LONGWATCH_TEXT", "letter": "LONGWATCH_LETTERS"}
"""By kind: the environment variable that says which channel to use."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a channel has to deliver.

    Inputs:
        key: the same each time the same text is tried; a provider that knows it drops the second.
        to: address, number, or the lines of an envelope.
        subject, text: for mail and letters.
        short: for telephones.
        language: of the words.
    """

    key: str
    to: str
    subject: str
    text: str
    short: str
    language: str


class Channel(Protocol):
    """What every channel is. Return when the other side has taken the parcel, else raise."""

    @property
    def kind(self) -> str:
        """`email`, `text` or `letter`."""

    def send(self, parcel: Parcel) -> str:
        """Delivers; returns the provider's word for it ('' is fine).

        Raises:
            AddressRefusedError: this address will never work: the next way is taken.
            TryLaterError: anything else; it is tried again, later and later.
        """


class NotSentError(Exception):
    """Base: a text did not go out. `code` is short, and holds nothing that identifies a person."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AddressRefusedError(NotSentError):
    """The receiving side knows no such address."""


class TryLaterError(NotSentError):
    """It may work later: busy, not there, hanging."""


class SetupError(TryLaterError):
    """It will not work before somebody mends our side: password, certificate, sender refused."""


class MaybeSentError(TryLaterError):
    """The line broke after everything was said: it may have been taken, or not."""


class Console:
    """Prints instead of sending: for a first look, and the demonstration."""

    kind = "email"

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def send(self, parcel: Parcel) -> str:
        """Prints the text."""
        print(
            f"To: {parcel.to}\nSubject: {parcel.subject}\n\n{parcel.text}",
            file=self._out or sys.stdout,
        )
        return "printed"


def open_channels(environment: Mapping[str, str] | None = None) -> dict[str, Channel]:
    """The channels that this installation has, by kind.

    Inputs:
        environment: `LONGWATCH_MAIL` a line as in `smtp.mail_channel`, `console:` or
            `file:FOLDER`; `LONGWATCH_LETTERS` a folder or the name of a plug-in; `LONGWATCH_TEXT`
            the name of a plug-in. That of the process when None.

    Raises:
        UsageError: a line that cannot be read, or a plug-in that is not installed.
    """
    from longwatch.reminders.letters import LetterFolder
    from longwatch.reminders.smtp import MailFolder, mail_channel

    told = os.environ if environment is None else environment
    found: dict[str, Channel] = {}
    for kind, variable in VARIABLES.items():
        value = told.get(variable, "")
        if not value:
            continue
        if kind == "email" and value == "console:":
            found[kind] = Console()
        elif kind == "email" and value.startswith("file:"):
            found[kind] = MailFolder(Path(value.removeprefix("file:")))
        elif kind == "email" and "://" in value:
            found[kind] = mail_channel(value)
        elif kind == "letter" and (os.sep in value or value == "."):
            found[kind] = LetterFolder(Path(value))
        else:
            found[kind] = _plug_in(value, kind, variable)
    return found


def _plug_in(name: str, kind: str, variable: str) -> Channel:
    known = {point.name: point for point in entry_points(group=GROUP)}
    if name not in known:
        there = ", ".join(sorted(known)) or "none is installed"
        raise UsageError(
            Problem(f"no channel is called {name!r}", variable, how=f"one of: {there}")
        )
    channel: Channel = known[name].load()()
    if channel.kind != kind:
        raise UsageError(
            Problem(
                f"{name!r} is a channel for {channel.kind}", variable, how=f"name one for {kind}"
            )
        )
    return channel
