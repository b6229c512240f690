"""The listener: messages a second over a real socket, with a store that does nothing.

`one_by_one` waits for each answer, as laboratories do; `in_packets` sends 50 messages at a time.
The sender is a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import time
from datetime import datetime

from bench.bench_hl7 import made_messages
from longwatch.feed.arrival import Channel, Stored
from longwatch.feed.listener import Listener
from longwatch.feed.mllp import framed

_PACKET = 50


class Nothing:
    """A store that keeps nothing: what is left is the feed's own cost."""

    def store(self, raw: bytes, channel: Channel, received: datetime) -> Stored:
        """Says that it is stored."""
        return Stored()

    def keep_refused(
        self, raw: bytes, channel: Channel, received: datetime, why: str, size: int
    ) -> None:
        """Keeps nothing."""


def main(number: int = 5000) -> dict[str, float]:
    """Messages a second of eight results each.

    Returns:
        `one_by_one`, `in_packets`, `bytes_per_message`, and the listener's own processor
        milliseconds per message, sent one by one.
    """
    messages = [framed(message.encode()) for message in made_messages(number)]
    return asyncio.run(_measure(messages))


async def _measure(messages: list[bytes]) -> dict[str, float]:
    listener = Listener(Nothing(), port=0)
    await listener.start()
    cpu = time.process_time()
    one_by_one = await asyncio.to_thread(_in_process, listener.port, messages, 1)
    cpu = time.process_time() - cpu
    in_packets = await asyncio.to_thread(_in_process, listener.port, messages, _PACKET)
    await listener.stop()
    return {
        "one_by_one": round(len(messages) / one_by_one),
        "in_packets": round(len(messages) / in_packets),
        "bytes_per_message": round(sum(map(len, messages)) / len(messages)),
        "cpu_ms_per_message": round(1000 * cpu / len(messages), 3),
    }


def _in_process(port: int, messages: list[bytes], packet: int) -> float:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_send, (port, messages, packet))


def _send(port: int, messages: list[bytes], packet: int) -> float:
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        for begin in range(0, len(messages), packet):
            some = messages[begin : begin + packet]
            sender.sendall(b"".join(some))
            seen = b""
            while (answers := seen.count(b"\x1c\r")) < len(some):
                data = sender.recv(65536)
                if not data:
                    raise RuntimeError(f"closed after {begin + answers} answers")
                seen += data
            if seen.count(b"MSA|AA|") != len(some):
                raise RuntimeError("a message was not acknowledged")
        return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
