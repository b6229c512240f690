"""Sphinx extension: writes `generated/` from packs, catalogue, commands, parameters."""

from pathlib import Path

import command_pages
import parameter_pages
import protocol_pages
import test_catalogue_page
from sphinx.application import Sphinx

from longwatch.protocols.load import packs


def pages() -> dict[str, str]:
    """Every generated page, by its path under `generated/`."""
    made = {f"protocols/{pack}.md": protocol_pages.page(pack) for pack in packs()}
    made["protocols/index.md"] = protocol_pages.index(packs())
    made["tests.md"] = test_catalogue_page.page()
    made["commands.md"] = command_pages.page()
    made["parameters.md"] = parameter_pages.page()
    return made


def write_pages(app: Sphinx) -> None:
    """Writes what changed and removes what is no longer made, so that a second build is short."""
    folder = Path(app.srcdir) / "generated"
    made = pages()
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
