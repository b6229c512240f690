"""The pages of the person treated speak Spanish: every sentence, and the file that is read."""

from __future__ import annotations

from io import BytesIO

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from tests.web.sentences import WEB, sentences

FOLDER = WEB / "locale" / "es" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def written():
    return read_po(BytesIO((FOLDER / "django.po").read_bytes()))


def test_every_sentence_of_the_own_pages_is_translated(written):
    there = {
        word
        for message in written
        for word in ([message.id] if isinstance(message.id, str) else message.id)
        if message.string and all([message.string])
    }
    assert sorted(sentences() - there) == []


def test_what_is_filled_in_is_filled_in_in_spanish_too(written):
    wrong = [message.id for message in written if list(message.check())]
    assert wrong == []


def test_the_compiled_file_is_the_one_that_was_written(written):
    compiled = read_mo(BytesIO((FOLDER / "django.mo").read_bytes()))
    assert sorted(_pair(message) for message in compiled if message.id) == sorted(
        _pair(message) for message in written if message.id
    ), "run .venv/bin/pybabel compile -D django -d src/longwatch/web/locale"


def _pair(message) -> tuple[str, str]:
    return str(message.id), str(message.string)
