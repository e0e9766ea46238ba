"""Hand the reports of an agent's calls, one at a time, to who journals them; the agent waits until that is done."""

import asyncio
from collections.abc import Awaitable, Callable

from tamma_core.domain.agent import ModelAsked

Tell = Callable[[ModelAsked], Awaitable[None]]


class Reports:
    """Run an agent from when its first report is asked for, and end it when nobody asks any more."""

    def __init__(self, run: Callable[[Tell], Awaitable[None]]) -> None:
        self._run = run
        self._running: asyncio.Task[None] | None = None
        self._told: asyncio.Queue[tuple[ModelAsked, asyncio.Future[None]] | None] = asyncio.Queue()
        self._waiting: set[asyncio.Future[None]] = set()
        self._taken: asyncio.Future[None] | None = None
        self._closed = False

    async def next(self) -> ModelAsked | None:
        """Answer the next report, or none at the end; who asks has journaled the one before."""
        if self._running is None:
            self._running = asyncio.create_task(self._work())
            self._running.add_done_callback(lambda _: self._told.put_nowait(None))
        self._let_go()
        told = await self._told.get()
        if told is None:
            await self._running
            return None
        report, self._taken = told
        return report

    async def aclose(self) -> None:
        """End the agent if it still runs; what it asked and nobody took is not journaled any more."""
        self._closed = True
        if self._running is not None and not self._running.done():
            for waiting in self._waiting:
                waiting.cancel()
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _work(self) -> None:
        await self._run(self._tell)

    async def _tell(self, report: ModelAsked) -> None:
        if self._closed:
            return
        taken = asyncio.get_running_loop().create_future()
        self._waiting.add(taken)
        self._told.put_nowait((report, taken))
        try:
            await taken
        finally:
            self._waiting.discard(taken)

    def _let_go(self) -> None:
        if self._taken is not None and not self._taken.done():
            self._taken.set_result(None)
