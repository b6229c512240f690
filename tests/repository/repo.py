"""What the tests of the repository look at: its files, its tests by name, its syntax trees."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "longwatch"

_IGNORED = {".git", ".venv", "__pycache__", "_build", "generated", "build", "dist", "demo-clinic"}


@cache
def tracked() -> tuple[Path, ...]:
    """The files under version control; in a copy without it, every file that is no by-product."""
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=False
    )
    if asked.returncode == 0 and asked.stdout:
        named = (ROOT / name for name in asked.stdout.split("\0") if name)
        return tuple(path for path in named if path.is_file())
    return tuple(
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not _IGNORED.intersection(path.relative_to(ROOT).parts)
    )


def text_of(path: Path) -> str:
    """The text of a file, or nothing when it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def modules(*packages: str) -> list[Path]:
    """The Python files of the packages of `longwatch`, as paths."""
    return sorted(path for name in packages for path in (SOURCE / name).rglob("*.py"))


def short(path: Path) -> str:
    """A module's path under `longwatch`."""
    return path.relative_to(SOURCE).as_posix()


@cache
def names_of_tests(name: str) -> frozenset[str]:
    """The names of the tests in a file, given relative to the root; none when there is no file."""
    path = ROOT / name
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
"""A test as documents name it."""
