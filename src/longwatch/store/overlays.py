"""Protocols by the names that the store uses: shipped, a folder, or the clinic's own overlay."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.db import transaction

from longwatch.core.errors import Problem, ProtocolError, UsageError
from longwatch.protocols.load import load_protocol, pack_digest, packs
from longwatch.protocols.model import Pack
from longwatch.store.audit import record_audit
from longwatch.store.clinic_facts import KEEPERS
from longwatch.store.models import Overlay
from longwatch.store.roles import acting, needs_reason

_OWN = re.compile(r"clinic:(?P<name>.+)@(?P<number>\d+)")
_FILE = "protocol.yaml"
_LONGEST = 200_000


def load_by_name(name: str) -> Pack:
    """The protocol that patients' rows and settings call so.

    Raises:
        ProtocolError: there is none, or it cannot be used.
    """
    told = _OWN.fullmatch(name)
    if told is None:
        return load_protocol(name)
    row = Overlay.objects.filter(name=told["name"], number=int(told["number"])).first()
    if row is None:
        how = "look at the clinic's protocols in its settings"
        raise ProtocolError(Problem(f"the clinic has no protocol {name!r}", how=how))
    return read_overlay(row.text)


@lru_cache(maxsize=8)
def read_overlay(text: str) -> Pack:
    """An overlay as somebody writes it, by the strict loader.

    Raises:
        ProtocolError: every problem, each with line and column.
    """
    if len(text) > _LONGEST:
        raise ProtocolError(Problem("the text is too long", how="write a folder instead"))
    with tempfile.TemporaryDirectory(prefix="longwatch-overlay-") as folder:
        (Path(folder) / _FILE).write_text(text.replace("\r\n", "\n"), encoding="utf-8")
        try:
            pack = load_protocol(Path(folder))
        except ProtocolError as error:
            problems = [replace(one, where=_short(one.where, folder)) for one in error.problems]
            raise ProtocolError(problems) from None
    if pack.extends is None or pack.id in packs():
        why = "a whole protocol is not kept here" if pack.extends is None else "that id is taken"
        how = "begin with an id of your own and `extends: alemtuzumab-us`"
        raise ProtocolError(Problem("this is no overlay of the clinic", _FILE, why, how))
    return pack


def save_overlay(text: str, *, by: str, reason: str, at: datetime) -> Overlay:
    """Keeps a new version; it is in force for nobody until the protocol is changed.

    Raises:
        ProtocolError: it is not sound.
        UsageError: no role, no reason, or it is the same as the newest version.
    """
    pack = read_overlay(text)
    digest = pack_digest(pack)
    with transaction.atomic():
        user = acting(by, KEEPERS, at)
        why = needs_reason(reason)
        newest = Overlay.objects.filter(name=pack.id).order_by("-number").first()
        if newest is not None and newest.digest == digest:
            raise UsageError(Problem(f"it says the same as {newest}", how="nothing is to do"))
        row = Overlay.objects.create(
            name=pack.id,
            number=newest.number + 1 if newest else 1,
            text=text.replace("\r\n", "\n"),
            digest=digest,
            author=user,
            reason=why,
            filed_at=at,
        )
        detail = {"reason": why, "digest": digest, "extends": pack.extends}
        record_audit("kept", actor=by, at=at, kind="protocol", target=str(row), detail=detail)
    return row


def _short(where: str | None, folder: str) -> str:
    return (where or "").replace(f"{folder}/", "")
