"""Parts of the scan: writing down events and candidates."""

from __future__ import annotations

from longwatch.endpoints.scan_words import (
    KIND,
    NONE,
    ONSET,
    PERSON,
    REASON,
    TYPE,
    WINDOWS,
    Found,
    Plan,
)


def note_candidate(
    plan: Plan, found: Found, person: int, onset: int, base: int, reason: int, value: float
) -> None:
    """Writes down a change that was not confirmed."""
    if not plan.list_unconfirmed:
        return
    row = found.used[1]
    found.used[1] += 1
    if row < len(found.candidates):
        found.candidates[row, PERSON] = person
        found.candidates[row, ONSET] = onset
        found.candidates[row, REASON] = reason
        found.candidates[row, KIND] = base
        found.candidate_values[row] = value


def note_event(
    found: Found,
    person: int,
    kind: int,
    cdw_type: int,
    places: tuple[int, int, int, int, int],
    base_value: float,
    reference_value: float,
) -> int:
    """Writes down an event; returns its row, or NONE when there is no space."""
    row = int(found.used[0])
    found.used[0] += 1
    if row >= len(found.events):
        return NONE
    found.events[row, PERSON] = person
    found.events[row, KIND] = kind
    found.events[row, TYPE] = cdw_type
    for part in range(5):
        found.events[row, ONSET + part] = places[part]
    for column in range(WINDOWS, found.events.shape[1]):
        found.events[row, column] = NONE
    found.values[row, 0] = base_value
    found.values[row, 1] = reference_value
    return row


def in_order(found: Found, start: int) -> None:
    """Sorts one person's events by onset; of two with one onset the one found last stays."""
    end = min(found.used[0], len(found.events))
    kept = start
    for row in range(start, end):
        onset = found.events[row, ONSET]
        place = kept
        while place > start and found.events[place - 1, ONSET] > onset:
            place -= 1
        again = place > start and found.events[place - 1, ONSET] == onset
        if again:
            place -= 1
        top = place if again else kept
        for column in range(found.events.shape[1]):
            moving = found.events[row, column]
            for spot in range(top, place, -1):
                found.events[spot, column] = found.events[spot - 1, column]
            found.events[place, column] = moving
        for column in range(2):
            lifted = found.values[row, column]
            for spot in range(top, place, -1):
                found.values[spot, column] = found.values[spot - 1, column]
            found.values[place, column] = lifted
        kept = max(kept, top + 1)
    if found.used[0] <= len(found.events):
        found.used[0] = kept
