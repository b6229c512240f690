"""Configuration of the documentation: Sphinx, MyST, furo; pages about the packs are generated."""

import sys
from pathlib import Path

import longwatch

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Longwatch"
author = "The Longwatch founders"
copyright = "2026, The Longwatch founders. Apache-2.0"  # noqa: A001 (Sphinx's name)
version = release = longwatch.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "generated_pages", "house_docstrings"]
exclude_patterns = ["_build", "_ext", "semantics.md"]
html_theme = "furo"
html_title = f"Longwatch {release}"
html_show_sourcelink = False

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"

nitpicky = True
# Types in signatures that are other libraries', or ours without an entry of their own on the page
# of the Python API: the signature shows their names as text. Everything else must be there.
nitpick_ignore_regex = [("py:class", r".*")]
