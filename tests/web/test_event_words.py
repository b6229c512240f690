"""What happened to somebody is said in words, on the record and its timeline."""

from __future__ import annotations

import pytest

from longwatch.protocols.load import load_protocol
from longwatch.web.event_words import kind_word, what_happened
from longwatch.web.words_of_codes import infusion_word, page_word, period_word

CASES = [
    (("diagnosis", "ms", "G35.A"), "multiple sclerosis", "a sender's own code says nothing more"),
    (("diagnosis", "hypothyroidism", None), "hypothyroidism", "a code that is a word"),
    (("note", "rems-status", None), "REMS Patient Status Form", "the protocol's own title"),
    (
        ("procedure", "skin-exam", None),
        "Skin examination by a clinician",
        "of the watch, not before",
    ),
    (("vaccination", "187", "187"), "zoster recombinant", "a number of a code system"),
    (("symptom", "large-bruises", None), "large bruises", "no name: its code as words"),
    (
        ("symptom", "fever", "38.9 degrees"),
        "fever: 38.9 degrees",
        "what was written stands with it",
    ),
    (("relapse", "relapse", None), "", "the kind says it all"),
    (("relapse", "relapse", "left arm weak"), "left arm weak", "and what was written"),
    (("symptom", None, "dizzy"), "dizzy", "words without a code"),
]


@pytest.mark.parametrize(("cells", "words", "why"), CASES, ids=[why for _, _, why in CASES])
def test_an_event_in_words(cells, words, why):
    row = dict(zip(("kind", "code", "text"), cells, strict=True))
    assert what_happened(row, load_protocol("alemtuzumab-us")) == words


def test_what_has_no_words_yet_is_said_by_its_own_name():
    assert kind_word("procedure") == "examination"
    assert kind_word("dream") == "dream"
    assert (infusion_word(None), infusion_word("not-done")) == ("given", "not given")
    assert period_word("ended") == "ended"
    assert (page_word("patient-papers"), page_word("a-new-page")) == (
        "papers and audit",
        "a new page",
    )
