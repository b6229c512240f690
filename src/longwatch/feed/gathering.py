"""Frames that wait are handed to the store together: what arrives while it writes goes next.

Nobody waits for others to come: a frame that finds the store idle goes alone and at once. Under
load the groups grow by themselves, and each costs little more than one message.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from longwatch.feed.answering import Answer, Waiting, answer_each
from longwatch.feed.arrival import Store

MOST = 50
"""Frames that are handed over at once, and the frames of a sender that came with the last."""


_SLOW_SECONDS = 1.0
"""Whoever has waited so long for the group before does not wait for its end."""


class Gatherer:
    """Hands frames to a store, in the order in which they came, and gives the answers.

    Inputs:
        store: where they are kept.
        workers: how many groups may be in the hands of the store at once, where one is slow.
    """

    def __init__(self, store: Store, workers: int) -> None:
        self._store = store
        self._idle = self._workers = workers
        self._queue: deque[tuple[Sequence[Waiting], asyncio.Future[list[Answer]]]] = deque()
        self._threads = ThreadPoolExecutor(workers, "store")
        self._tasks: set[asyncio.Task[None]] = set()

    async def answers(self, waiting: Sequence[Waiting]) -> list[Answer]:
        """The answers to frames of one sender, after the store has returned."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Answer]] = loop.create_future()
        self._queue.append((waiting, future))
        if self._idle == self._workers:
            self._begin()
        else:
            loop.call_later(_SLOW_SECONDS, self._help, future)
        return await future

    def _begin(self) -> None:
        self._idle -= 1
        task = asyncio.create_task(self._work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _help(self, future: asyncio.Future[list[Answer]]) -> None:
        """One slow message must not stop all senders: the next ones go another way."""
        if self._idle and any(one is future for _, one in self._queue):
            self._begin()

    def close(self) -> None:
        """Begins nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._queue:
                some = self._taken()
                frames = [one for waiting, _ in some for one in waiting]
                try:
                    found = await loop.run_in_executor(
                        self._threads, answer_each, frames, self._store
                    )
                except BaseException as error:
                    for _, future in some:
                        if not future.done():
                            future.set_exception(error)
                    raise
                answers = iter(found)
                for waiting, future in some:
                    own = [next(answers) for _ in waiting]
                    if not future.done():
                        future.set_result(own)
        finally:
            self._idle += 1

    def _taken(self) -> list[tuple[Sequence[Waiting], asyncio.Future[list[Answer]]]]:
        some = []
        count = 0
        while self._queue and count < MOST:
            some.append(self._queue.popleft())
            count += len(some[-1][0])
        return some
