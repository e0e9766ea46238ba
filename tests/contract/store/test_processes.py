"""Several processes on one file."""

import sqlite3
from decimal import Decimal
from pathlib import Path

from contract.store.processes import started
from tamma_core.domain.ids import TaskId
from tamma_core.ports.budget import Amount
from tamma_core.testing.example_tasks import example_task
from tamma_store.schema import REVISION
from tamma_store.store import DATABASE, Store

SHARED = TaskId("shared")
NAMES = ("a", "b", "c")


async def test_one_of_many_claims_wins(store: Store, tmp_path: Path) -> None:
    """Of claims by three processes at once exactly one wins, every time."""
    tasks = [await store.journal.submit(example_task(f"t{number}")) for number in range(20)]
    with started(tmp_path / "data", "claim", *NAMES) as processes:
        for task in tasks:
            for process in processes:
                process.tell(task)
            assert sorted(process.hear() for process in processes) == ["lost", "lost", "won 1"]


async def test_conditions_hold_across_processes(store: Store, tmp_path: Path) -> None:
    """Three processes approve the same fifty hashes, and each is approved once."""
    await store.journal.submit(example_task(SHARED))
    with started(tmp_path / "data", "approve", *NAMES) as processes:
        won = [int(process.hear()) for process in processes]
    approved = await store.journal.read(SHARED, types=frozenset({"approved"}))
    assert sum(won) == len(approved) == 50


async def test_caps_hold_across_processes(store: Store, tmp_path: Path) -> None:
    """Three processes spend one budget, and no cent more."""
    with started(tmp_path / "data", "spend", *NAMES) as processes:
        spent = [int(process.hear()) for process in processes]
    assert sum(spent) == 50
    assert await store.budget.spent("shared") == Amount(usd=Decimal(5), tokens=50)


async def test_lines_of_several_processes_have_no_gaps(store: Store, tmp_path: Path) -> None:
    """Three processes write one log; a follower here sees all of it in order."""
    await store.journal.submit(example_task(SHARED))
    with started(tmp_path / "data", "log", *NAMES) as processes:
        lines = store.log.follow(SHARED)
        assert [(await anext(lines)).seq for _ in range(150)] == list(range(1, 151))
        assert [process.hear() for process in processes] == ["written"] * 3


def test_processes_that_open_a_new_store_at_once_share_it(tmp_path: Path) -> None:
    """The tables are made once, whoever comes first."""
    with started(tmp_path / "data", "claim", *NAMES):
        file = sqlite3.connect(tmp_path / "data" / DATABASE)
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]
        file.close()
