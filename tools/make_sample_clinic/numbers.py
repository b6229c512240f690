"""Reads `numbers.yaml`, once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def numbers() -> dict[str, Any]:
    """The illustrative numbers beside this script."""
    path = Path(__file__).with_name("numbers.yaml")
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded
