"""Why something that arrived could not be filed: the closed list of reasons with remedies."""

from __future__ import annotations

from enum import StrEnum


class HeldReason(StrEnum):
    """One word per reason (`held.reason`). Nothing held is lost: a person decides."""

    UNKNOWN_UNIT = "unknown-unit"
    MISSING_UNIT = "missing-unit"
    IMPLAUSIBLE_VALUE = "implausible-value"
    NOT_A_VALUE = "not-a-value"
    AMBIGUOUS_NUMBER = "ambiguous-number"
    MISSING_PATIENT = "missing-patient"
    UNKNOWN_PATIENT = "unknown-patient"
    IDENTITY_CONFLICT = "identity-conflict"
    MISSING_DATE = "missing-date"
    BAD_DATE = "bad-date"
    FUTURE_DATE = "future-date"
    NOT_PRODUCTION = "not-production"
    BAD_MESSAGE = "bad-message"
    UNSUPPORTED = "unsupported"
    DUPLICATE_CONFLICT = "duplicate-conflict"
    MISSING_VALUE = "missing-value"
    BAD_ROW = "bad-row"
    WITHDRAWN = "withdrawn"

    @property
    def sentence(self) -> str:
        """What happened, in words.

        >>> HeldReason.MISSING_UNIT.sentence
        'the number came without a unit, and a unit is never guessed'
        """
        return _WORDS[self][0]

    @property
    def remedy(self) -> str:
        """What a person can do about it.

        >>> HeldReason.BAD_DATE.remedy
        'write the date as YYYY-MM-DD'
        """
        return _WORDS[self][1]


_WORDS = {
    HeldReason.UNKNOWN_UNIT: (
        "the unit is not one the catalogue knows for this test",
        "ask the laboratory which unit it means, or add the spelling to core/tests.yaml",
    ),
    HeldReason.MISSING_UNIT: (
        "the number came without a unit, and a unit is never guessed",
        "ask the laboratory to send the unit, or give it in the mapping file",
    ),
    HeldReason.IMPLAUSIBLE_VALUE: (
        "no living patient has this value in this unit",
        "check number and unit against the report; a factor of 1000 is the usual cause",
    ),
    HeldReason.NOT_A_VALUE: (
        "the text is not a result of this test",
        "read the report; if the sample failed, repeat the test",
    ),
    HeldReason.AMBIGUOUS_NUMBER: (
        "the number can be read in two ways",
        "say in the mapping file whether this source writes a decimal comma",
    ),
    HeldReason.MISSING_PATIENT: (
        "nothing says whose this is",
        "find the patient from the report and enter the identifier",
    ),
    HeldReason.UNKNOWN_PATIENT: (
        "this patient is not in the patients table",
        "add the patient, or correct the identifier",
    ),
    HeldReason.IDENTITY_CONFLICT: (
        "identifier, name, birth date or sex disagree with the patient on file",
        "compare both side by side and decide whose it is",
    ),
    HeldReason.MISSING_DATE: (
        "there is no date",
        "enter the date on which the specimen was taken or the event happened",
    ),
    HeldReason.BAD_DATE: ("the date cannot be read", "write the date as YYYY-MM-DD"),
    HeldReason.FUTURE_DATE: (
        "the date lies after the day on which it arrived",
        "check day, month and year against the report",
    ),
    HeldReason.NOT_PRODUCTION: (
        "the message says it is for test or training",
        "nothing, or ask the sender to mark real messages as production",
    ),
    HeldReason.BAD_MESSAGE: ("the message is damaged", "ask the sender to send it again"),
    HeldReason.UNSUPPORTED: (
        "this kind of content is not read by Longwatch",
        "enter what matters by hand",
    ),
    HeldReason.DUPLICATE_CONFLICT: (
        "the same message or row arrived before with other content",
        "compare both and decide which one holds",
    ),
    HeldReason.MISSING_VALUE: (
        "there is no value",
        "read the comment on the report; if the sample failed, repeat the test",
    ),
    HeldReason.BAD_ROW: ("the row does not fit the table", "correct the row in its file"),
    HeldReason.WITHDRAWN: (
        "the sender took the result back",
        "repeat the test if no other result stands in its place",
    ),
}
