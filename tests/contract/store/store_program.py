"""A process of its own that uses a store: `store_program.py DIRECTORY COMMAND NAME`, started by the tests.

It says `ready` when the store is open, and each command waits for a line on standard input before it begins.
"""

import asyncio
import resource
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

from tamma_core.domain.errors import BudgetExhausted, ConditionFailed, LeaseLost, Unavailable
from tamma_core.domain.events import ApprovalSubject, Approved, BranchNamed
from tamma_core.domain.ids import TaskId
from tamma_core.ports.budget import Amount, Scope
from tamma_core.ports.journal import AppendCondition, Query, QueryItem
from tamma_core.system import SystemClock
from tamma_core.testing.example_tasks import example_task, example_turn
from tamma_store.store import Store, open_store

TASK = TaskId("shared")
BULKY = BranchNamed(branch="b" * 20_000)


def say(*words: object) -> None:
    print(*words, flush=True)


async def append_until_killed(store: Store, name: str) -> None:
    """Append from four callers, and say each event and line only after the store acknowledged it."""
    task = await store.journal.submit(example_task(name))
    lease = await store.journal.claim(task, owner=name, ttl_s=3600)

    async def caller() -> None:
        number = 0
        while True:
            number += 1
            say("event", await store.journal.append(lease, [example_turn(number)]))
            say("line", await store.log.append(task, f"turn {number}"))

    await asyncio.gather(*(caller() for _ in range(4)))


async def claim_what_is_named(store: Store, name: str) -> None:
    """Claim each task named on standard input and say who won."""
    while task := (await asyncio.to_thread(sys.stdin.readline)).strip():
        try:
            lease = await store.journal.claim(TaskId(task), owner=name, ttl_s=3600)
            say("won", lease.epoch)
        except LeaseLost:
            say("lost")


async def approve_once_each(store: Store, name: str) -> None:
    """Approve fifty hashes, each only if nobody else has, and say how often that went through."""
    won = 0
    for number in range(50):
        event = Approved(subject=ApprovalSubject.DIFF, hash=str(number), by=name, via="issue")
        once = AppendCondition(Query((QueryItem(tags=frozenset({f"diff:{number}"})),)))
        try:
            await store.journal.signal(TASK, [event], once)
            won += 1
        except ConditionFailed:
            pass
    say(won)


async def spend_all(store: Store, name: str) -> None:
    """Reserve until the cap of a shared scope is reached, and say how often that went through."""
    scopes = [
        Scope(name="shared", cap_usd=Decimal(5), cap_tokens=None),
        Scope(name=name, cap_usd=None, cap_tokens=None),
    ]
    count = 0
    try:
        while True:
            await store.budget.reserve(scopes, Amount(usd=Decimal("0.1"), tokens=1))
            count += 1
    except BudgetExhausted:
        say(count)


async def write_lines(store: Store, name: str) -> None:
    """Write fifty lines to the log of the shared task."""
    for number in range(50):
        await store.log.append(TASK, f"{name} {number}")
    say("written")


async def fill_the_disk(store: Store, name: str) -> None:
    """Append where files cannot grow beyond 1 MB, say what was acknowledged, then go on where they can."""
    task = await store.journal.submit(example_task(name))
    lease = await store.journal.claim(task, owner=name, ttl_s=3600)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        while True:
            say("event", await store.journal.append(lease, [BULKY]))
    except Unavailable as error:
        say("unavailable", error.hint)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    say("event", await store.journal.append(lease, [example_turn(0)]))


COMMANDS: dict[str, Callable[[Store, str], Awaitable[None]]] = {
    "append": append_until_killed,
    "claim": claim_what_is_named,
    "approve": approve_once_each,
    "spend": spend_all,
    "log": write_lines,
    "fill": fill_the_disk,
}


async def main(directory: str, command: str, name: str) -> None:
    store = await open_store(Path(directory), clock=SystemClock(), mask=str)
    say("ready")
    sys.stdin.readline()
    await COMMANDS[command](store, name)
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
