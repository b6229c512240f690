"""Every English sentence of the pages, as gettext asks for it; those of the own pages apart."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from django.utils.translation.template import templatize

import longwatch.web
from longwatch.exchange.fhir.codes import names_of

WEB = Path(longwatch.web.__file__).parent
NAMED = ("vaccination", "medication", "diagnosis")
TEMPLATES = WEB / "templates"
OF_THE_CLINIC = frozenset({"from_people.html", "of_person.html"})
"""Templates that only the clinic sees."""
OWN_CODE = (
    "pages/join.py",
    "pages/account.py", "pages/draft.py", "invited.py",
    "diary_form.py", "plain.py", "result_lines.py", "pages/mine.py", "pages/my_*.py",
            "charts/*.py")  # fmt: skip
_LITERAL = r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_ASKED = re.compile(rf"(?:ngettext|gettext|_)\(u?{_LITERAL}(?:,\s*u?{_LITERAL})?")
_OWN_TEMPLATES = ("own", "my_", "mine", "base", "results.html", "join", "account", "seen.html",
                  "draft", "letter", "scope", "who_sees", "wrong")  # fmt: skip


def own_templates() -> list[Path]:
    """Templates that the person treated sees."""
    found = sorted((TEMPLATES / "account").glob("*.html"))
    for path in sorted((TEMPLATES / "web").rglob("*.html")):
        named = path.name.startswith(_OWN_TEMPLATES) or path.parent.name == "own"
        if named and path.name not in OF_THE_CLINIC:
            found.append(path)
    return found


def sentences() -> set[str]:
    """Those of the own pages; of a plural both forms."""
    found: set[str] = set()
    for path in own_templates():
        found |= _of_template(path.read_text("utf-8"))
    for pattern in OWN_CODE:
        for path in WEB.glob(pattern):
            found |= _of_code(path.read_text("utf-8"))
    found |= _ways()
    return found


def all_sentences() -> set[str]:
    """Those of every page, of the clinic as well, and the names of vaccines and medicines."""
    found: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        found |= _of_template(path.read_text("utf-8"))
    for path in WEB.rglob("*.py"):
        found |= _of_code(path.read_text("utf-8"))
    return found | {name for kind in NAMED for name in names_of(kind)}


def _of_template(text: str) -> set[str]:
    asked = _ASKED.findall(templatize(text))
    return {ast.literal_eval(one) for line in asked for one in re.findall(_LITERAL, line)}


def _of_code(text: str) -> set[str]:
    asked = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    names = {"_", "gettext", "noop", "gettext_noop", "ngettext"}
    return {
        part.value
        for node in asked
        if isinstance(node.func, ast.Name) and node.func.id in names
        for part in node.args[: 2 if node.func.id == "ngettext" else 1]
        if isinstance(part, ast.Constant)
    }


def _ways() -> set[str]:
    from longwatch.web.context import OWN_WAYS

    return {words for _name, words in OWN_WAYS}
