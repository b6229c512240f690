"""From the composed tree of a pack to a Pack, checked against the model."""

from __future__ import annotations

import json

from pydantic import ValidationError

from longwatch.core.errors import ProtocolError
from longwatch.protocols.complaints import complaints
from longwatch.protocols.compose import Composed
from longwatch.protocols.model import Pack


def validate(composed: Composed) -> Pack:
    """The composed content as a Pack.

    Raises:
        ProtocolError: with every deviation from the model, in words and with its place.
    """
    content = json.dumps(composed.root.plain(), ensure_ascii=False, allow_nan=False)
    try:
        return Pack.model_validate_json(content)
    except ValidationError as error:
        raise ProtocolError(complaints(error, composed.root, Pack)) from None
