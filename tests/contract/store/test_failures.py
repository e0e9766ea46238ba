"""What a store says when its file cannot be used."""

import asyncio
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection
from tamma_core.domain.errors import ConfigError, Defect, TammaError, Unavailable
from tamma_core.domain.events import BranchNamed, Event
from tamma_core.domain.ids import BlobRef, TaskId
from tamma_core.ports.journal import TaskFilter
from tamma_core.testing.example_tasks import example_step, example_task, example_turn
from tamma_core.testing.manual_clock import ManualClock
from tamma_store.store import DATABASE, Store, open_store

TASK = TaskId("t1")
LARGE = b"report" * 20_000
"""More than a row holds."""


def pragma(store: Store, setting: str) -> None:
    """Change a setting of the connection that writes."""
    store._writer._session.connection.exec_driver_sql(f"PRAGMA {setting}").close()


async def test_without_room_nothing_is_half_written(store: Store) -> None:
    """When the file may not grow the whole append is missing, and with room the same lease goes on."""
    task = await store.journal.submit(example_task(TASK))
    lease = await store.journal.claim(task, owner="worker", ttl_s=30)
    pragma(store, "max_page_count=1")  # SQLite takes the present size
    with pytest.raises(Unavailable, match="no room") as caught:
        await store.journal.append(lease, [example_step(), BranchNamed(branch="b" * 1_000_000)])
    assert "free disk space" in caught.value.hint
    assert len(await store.journal.read(TASK)) == 1
    pragma(store, "max_page_count=1000000")
    await store.journal.append(lease, [example_step()])


async def test_a_locked_file_is_unavailable(store: Store, tmp_path: Path) -> None:
    """Who waits too long for another process is told so; reading goes on meanwhile."""
    pragma(store, "busy_timeout=10")
    other = sqlite3.connect(tmp_path / "data" / DATABASE)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked by another process"):
        await store.journal.submit(example_task(TASK))
    assert await store.journal.summaries(TaskFilter()) == []
    other.rollback()
    other.close()
    assert await store.journal.submit(example_task(TASK)) == TASK


async def test_a_read_only_file_is_unavailable(store: Store) -> None:
    """A file that may not be written says so, with what to do."""
    pragma(store, "query_only=ON")
    with pytest.raises(Unavailable, match="read-only") as caught:
        await store.journal.submit(example_task(TASK))
    assert "writable" in caught.value.hint


async def list_all(directory: Path, clock: ManualClock) -> None:
    """Open a store, read from it and close it."""
    store = await open_store(directory, clock=clock, mask=str)
    try:
        await store.journal.summaries(TaskFilter())
    finally:
        await store.aclose()


@pytest.mark.parametrize("offset", [0, 8192], ids=["header", "page"])
async def test_a_damaged_file_is_a_defect(tmp_path: Path, clock: ManualClock, offset: int) -> None:
    """A file with foreign bytes in it is not used, and the hint says what to keep."""
    store = await open_store(tmp_path / "data", clock=clock, mask=str)
    for number in range(50):
        await store.journal.submit(example_task(f"t{number}"))
    await store.aclose()
    with (tmp_path / "data" / DATABASE).open("r+b") as file:
        file.seek(offset)
        file.write(b"garbage!" * 10_000)
    with pytest.raises(Defect, match="damaged") as caught:
        await list_all(tmp_path / "data", clock)
    assert "restore a backup" in caught.value.hint


async def test_a_directory_that_cannot_be_made_is_a_configuration_error(tmp_path: Path, clock: ManualClock) -> None:
    """A file in the way is named, with what to change."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="file") as caught:
        await open_store(tmp_path / "file" / "data", clock=clock, mask=str)
    assert caught.value.hint


async def test_only_the_owner_may_read(store: Store, tmp_path: Path) -> None:
    """Directories are 0700 and files 0600, whatever the umask."""
    await store.blobs.put(LARGE)
    await store.journal.submit(example_task(TASK))
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


async def test_a_damaged_blob_is_a_defect(store: Store, tmp_path: Path) -> None:
    """Bytes that do not match their name are not answered, and storing them again mends the file."""
    ref = await store.blobs.put(LARGE)
    (path,) = (tmp_path / "data" / "blobs").rglob(ref)
    path.write_bytes(b"rePort")
    with pytest.raises(Defect, match=ref):
        await store.blobs.get(ref)
    await store.blobs.put(LARGE)
    assert await store.blobs.get(BlobRef(ref)) == LARGE


async def test_a_damaged_row_is_a_defect(store: Store, tmp_path: Path) -> None:
    """A small blob is checked against its name too."""
    ref = await store.blobs.put(b"report")
    with closing(sqlite3.connect(tmp_path / "data" / DATABASE)) as file:
        file.execute("UPDATE blob SET data = x'7265'")
        file.commit()
    with pytest.raises(Defect, match=ref):
        await store.blobs.get(ref)


async def test_a_blob_without_room_leaves_no_trace(store: Store, tmp_path: Path) -> None:
    """When the directory cannot take a file, `put` says so."""
    (tmp_path / "data" / "blobs").touch()
    with pytest.raises(TammaError) as caught:
        await store.blobs.put(LARGE)
    assert isinstance(caught.value, Unavailable)


async def test_a_closed_store_says_so(store: Store) -> None:
    """After closing, which may be repeated, every use is refused; what was written is there again."""
    await store.journal.submit(example_task(TASK))
    await store.aclose()
    await store.aclose()
    with pytest.raises(Unavailable, match="closed"):
        await store.journal.submit(example_task("t2"))
    with pytest.raises(Unavailable, match="closed"):
        await store.journal.read(TASK)


async def test_closing_writes_what_was_accepted(tmp_path: Path, clock: ManualClock) -> None:
    """Writes under way when the store is closed are done and answered."""
    store = await open_store(tmp_path / "data", clock=clock, mask=str)
    writes = [asyncio.create_task(store.journal.submit(example_task(f"t{number}"))) for number in range(50)]
    await asyncio.sleep(0)
    await store.aclose()
    assert len(await asyncio.gather(*writes)) == 50
    again = await open_store(tmp_path / "data", clock=clock, mask=str)
    assert len(await again.journal.summaries(TaskFilter(limit=100))) == 50
    await again.aclose()


async def test_a_transaction_that_ends_by_itself_is_not_acknowledged(store: Store) -> None:
    """When an error undoes the neighbours too, each of them is told; what is answered is what is there."""
    task = await store.journal.submit(example_task(TASK))
    lease = await store.journal.claim(task, owner="worker", ttl_s=30)
    store._writer._session.connection.exec_driver_sql(
        "CREATE TRIGGER undo BEFORE INSERT ON event WHEN new.type = 'branch_named' BEGIN SELECT RAISE(ROLLBACK, 'all'); END"
    ).close()
    events: list[Event] = [BranchNamed(branch="b") if number == 5 else example_turn(number) for number in range(20)]
    answers = await asyncio.gather(*(store.journal.append(lease, [event]) for event in events), return_exceptions=True)
    assert isinstance(answers[5], Defect)
    assert all(isinstance(answer, str | Unavailable) for answer in (*answers[:5], *answers[6:]))
    kept = await store.journal.read(TASK, types=frozenset({"turn_recorded"}))
    assert [item.position for item in kept] == [answer for answer in answers if isinstance(answer, str)]


async def test_a_cancelled_caller_is_not_served(store: Store) -> None:
    """Who stops waiting before the write has begun leaves nothing behind, and the writer goes on."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: Connection) -> bool:
        begun.set()
        return go_on.wait(10)

    first = asyncio.create_task(store._writer.run(slow))
    assert await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(store.journal.submit(example_task(TASK)))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    go_on.set()
    assert await first
    assert await store.journal.submit(example_task("after")) == "after"
    assert [line.id for line in await store.journal.summaries(TaskFilter())] == ["after"]


async def test_what_is_asked_for_at_once_shares_a_commit(store: Store) -> None:
    """Each commit waits for the disk: one wait is enough for what one turn of the event loop asks for."""
    task = await store.journal.submit(example_task(TASK))
    lease = await store.journal.claim(task, owner="worker", ttl_s=30)
    said: list[str] = []
    begun = threading.Event()

    def note(statement: str) -> None:
        said.append(statement)
        begun.set()

    store._writer._session._raw.set_trace_callback(note)

    async def later() -> None:
        assert not begun.wait(0.05), "the first was written before the second was asked for"
        await store.log.append(TASK, "looked around")

    await asyncio.gather(store.journal.append(lease, [example_turn(1)]), later())
    assert said.count("COMMIT") == 1
