"""The SQLite store keeps the contract of each port."""

import pytest
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.budget import Budget
from tamma_core.ports.journal import Journal
from tamma_core.ports.task_log import TaskLog
from tamma_core.testing.blobs_contract import BlobsContract
from tamma_core.testing.budget_contract import BudgetContract
from tamma_core.testing.journal_contract import JournalContract
from tamma_core.testing.manual_clock import ManualClock
from tamma_core.testing.task_log_contract import TaskLogContract
from tamma_store.store import Store


class TestSqlJournal(JournalContract):
    @pytest.fixture
    async def journal(self, store: Store, clock: ManualClock) -> Journal:
        self.clock = clock
        return store.journal

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @pytest.fixture
    async def blobs(self, store: Store) -> Blobs:
        return store.blobs


class TestSqlTaskLog(TaskLogContract):
    @pytest.fixture
    async def journal(self, store: Store) -> Journal:
        return store.journal

    @pytest.fixture
    async def log(self, store: Store) -> TaskLog:
        return store.log


class TestSqlBlobs(BlobsContract):
    @pytest.fixture
    async def blobs(self, store: Store) -> Blobs:
        return store.blobs


class TestSqlBudget(BudgetContract):
    @pytest.fixture
    async def budget(self, store: Store) -> Budget:
        return store.budget
