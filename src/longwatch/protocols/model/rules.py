"""Alert rules, and the red flags a person can report."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from longwatch.protocols.model.conditions import Condition
from longwatch.protocols.model.evidence import Id, Sentence, Sourced, TierName


class Rule(Sourced):
    """One alert rule: what must be seen, what it may mean, how fast somebody acts, and how.

    `within_days`: the span in which the parts of a combined condition must lie, ending on the
    triggering date (0: the same day).
    `marks_only`: the finding informs, beside the others, but puts nobody on the worklist.
    """

    when: Condition
    within_days: Annotated[int, Field(ge=0)] = 0
    tier: TierName
    suspects: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    action: Sentence
    marks_only: bool = False


class RedFlag(Rule):
    """A rule on reported symptoms, with the words for the person and what to exclude first.

    `exclude_first`: position in the order of exclusion (1 = think of this first), if it has one.
    """

    signs: Sentence
    tell: Sentence
    exclude_first: Annotated[int, Field(ge=1)] | None = None


class Symptom(Sourced):
    """A symptom that can be reported: its code, its words, the groups rules ask for."""

    words: Sentence
    groups: tuple[Id, ...] = ()


class OperationalRule(Sourced):
    """A rule about the work itself (a draw without a result, a result nobody read).

    Kept with the protocol so that the clinic can change it; the store and the feed carry it out.
    `tier`: of the alert that it raises, where it raises one.
    """

    trigger: Sentence
    tier: TierName | None = None
    steps: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    after: tuple[Annotated[str, Field(pattern=r"^\d+ (min|h|d|working-d)$")], ...] = ()
