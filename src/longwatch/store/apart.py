"""Which messages can be filed together: those that have nothing to do with each other.

Filed in one transaction they leave the store as one by one would. Whatever may touch what another
message touches, or anybody at all, is filed alone, in its turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longwatch.exchange.intake import Counted, PatientFact, ResultFact
from longwatch.store.message_read import Read, Reception

_KINDS = (Counted, PatientFact, ResultFact)


def in_groups(messages: Sequence[Read], reception: Reception) -> Iterator[list[Read]]:
    """The same messages in the same order, cut into groups that can be filed together.

    Two numbers that are one person's are told apart only in the store: `receive_together` says so.
    """
    group: list[Read] = []
    taken: set[str] = set()
    for one in messages:
        marks = _marks(one, reception)
        if group and (marks is None or marks & taken):
            yield group
            group, taken = [], set()
        group.append(one)
        if marks is None:
            yield group
            group = []
        else:
            taken |= marks
    if group:
        yield group


def _marks(message: Read, reception: Reception) -> set[str] | None:
    """What two messages of a group cannot have in common; None: it is filed alone.

    Only results of persons who are known already, as laboratories send them by HL7 v2: somebody
    who becomes known, or whose records are joined, changes what becomes of everything that waits.
    """
    manner = reception.manner
    if message.refused or message.kind != "hl7" or manner.create_patients or manner.retry:
        return None
    marks = {f"digest {message.delivery.digest}"}
    for item in message.items:
        if not isinstance(item, _KINDS):
            return None
        if isinstance(item, Counted):
            continue
        if not item.who.identifiers:
            return None
        marks |= {f"number {value}" for _, value in item.who.identifiers}
    return marks
