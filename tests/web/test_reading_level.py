"""Plain language: what the person treated reads is written for grade 8 or below."""

from __future__ import annotations

import re

import pytest
from tests.web.sentences import sentences

GRADE = 8
"""Of American schools, by Flesch and Kincaid; what the issue asks for at the most."""
_SHOWN = {"diet", "antiviral", "vaccines", "skin", "relapse", "how you may feel", "when to call"}


def syllables(word: str) -> int:
    """Groups of vowels; a silent e at the end does not count."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee"))
    return max(groups - (groups > 1 and silent), 1)


def grade(text: str) -> float:
    """The school grade of a text."""
    plain = re.sub(r"%\(\w+\)s|%s|<[^>]+>", "ten", text)
    parts = [part for part in re.split(r"[.!?:;]+", plain) if part.strip()]
    words = re.findall(r"[A-Za-z][A-Za-z'’-]*", plain)
    per_word = sum(syllables(word) for word in words) / len(words)
    return 0.39 * len(words) / len(parts) + 11.8 * per_word - 15.59


def texts():
    """Longer sentences of the pages, and what the protocol says to people."""
    from longwatch.protocols.load import load_protocol

    pack = load_protocol("alemtuzumab-us")
    found = {sentence: sentence for sentence in sentences() if len(sentence.split()) > 9}
    found |= {text.id: text.words for text in pack.texts if text.topic in _SHOWN}
    found |= {flag.id: flag.tell for flag in pack.red_flags if len(flag.tell.split()) > 9}
    return found


def test_a_hard_text_would_be_noticed():
    assert grade("Immunological reconstitution necessitates longitudinal surveillance.") > 12
    assert grade("Call us today. We want to know how you feel.") < 3


@pytest.mark.parametrize("part", ["pages", "protocol"])
def test_what_people_read_is_plain(part):
    found = {name: text for name, text in texts().items() if (name == text) == (part == "pages")}
    whole = " ".join(
        text if text.endswith((".", "?", "!")) else f"{text}." for text in found.values()
    )
    assert grade(whole) <= GRADE - 2, "taken together well below the hardest allowed"


def test_no_single_text_is_much_harder():
    # Names of diseases and of the medicine make a short text hard by the formula, not to read.
    hard = {
        name: round(grade(text), 1) for name, text in texts().items() if grade(text) > GRADE + 2
    }
    assert hard == {}
