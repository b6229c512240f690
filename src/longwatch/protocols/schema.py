"""The JSON Schema of a pack's files, for editors; made from the model."""

from __future__ import annotations

import json
from typing import Any

from longwatch.protocols.model import Pack

FILE = "pack.schema.json"
"""The committed copy beside this module; a test keeps it fresh."""

_DESCRIPTION = (
    "One file of a protocol pack. Every key is optional here, because a pack may be spread over "
    "files and an overlay gives only what differs; loading the pack checks that it is complete."
)


def schema() -> dict[str, Any]:
    """The schema as plain data.

    >>> schema()["properties"]["rules"]["type"]
    'array'
    """
    made = Pack.model_json_schema()
    made.pop("required")
    made["properties"]["remove"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "In a pack that extends another: ids (or section/id) to take away.",
    }
    for part in made["$defs"].values():
        # An overlay names an item by its id and gives only what differs.
        if {"id", "evidence"} <= set(part.get("properties", {})):
            part["required"] = ["id"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "Longwatch protocol pack file",
        "description": _DESCRIPTION,
    }


def schema_json() -> str:
    """The schema as text, ready to be written to `pack.schema.json`."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
