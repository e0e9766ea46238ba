"""Measure the store beside its floor: bare `sqlite3`, one durable transaction an append, in the same run."""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tamma_core.domain.events import TaskCompleted
from tamma_core.domain.ids import TaskId
from tamma_core.domain.task import TaskStatus
from tamma_core.ports.journal import TaskFilter
from tamma_core.system import SystemClock
from tamma_core.testing.example_tasks import example_task, example_turn
from tamma_store.store import DATABASE, Store, open_store

SECONDS = 2.0
OLD_ROWS = 100_000


def floor(directory: Path) -> float:
    """Append rows of the same size with nothing around them."""
    file = sqlite3.connect(directory / "floor.db", isolation_level=None)
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=FULL")
    file.execute("CREATE TABLE IF NOT EXISTS event (position INTEGER PRIMARY KEY, data TEXT)")
    count, end = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        file.execute("BEGIN IMMEDIATE")
        file.execute("INSERT INTO event (data) VALUES (?)", ("x" * 300,))
        file.execute("COMMIT")
        count += 1
    file.close()
    return count / SECONDS


async def rate(callers: int, call: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Call from so many callers at once; answer calls a second and the 95th percentile in ms."""
    times: list[float] = []
    end = time.perf_counter() + SECONDS

    async def caller() -> None:
        while (began := time.perf_counter()) < end:
            await call()
            times.append(time.perf_counter() - began)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return len(times) / SECONDS, statistics.quantiles(times, n=20)[-1] * 1000


class Calls:
    """Make the calls that are measured, each with a fresh name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._count = 0

    def name(self) -> str:
        """Answer a name that was not used before."""
        self._count += 1
        return f"new-{self._count}-{time.time_ns()}"

    async def submit(self) -> None:
        """Submit a task about an issue of its own."""
        await self._store.journal.submit(example_task(name := self.name(), issue=name))

    async def appending(self) -> Callable[[], Awaitable[object]]:
        """Take a task, and answer a call that appends to it."""
        task = await self._store.journal.submit(example_task(self.name()))
        lease = await self._store.journal.claim(task, owner="bench", ttl_s=3600)
        return lambda: self._store.journal.append(lease, [example_turn()])

    async def log(self) -> None:
        """Write a line to the log of one task."""
        await self._store.log.append(TaskId("old"), "a line of ordinary length, as a step writes it")


_COPIES = (
    "CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) SELECT i FROM n",
    """INSERT INTO task SELECT id || i, delivery || i, repository, issue || i, title, status, step, reason, cost_usd,
    cost_known, plan_hash, epoch, owner, lease_until, wake_at, created_at, updated_at FROM n, task WHERE id = 'old'""",
    """INSERT INTO event (task, epoch, at, type, data)
    SELECT task || i, epoch, at, type, data FROM n, event WHERE task = 'old'""",
    "INSERT INTO event_tag SELECT 'task:' || task, position FROM event WHERE task LIKE 'old%' AND task <> 'old'",
)


async def fill(store: Store, directory: Path) -> None:
    """Leave one finished task and copies of it: as a store looks after years."""
    task = await store.journal.submit(example_task("old", issue="old"))
    lease = await store.journal.claim(task, owner="bench", ttl_s=60)
    await store.journal.append(lease, [example_turn(), TaskCompleted(summary="merged")])
    await store.journal.release(lease)
    file = sqlite3.connect(directory / DATABASE)
    for statement in _COPIES:
        file.execute(statement, {"rows": OLD_ROWS} if ":rows" in statement else {})
    file.commit()
    file.close()


async def claims(calls: Calls, store: Store) -> list[float]:
    """Claim tasks one after the other and answer the milliseconds of each claim."""
    times = []
    for _ in range(300):
        task = await store.journal.submit(example_task(calls.name()))
        began = time.perf_counter()
        await store.journal.claim(task, owner="bench", ttl_s=60)
        times.append((time.perf_counter() - began) * 1000)
    return times


def show(what: str, result: tuple[float, float], bare: float) -> None:
    """Print one line."""
    print(f"{what:<22} {result[0]:>8.0f}/s   p95 {result[1]:>6.1f} ms   {result[0] / bare:>5.2f} x the floor")


async def measure(directory: Path) -> None:
    """Print rates beside the floor, then latencies before and after the store is full of old tasks."""
    store = await open_store(directory, clock=SystemClock(), mask=str)
    calls = Calls(store)
    bare = floor(directory)
    print(f"{'bare sqlite3':<22} {bare:>8.0f}/s   one caller, one durable transaction an append")
    append = await calls.appending()
    for callers in (1, 10):
        show(f"submit, {callers} callers", await rate(callers, calls.submit), bare)
        show(f"append, {callers} callers", await rate(callers, append), bare)
    await latencies("new store", calls, store)
    await fill(store, directory)
    show("log, 10 callers", await rate(10, calls.log), bare)
    await latencies(f"{OLD_ROWS} old tasks", calls, store)
    await store.aclose()


async def latencies(when: str, calls: Calls, store: Store) -> None:
    """Print how long a claim and a list take."""
    times = await claims(calls, store)
    began = time.perf_counter()
    await store.journal.summaries(TaskFilter(statuses=frozenset({TaskStatus.QUEUED, TaskStatus.COMPLETED})))
    listed = (time.perf_counter() - began) * 1000
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    print(f"{when:<22} claim p50 {p50:.1f} ms, p95 {p95:.1f} ms; list of 50 tasks {listed:.1f} ms")


def main() -> None:
    """Measure in a directory that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tamma-bench-") as directory:
        asyncio.run(measure(Path(directory)))


if __name__ == "__main__":
    main()
