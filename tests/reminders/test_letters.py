"""Letters: a PDF that can be printed, and a page of HTML where a PDF cannot be made."""

from __future__ import annotations

import re
import zlib

import pytest

from longwatch.reminders import letters
from longwatch.reminders.channels import Parcel

SPANISH = Parcel(
    "k", "Señora Ibáñez\nC/ Mayor 1", "Recordatorio de cita", "¿Día?\n\nAdiós", "", "es"
)
POLISH = Parcel("k", "Łucja\n1 Street", "Appointment reminder", "Hello,", "", "en")


def words_of(pdf):
    """The words that a PDF shows: what stands in brackets in its streams."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    shown = b" ".join(zlib.decompress(one) for one in streams if one[:1] == b"x")
    parts = re.findall(rb"\(((?:\\.|[^()\\])*)\)", shown)
    return b" ".join(parts).decode("latin-1")


def test_a_letter_is_a_pdf_with_address_and_words(tmp_path):
    letters.LetterFolder(tmp_path).send(SPANISH)
    letters.LetterFolder(tmp_path).send(SPANISH)

    (path,) = tmp_path.iterdir()
    assert path.name == "k.pdf"
    words = words_of(path.read_bytes())
    assert [part for part in ("Señora", "Ibáñez", "Mayor", "Recordatorio", "¿Día?", "Adiós")
            if part not in words] == []  # fmt: skip


def test_letters_that_the_pdf_lacks_and_a_missing_extra_make_a_page_of_html(tmp_path, monkeypatch):
    letters.LetterFolder(tmp_path / "a").send(POLISH)
    monkeypatch.setattr(letters, "find_spec", lambda name: None)
    letters.LetterFolder(tmp_path / "b").send(SPANISH)

    assert "Łucja" in (tmp_path / "a" / "k.html").read_text(encoding="utf-8")
    assert "Ibáñez" in (tmp_path / "b" / "k.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("sign", ["<", "&"])
def test_a_letter_shows_words_and_no_markup_of_theirs(sign):
    page = letters.letter_page(Parcel("k", f"{sign}b>A", "S", f"{sign}script>x", "", "en"))

    assert "<script>" not in page
    assert "<b>" not in page
