"""Every exception Longwatch raises on purpose, and the shape of a complaint about bad input.

Only `cli` and `web` turn these into exit codes, colors or pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input, in the four parts a person needs.

    Inputs:
        what: the mistake, in words (`date '2026-02-30' does not exist`).
        where: `file:line:column`, or patient and date.
        why: the reason it matters; empty when `what` says it all.
        how: how to mend it; empty when nothing is known.

    >>> print(Problem("date '2026-02-30' does not exist", "results.csv:7:2", how="correct it"))
    results.csv:7:2: date '2026-02-30' does not exist. Mend: correct it
    """

    what: str
    where: str = ""
    why: str = ""
    how: str = ""

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.why:
            parts.append(self.why)
        text = ". ".join(part.rstrip(".") for part in parts)
        return f"{text}. Mend: {self.how}" if self.how else text


class LongwatchError(Exception):
    """Base of all errors a user can mend; carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem] | Problem | str) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ProtocolError(LongwatchError):
    """A protocol pack cannot be used: unreadable, incomplete or contradicting itself."""


class RecordError(LongwatchError):
    """A Record cannot be read at all (single bad rows are reported, not raised)."""


class DamagedFileError(RecordError):
    """A file of a Record is damaged: nothing was read and nothing was done."""


class ExchangeError(LongwatchError):
    """A file from outside cannot be read at all, or the way out is blocked."""


class UsageError(LongwatchError):
    """A command or function was asked for something that makes no sense."""
