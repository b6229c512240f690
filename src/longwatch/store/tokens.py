"""Secret tokens of programs, and the networks from which they count."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import secrets
from collections.abc import Sequence

from longwatch.core.errors import Problem, UsageError


def new_token() -> str:
    """A token of 256 random bits, to be shown once."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What the store keeps of a token.

    It has 256 random bits: nobody finds it by trying, so no slow digest is needed.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def plain_networks(networks: Sequence[str]) -> list[str]:
    """Networks in their one spelling.

    Raises:
        UsageError: something is no network.
    """
    try:
        return [str(ipaddress.ip_network(text)) for text in networks]
    except ValueError as error:
        how = "write 10.1.2.0/24 or 10.1.2.3"
        raise UsageError(Problem(f"this is no network: {error}", how=how)) from None


def comes_from(networks: str, address: str) -> bool:
    """Whether an address lies in one of the networks (a JSON list; empty: anywhere).

    >>> comes_from('["10.0.0.0/8"]', "10.1.2.3"), comes_from("[]", "unknown")
    (True, True)
    """
    allowed = [ipaddress.ip_network(text) for text in json.loads(networks)]
    try:
        place = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return not allowed
    plain = getattr(place, "ipv4_mapped", None) or place
    return not allowed or any(plain in network for network in allowed)
