"""What the store says after facts have changed; alerts hang on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from longwatch.store.models import Message


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of an arrival, or of what a person did at the desk.

    Inputs:
        message: its key; None when a person changed something, and no message did.
        state: as in the table of messages.
        touched: references of the patients of whom anything changed.
        filed, held, counted: entries by table, reason and kind; `duplicates` were there before.
    """

    message: int | None
    state: Message.State
    touched: frozenset[str] = frozenset()
    filed: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0


Then: TypeAlias = Callable[[Arrived], None]
"""What else belongs into the same transaction, as alerts do."""
