"""How one feed is to be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hl7Options:
    """Choices for one sender.

    Inputs:
        production: values of MSH-11 whose results are filed; all others wait as `not-production`.
        date_from: where the specimen's date stands, the first that has one wins. Many laboratories
            write the day of analysis into OBX-14, so the specimen's own fields come first.
        decimal_comma: this sender writes `1,2` for 1.2.
        charset: encoding where the bytes are not UTF-8; None believes MSH-18, else Windows-1252.
        largest: bytes beyond which a file is not opened.
    """

    production: frozenset[str] = frozenset({"P"})
    date_from: tuple[str, ...] = ("SPM-17", "OBR-7", "OBX-14")
    decimal_comma: bool = False
    charset: str | None = None
    largest: int = 512 * 1024 * 1024
