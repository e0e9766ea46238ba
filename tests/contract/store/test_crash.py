"""What was acknowledged is there after a kill or a full disk."""

import secrets
import sqlite3
from pathlib import Path

from contract.store.processes import started
from tamma_core.domain.ids import TaskId
from tamma_core.system import SystemClock
from tamma_store.store import DATABASE, open_store

KILLS = 20


async def test_a_kill_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Twenty processes are killed in the middle of their writes to one file; all that they said is in it."""
    said = {f"t{number}": killed_somewhere(tmp_path / "data", f"t{number}") for number in range(KILLS)}
    file = sqlite3.connect(tmp_path / "data" / DATABASE)
    assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    file.close()
    store = await open_store(tmp_path / "data", clock=SystemClock(), mask=str)
    for name, lines in said.items():
        events = {f"event {item.position}" for item in await store.journal.read(TaskId(name))}
        numbers = [line.seq async for line in store.log.follow(TaskId(name), until_idle=True)]
        assert lines <= events | {f"line {number}" for number in numbers}
        assert numbers == list(range(1, len(numbers) + 1))
    await store.aclose()


def killed_somewhere(directory: Path, name: str) -> set[str]:
    """Kill a writing process after a random number of acknowledgements, and answer all of them."""
    with started(directory, "append", name) as (process,):
        heard = [process.hear() for _ in range(1 + secrets.randbelow(200))]
        process.kill()
        return {*heard, *process.rest()}


async def test_a_full_disk_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """A write without room is `Unavailable`; what was acknowledged before stays, and writing goes on with room."""
    with started(tmp_path / "data", "fill", "t1") as (process,):
        said = process.rest()
    acknowledged = [line for line in said if line.startswith("event")]
    assert len(acknowledged) == len(said) - 1 > 2
    assert said[-2].startswith("unavailable check the disk")
    store = await open_store(tmp_path / "data", clock=SystemClock(), mask=str)
    events = [f"event {item.position}" for item in await store.journal.read(TaskId("t1"))]
    assert events[1:] == acknowledged
    await store.aclose()
