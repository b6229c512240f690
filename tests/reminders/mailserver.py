"""A real mail server that fails as it is told to."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


class Faults:
    """What the server does with each mail; `taken` holds what it acknowledged, `kept` what is left.

    Inputs:
        later: share of receivers refused for now (451).
        dropped: share of mails that are acknowledged and thrown away.
        hung_up: share of mails after whose text the line breaks; the server has kept them.
        unknown: addresses that it does not know (550).
        hangs: it never answers the text.
        sender: its answer to our sender, '' for none of its own.
    """

    def __init__(self, later=0.0, dropped=0.0, hung_up=0.0, unknown=(), hangs=False, sender=""):
        self.later, self.dropped, self.hung_up = later, dropped, hung_up
        self.unknown, self.hangs, self.sender = set(unknown), hangs, sender
        self.chance = random.Random(4)
        self.taken: list[str] = []
        self.kept: list[bytes] = []
        self.refused: Counter[str] = Counter()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.sender:
            return self.sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.unknown:
            self.refused["550"] += 1
            return "550 5.1.1 no such user"
        if self.chance.random() < self.later:
            self.refused["451"] += 1
            return "451 4.3.0 try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.hangs:
            await asyncio.sleep(3600)
        key = self.key(envelope.content)
        if self.chance.random() < self.hung_up:
            self.kept.append(envelope.content)
            server.transport.abort()
            return "250 OK"
        self.taken.append(key)
        if self.chance.random() >= self.dropped:
            self.kept.append(envelope.content)
        return "250 OK"

    @staticmethod
    def key(raw):
        return str(message_from_bytes(raw, policy=policy.default)["Message-ID"])

    @property
    def keys(self):
        return [self.key(raw) for raw in self.kept]


@contextmanager
def serving(faults, **settings):
    """The server on a port of its own; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(faults, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield port
    finally:
        controller.stop(no_assert=True)
