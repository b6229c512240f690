"""H56: words that tell a stranger nothing, and that everybody can read."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from longwatch.protocols.load import load_protocol, packs
from longwatch.reminders.ladder import Ask, default_ladder, ladder_with
from longwatch.reminders.words import LANGUAGES, stage_of, words_of, write

DUE = date(2026, 5, 3)
WEEK = timedelta(days=7)
STAGES = {
    "before": (Ask("p1", "cbc", DUE, DUE - WEEK, DUE + WEEK), DUE - WEEK),
    "due": (Ask("p1", "cbc", DUE, DUE - WEEK, DUE + WEEK), DUE),
    "late": (Ask("p1", "cbc", DUE, DUE - WEEK, DUE + WEEK), DUE + WEEK + timedelta(days=1)),
    "course": (Ask("p1", "cbc", DUE, DUE - WEEK, DUE + WEEK, course=2), DUE),
    "course_late": (
        Ask("p1", "cbc", DUE, DUE - WEEK, DUE + WEEK, course=2), DUE + WEEK + timedelta(days=1),
    ),
}  # fmt: skip
ALL = [(language, stage) for language in LANGUAGES for stage in STAGES]
TELLING = (
    "multiple sclerosis", "sclerosis", "esclerosis", "neurolog", "alemtuzumab", "lemtrada",
    "campath", "infusion", "infusión", "platelet", "plaqueta", "blood", "sangre", "urine", "orina",
    "thyroid", "tiroides", "kidney", "riñón", "cancer", "result", "leukemia", "drug", "hiv", "vih",
)  # fmt: skip
"""Words that say what somebody has, takes or showed."""


def told(language, stage, **more):
    ask, day = STAGES[stage]
    return write([ask], day, language=language, clinic="Day Clinic", telephone="555-0100", **more)


@pytest.mark.parametrize(("language", "stage"), ALL)
def test_H56_no_word_tells_a_disease_a_medicine_or_a_result(language, stage):
    written = told(language, stage)
    whole = f"{written.subject} {written.text} {written.short}".lower()

    assert [word for word in TELLING if word in whole] == []


def test_H56_no_title_of_an_activity_and_no_test_is_told():
    whole = " ".join(told(*one).text + told(*one).short for one in ALL).lower()
    names = {
        name.lower()
        for pack in map(load_protocol, packs())
        for part in (*pack.recurring, *pack.before_course)
        for name in (part.id, part.title, *part.answered_by.tests)
    }

    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", whole)] == []


@pytest.mark.parametrize(("language", "stage"), ALL)
def test_the_clinic_its_telephone_and_what_to_do_when_unwell_are_always_there(language, stage):
    written = told(language, stage)

    assert "Day Clinic" in written.text
    assert "555-0100" in written.text
    assert "555-0100" in written.short
    assert words_of(language).unwell in written.text
    assert "{" not in written.text + written.short


@pytest.mark.parametrize(("language", "stage"), ALL)
def test_a_text_for_a_telephone_fits_in_two(language, stage):
    assert len(told(language, stage).short) <= 160 * 2


def syllables(word):
    """Groups of vowels; a silent e at the end counts for none."""
    spoken = re.sub(r"e$", "", word.lower()) if len(word) > 3 else word.lower()
    return max(1, len(re.findall(r"[aeiouyáéíóúü]+", spoken)))


def read(text):
    words = re.findall(r"[^\W\d]+", text)
    sentences = [part for part in re.split(r"[.?!:]+(?:\s|$)", text) if part.strip()]
    return len(words) / len(sentences), sum(map(syllables, words)) / len(words)


@pytest.mark.parametrize("stage", STAGES)
def test_english_is_read_in_grade_eight_or_before(stage):
    """Flesch-Kincaid: 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    long, heavy = read(told("en", stage).text)

    assert 0.39 * long + 11.8 * heavy - 15.59 <= 8


@pytest.mark.parametrize("stage", STAGES)
def test_spanish_is_as_easy(stage):
    """Fernández Huerta: 206.84 - 60 syllables a word - 1.02 words a sentence; plain from 60 on."""
    long, heavy = read(told("es", stage).text)

    assert 206.84 - 60 * heavy - 1.02 * long >= 60


def test_the_most_urgent_window_is_named():
    early = Ask("p1", "thyroid", DUE + WEEK, DUE, DUE + 2 * WEEK)
    late = Ask("p1", "cbc", DUE - 2 * WEEK, DUE - 3 * WEEK, DUE - WEEK)
    written = write([early, late], DUE, language="en", clinic="C", telephone="1")

    assert "The last day was 26 April 2026" in written.text


def test_dates_are_written_in_the_language():
    assert "3 de mayo" not in told("es", "due").text
    assert "hasta el 10 de mayo de 2026" in told("es", "due").text


def test_who_did_not_agree_is_not_named_and_who_did_is():
    assert told("en", "due").text.startswith("Hello,\n")
    assert told("es", "due", greeting="Ana").text.startswith("Buenos días, Ana:\n")


def test_a_language_without_words_gets_english():
    assert told("fr", "due").language == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_stage_lacks_words(language):
    words = words_of(language)

    assert set(words.stages) == set(words.text) == set(STAGES)
    assert {stage_of(ask, day) for ask, day in STAGES.values()} == set(STAGES)


def test_every_number_of_the_ladder_says_where_it_comes_from():
    ladder = default_ladder()
    told_of = {name for one in ladder.evidence for name in one.covers}
    about = {*type(ladder).model_fields} - {"sources", "evidence"}

    assert about - told_of == set()
    assert {one.source for one in ladder.evidence} <= set(ladder.sources)
    assert {one.verified for one in ladder.evidence} <= {"proposal", "recalled"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"days_between_texts": -1}, "greater than or equal to 0"),
        ({"steps": []}, "at least 1 item"),
        ({"steps": [{"id": "due", "from": "due", "days": 0, "rung": 1}]}, "and repeat"),
        ({"quiet_from": "25:00"}, "pattern"),
        ({"days": 3}, "Extra inputs"),
    ],
)
def test_a_ladder_that_could_fall_silent_is_refused_in_words(change, complaint):
    from longwatch.core.errors import UsageError

    with pytest.raises(UsageError, match=complaint):
        ladder_with(change)
