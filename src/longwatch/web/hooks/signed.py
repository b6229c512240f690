"""Tokens that a hospital's system signs (JWT), held against the key it was registered with.

No key is fetched: a clinic registers each system with its public keys.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.core.cache import cache

from longwatch.store.clients import client_of_issuer
from longwatch.store.models import ReadingClient

_SKEW = timedelta(seconds=60)
_LONGEST = timedelta(minutes=5)
"""CDS Hooks: a token ends at most five minutes after it was made."""
_CURVES: Mapping[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm, int]] = {
    "ES256": (ec.SECP256R1(), hashes.SHA256(), 32),
    "ES384": (ec.SECP384R1(), hashes.SHA384(), 48),
}
_RSA: Mapping[str, hashes.HashAlgorithm] = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384()}


def signer(token: str, address: str, origin: str, at: datetime) -> ReadingClient | None:
    """The registered client that signed this token for this address; None when none did.

    Inputs:
        token: header, claims and signature, joined by dots.
        address: of the service that was called; the token must be meant for it.
        origin: network address of the caller.
        at: now.
    """
    try:
        head, body, signature = token.split(".")
        header, claims = _json(head), _json(body)
        client = client_of_issuer(str(claims.get("iss", "")), origin, at)
        if client is None:
            return None
        keys = [key for key in json.loads(client.keys) if _is_meant(key, header)]
        signed = f"{head}.{body}".encode()
        if not any(_signed(key, str(header.get("alg")), signed, _raw(signature)) for key in keys):
            return None
        valid = _in_time(claims, at) and _for_us(claims, address) and _first_time(claims)
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError):
        return None
    return client if valid else None


def _is_meant(key: Mapping[str, Any], header: Mapping[str, Any]) -> bool:
    return "kid" not in header or key.get("kid") in (None, header["kid"])


def _signed(key: Mapping[str, Any], algorithm: str, signed: bytes, signature: bytes) -> bool:
    """Whether the key made the signature; only by algorithms with a public key."""
    try:
        if algorithm in _CURVES and key["kty"] == "EC":
            curve, digest, size = _CURVES[algorithm]
            numbers = ec.EllipticCurvePublicNumbers(_int(key["x"]), _int(key["y"]), curve)
            if len(signature) != 2 * size:
                return False
            halves = (signature[:size], signature[size:])
            pair = encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))
            numbers.public_key().verify(pair, signed, ec.ECDSA(digest))
            return True
        if algorithm in _RSA and key["kty"] == "RSA":
            public = rsa.RSAPublicNumbers(_int(key["e"]), _int(key["n"])).public_key()
            public.verify(signature, signed, padding.PKCS1v15(), _RSA[algorithm])
            return True
    except InvalidSignature:
        return False
    return False


def _in_time(claims: Mapping[str, Any], at: datetime) -> bool:
    ends = datetime.fromtimestamp(float(claims["exp"]), UTC)
    made = datetime.fromtimestamp(float(claims["iat"]), UTC)
    return made - _SKEW <= at <= ends + _SKEW and ends - made <= _LONGEST


def _for_us(claims: Mapping[str, Any], address: str) -> bool:
    audience = claims["aud"]
    return address in (audience if isinstance(audience, list) else [audience])


def _first_time(claims: Mapping[str, Any]) -> bool:
    """Whether this token was not used before; remembered for as long as it could be used."""
    seconds = int((_LONGEST + 2 * _SKEW).total_seconds())
    one = sha256(f"{claims['iss']}\n{claims['jti']}".encode()).hexdigest()
    return bool(claims["jti"]) and cache.add(f"signed-{one}", 1, seconds)


def _json(part: str) -> Mapping[str, Any]:
    read = json.loads(_raw(part))
    if not isinstance(read, dict):
        raise ValueError("not an object")
    return read


def _raw(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _int(part: str) -> int:
    return int.from_bytes(_raw(part), "big")
