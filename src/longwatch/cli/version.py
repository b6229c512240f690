"""`longwatch version`."""

from __future__ import annotations

from longwatch import __version__
from longwatch.cli.options import Json


def version(json: Json = False) -> None:
    """Print the versions of Longwatch and of what it stands on."""
    import platform
    from importlib.metadata import version as installed

    from longwatch.cli.output import print_json, print_line

    parts = {name: installed(name) for name in ("numpy", "pyarrow", "numba", "pydantic")}
    if json:
        print_json({"longwatch": __version__, "python": platform.python_version(), **parts})
        return
    print_line(f"longwatch {__version__} (Python {platform.python_version()})")
    print_line(", ".join(f"{name} {number}" for name, number in parts.items()))
