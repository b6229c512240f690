"""All pages speak Spanish, the clinic's as well: every sentence, and the file that is read."""

from __future__ import annotations

from io import BytesIO

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from tests.web.sentences import WEB, all_sentences

FOLDER = WEB / "locale" / "es" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def written():
    return read_po(BytesIO((FOLDER / "django.po").read_bytes()))


def test_every_sentence_of_every_page_is_translated(written):
    there = {
        word
        for message in written
        for word in ([message.id] if isinstance(message.id, str) else message.id)
        if (all(message.string) if isinstance(message.string, tuple) else message.string)
    }
    assert sorted(all_sentences() - there) == []
    assert [message.id for message in written if message.fuzzy] == []


def test_what_is_filled_in_is_filled_in_in_spanish_too(written):
    wrong = [message.id for message in written if list(message.check())]
    assert wrong == []


def test_the_compiled_file_is_the_one_that_was_written(written):
    compiled = read_mo(BytesIO((FOLDER / "django.mo").read_bytes()))
    assert sorted(_pair(message) for message in compiled if message.id) == sorted(
        _pair(message) for message in written if message.id
    ), "run .venv/bin/pybabel compile -D django -d src/longwatch/web/locale"


@pytest.mark.parametrize(
    "name",
    ["alemtuzumab-us", "alemtuzumab-us-2014", "alemtuzumab-patient-2016", "alemtuzumab-eu"],
)
def test_what_a_protocol_says_to_people_is_there_in_spanish_as_a_proposal(name):
    from longwatch.protocols.load import load_protocol
    from longwatch.protocols.translations import words_in

    pack = load_protocol(name)
    shown = [one.words for one in (*pack.symptoms, *pack.periods, *pack.felt)]
    shown += [text for flag in pack.red_flags for text in (flag.signs, flag.tell)]
    shown += [part.title for part in (*pack.recurring, *pack.periods)]
    topics = {"diet", "antiviral", "vaccines", "skin", "relapse", "how you may feel"}
    for text in pack.texts:
        if text.topic in topics:
            shown += [text.title, text.words]
    assert [one for one in shown if one not in words_in(pack, "es")] == []
    levels = {one.verified for part in pack.translations for one in part.evidence}
    assert levels == {"proposal"}


def _pair(message) -> tuple[str, str]:
    forms = (message.id, message.string)
    one, two = (text if isinstance(text, str) else "\0".join(text) for text in forms)
    return one, two
