"""Letters to be printed: one page of HTML for each, which every browser prints as it is."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from longwatch.core.whole_file import write_whole
from longwatch.reminders.channels import Parcel

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
        write_whole(self.folder / f"{parcel.key}.html", [letter_page(parcel)])
        return "written"


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
