"""TLS for the listener: who we are, and, where the clinic wishes, who may speak to us."""

from __future__ import annotations

import ssl
from pathlib import Path

from longwatch.core.errors import Problem, UsageError


def server_context(certificate: Path, key: Path, senders: Path | None = None) -> ssl.SSLContext:
    """What a listener needs to speak TLS 1.2 or newer.

    Inputs:
        certificate: our certificate with its chain, as PEM.
        key: its private key, as PEM, without a password.
        senders: certificates (or their authority's) of those who may send, as PEM; None asks
            nobody for one.

    Returns:
        The context for `Listener`.

    Raises:
        UsageError: when a file is missing or holds something else.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        raise UsageError(_problem(f"{certificate} and {key}", error)) from None
    if senders is not None:
        try:
            context.load_verify_locations(senders)
        except (OSError, ValueError) as error:
            raise UsageError(_problem(str(senders), error)) from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _no_password() -> str:
    # Without this, OpenSSL would ask at the terminal and a service would wait for ever.
    raise ValueError("the key has a password")


def _problem(where: str, error: Exception) -> Problem:
    words = error.strerror if isinstance(error, OSError) else str(error)
    return Problem(
        f"TLS cannot be set up: {words}",
        where,
        how="give certificate and key as PEM files that belong together, the key without password",
    )
