"""What every task log does, whatever it is kept in."""

import asyncio

import pytest

from tamma_core.domain.errors import NotFound
from tamma_core.domain.events import TaskCancelled
from tamma_core.domain.ids import TaskId
from tamma_core.ports.journal import Journal
from tamma_core.ports.task_log import LogLine, TaskLog
from tamma_core.testing.example_tasks import example_task

SECRET = "not-for-your-eyes"
TASK = TaskId("t1")
LIMIT_S = 20.0


class TaskLogContract:
    """Subclass it, and give the fixtures `journal` and `log` of one store, which masks `SECRET` as `***`."""

    @pytest.fixture
    async def journal(self) -> Journal:
        """Give an empty journal."""
        raise NotImplementedError

    @pytest.fixture
    async def log(self, journal: Journal) -> TaskLog:
        """Give the log of the same store."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    async def task(self, journal: Journal) -> None:
        """Submit the task that the lines belong to."""
        await journal.submit(example_task(TASK))

    async def stored(self, log: TaskLog, *, after: int = 0) -> list[LogLine]:
        """Read what is there."""
        return [line async for line in log.follow(TASK, after=after, until_idle=True)]

    async def test_lines_come_back_in_order(self, log: TaskLog) -> None:
        """Number, level, step and text are kept."""
        assert await log.append(TASK, "one", level="warning", step="plan") == 1
        assert await log.append(TASK, "two") == 2
        one, two = await self.stored(log)
        assert (one.seq, one.level, one.step, one.text) == (1, "warning", "plan", "one")
        assert (two.seq, two.level, two.step, two.text) == (2, "info", "", "two")

    async def test_numbers_have_no_gaps(self, log: TaskLog) -> None:
        """Lines written at once are numbered from 1 without gaps."""
        numbers = await asyncio.gather(*(log.append(TASK, str(number)) for number in range(50)))
        assert sorted(numbers) == list(range(1, 51))
        assert [line.seq for line in await self.stored(log)] == list(range(1, 51))

    async def test_each_task_counts_for_itself(self, journal: Journal, log: TaskLog) -> None:
        """Another task's lines neither count nor show."""
        await journal.submit(example_task("t2"))
        await log.append(TASK, "one")
        assert await log.append(TaskId("t2"), "other") == 1
        assert [line.text for line in await self.stored(log)] == ["one"]

    async def test_secrets_are_masked_before_they_are_stored(self, log: TaskLog) -> None:
        """What is read back never held the secret."""
        await log.append(TASK, f"token={SECRET}")
        assert [line.text for line in await self.stored(log)] == ["token=***"]

    async def test_any_text_is_taken(self, log: TaskLog) -> None:
        """Line ends, zero bytes and broken characters do not stop the log."""
        await log.append(TASK, "a\nb\0c\udcff")
        (line,) = await self.stored(log)
        assert line.text.startswith("a\nb")

    async def test_following_goes_on_after_a_number(self, log: TaskLog) -> None:
        """Lines up to the number are not repeated."""
        for text in ("one", "two", "three"):
            await log.append(TASK, text)
        assert [line.text for line in await self.stored(log, after=2)] == ["three"]

    async def test_many_lines_are_read_whole(self, log: TaskLog) -> None:
        """More lines than one page holds come in order."""
        await asyncio.gather(*(log.append(TASK, str(number)) for number in range(1203)))
        assert [line.seq for line in await self.stored(log)] == list(range(1, 1204))

    async def test_followers_see_new_lines_until_the_task_ends(self, journal: Journal, log: TaskLog) -> None:
        """A follower waits for lines, and ends by itself after the last one of an ended task."""
        seen: list[str] = []
        first = asyncio.Event()

        async def follow() -> None:
            async for line in log.follow(TASK):
                seen.append(line.text)
                first.set()

        follower = asyncio.create_task(follow())
        await log.append(TASK, "one")
        await asyncio.wait_for(first.wait(), LIMIT_S)
        await log.append(TASK, "two")
        await journal.signal(TASK, [TaskCancelled(by="mona", reason="enough")])
        await asyncio.wait_for(follower, LIMIT_S)
        assert seen == ["one", "two"]

    async def test_unknown_tasks_are_not_found(self, log: TaskLog) -> None:
        """Neither writing nor following makes a task."""
        with pytest.raises(NotFound, match="nobody"):
            await log.append(TaskId("nobody"), "one")
        with pytest.raises(NotFound, match="nobody"):
            await anext(log.follow(TaskId("nobody")))
