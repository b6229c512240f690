"""The work of `longwatch client`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from longwatch.core.errors import Problem, UsageError

_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
"""Members of a JWK that only its owner may have."""


def public_keys(place: Path | None) -> Sequence[Mapping[str, Any]]:
    """The public keys in a file: one JWK or a set of them; none without a file.

    Raises:
        UsageError: it cannot be read, or holds a secret key.
    """
    if place is None:
        return ()
    try:
        read = json.loads(place.read_text(encoding="utf-8"))
        keys = read.get("keys", [read])
        known = all(isinstance(key, dict) and "kty" in key for key in keys)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(Problem(f"no key can be read: {error}", f"{place}")) from None
    if not keys or not known:
        raise UsageError(Problem("this is no JWK", f"{place}", how="give the public key as JWK"))
    if any(_SECRET & key.keys() for key in keys):
        how = "leave the secret members out, and make new keys: these have been shown"
        raise UsageError(Problem("this is a secret key", f"{place}", how=how))
    return list(keys)
