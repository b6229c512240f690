"""From the composed tree of a pack to a Pack, checked against the model."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, get_origin

from pydantic import ValidationError, create_model
from pydantic_core import ErrorDetails

from longwatch.core.errors import ProtocolError
from longwatch.protocols.complaints import complaints
from longwatch.protocols.compose import Composed
from longwatch.protocols.model import Pack
from longwatch.protocols.nodes import Node


def validate(composed: Composed) -> Pack:
    """The composed content as a Pack.

    Raises:
        ProtocolError: with every deviation from the model, in words and with its place.
    """
    pack, details = read_as(Pack, composed.root)
    if pack is None:
        raise ProtocolError(complaints(details, composed.root, Pack))
    return pack


def read_as(model: type[Pack], root: Node) -> tuple[Pack | None, list[ErrorDetails]]:
    """A tree as a model, or None and every deviation from it."""
    content = json.dumps(root.plain(), ensure_ascii=False, allow_nan=False)
    try:
        return model.model_validate_json(content), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


@cache
def draft() -> type[Pack]:
    """A Pack in which every field may be missing, for what is sound in a broken one.

    >>> draft().model_validate_json('{"note": "Only this."}').rules
    ()
    """
    empty: dict[Any, Any] = {tuple: (), dict: {}}
    fields: dict[str, Any] = {}
    for name, field in Pack.model_fields.items():
        if field.is_required():
            kind: Any = field.annotation
            fields[name] = (kind | None, empty.get(get_origin(kind)))
    return create_model("Draft", __base__=Pack, **fields)
