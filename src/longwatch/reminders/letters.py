"""Letters to be printed: a PDF where the extra `letters` is installed, else a page of HTML.

The letters of the PDF's own fonts are those of Western Europe. A letter with others is written as
HTML, which every browser prints as it is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from pathlib import Path

from longwatch.core.whole_file import write_whole
from longwatch.reminders.channels import Parcel

_MARGIN_MM, _WINDOW_MM, _LINE_MM, _PARAGRAPH_MM = 20, 45, 7, 4
_POINTS, _POINTS_OF_TITLE = 13, 16

_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<title>{subject}</title>
<style>
@page {{ size: A4; margin: 25mm 20mm; }}
body {{ font: 13pt/1.5 "Source Sans 3", Arial, sans-serif; max-width: 170mm; margin: auto; }}
address {{ font-style: normal; white-space: pre-line; margin: 20mm 0 25mm; }}
h1 {{ font-size: 16pt; }}
p {{ white-space: pre-line; }}
</style>
<address>{to}</address>
<h1>{subject}</h1>
{paragraphs}
</html>
"""


@dataclass(frozen=True, slots=True)
class LetterFolder:
    """Writes each letter into a folder that somebody prints; the file is named by its key."""

    folder: Path
    kind: str = "letter"

    def send(self, parcel: Parcel) -> str:
        """Writes the letter; twice is the same file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if find_spec("fpdf") is not None and _is_western(parcel):
            path = self.folder / f"{parcel.key}.pdf"
            beside = path.with_suffix(".part")
            beside.write_bytes(letter_pdf(parcel))
            os.replace(beside, path)
        else:
            write_whole(self.folder / f"{parcel.key}.html", [letter_page(parcel)])
        return "written"


def letter_pdf(parcel: Parcel) -> bytes:
    """The letter as a PDF of A4 pages, the address in the window of the envelope.

    Raises:
        ImportError: the extra `letters` is not installed.
        UnicodeEncodeError: a letter that the PDF's own fonts do not have.
    """
    from fpdf import FPDF

    page = FPDF(format="A4")
    page.set_margin(_MARGIN_MM)
    page.set_title(parcel.subject)
    page.set_lang(parcel.language)
    page.add_page()
    page.set_font("Helvetica", size=_POINTS)
    page.set_y(_WINDOW_MM)
    page.multi_cell(0, _LINE_MM, parcel.to, new_x="LMARGIN", new_y="NEXT")
    page.set_y(2 * _WINDOW_MM)
    page.set_font("Helvetica", style="B", size=_POINTS_OF_TITLE)
    page.multi_cell(0, _LINE_MM, parcel.subject, new_x="LMARGIN", new_y="NEXT")
    page.set_font("Helvetica", size=_POINTS)
    for paragraph in parcel.text.split("\n\n"):
        page.ln(_PARAGRAPH_MM)
        page.multi_cell(0, _LINE_MM, paragraph.strip(), align="L", new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())


def letter_page(parcel: Parcel) -> str:
    """The letter as a page of HTML, nothing in it but words.

    >>> "<p>Hello &lt;you&gt;,</p>" in letter_page(Parcel("k", "A", "S", "Hello <you>,", "", "en"))
    True
    """
    paragraphs = [f"<p>{escape(part.strip())}</p>" for part in parcel.text.split("\n\n")]
    return _PAGE.format(
        language=escape(parcel.language),
        subject=escape(parcel.subject),
        to=escape(parcel.to),
        paragraphs="\n".join(paragraphs),
    )


def _is_western(parcel: Parcel) -> bool:
    try:
        f"{parcel.to}{parcel.subject}{parcel.text}".encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
