"""What every journal does, whatever it is kept in."""

import asyncio
from datetime import datetime, timedelta

import pytest

from tamma_core.domain.errors import AlreadyExists, ConditionFailed, Conflict, Defect, InvalidInput, LeaseLost, NotFound
from tamma_core.domain.events import (
    ApprovalSubject,
    Approved,
    Event,
    TaskCancelled,
    TaskCompleted,
    TaskCreated,
    TaskFailed,
    TaskParked,
    TaskPaused,
    TaskResumed,
    WaitFor,
    WaitStarted,
)
from tamma_core.domain.ids import Position, TaskId
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.domain.state import fold
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.ports.blobs import Blobs, name_of
from tamma_core.ports.journal import (
    LONGEST_LEASE_S,
    AppendCondition,
    Journal,
    Lease,
    Query,
    QueryItem,
    TaskFilter,
    TaskSummary,
)
from tamma_core.testing.example_tasks import CREATED_AT, example_step, example_task, example_turn

TTL_S = 30.0
COMPLETED = TaskCompleted(summary="merged")
APPROVED = Approved(subject=ApprovalSubject.DIFF, hash="abc", by="mona", via="issue")


def tagged(*tags: str, types: tuple[str, ...] = ()) -> Query:
    """Make a query of one item."""
    return Query((QueryItem(types=frozenset(types), tags=frozenset(tags)),))


class JournalContract:
    """Subclass it, and give the fixture `journal` and the way in which time passes there."""

    @pytest.fixture
    async def journal(self) -> Journal:
        """Give an empty journal."""
        raise NotImplementedError

    @pytest.fixture
    async def blobs(self) -> Blobs:
        """Give the store of blobs that belongs to the journal."""
        raise NotImplementedError

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for the journal."""
        raise NotImplementedError

    async def claimed(self, journal: Journal, name: str = "t1", *, issue: str | None = None) -> Lease:
        """Submit a task and take it."""
        task = await journal.submit(example_task(name, issue=issue))
        return await journal.claim(task, owner="worker", ttl_s=TTL_S)

    async def summary(self, journal: Journal, name: str = "t1") -> TaskSummary:
        """Find the line of one task in the list."""
        return next(line for line in await journal.summaries(TaskFilter()) if line.id == name)

    async def test_a_submitted_task_begins_with_its_creation(self, journal: Journal) -> None:
        """The first event holds the task as it was submitted."""
        task = example_task("t1", issue="7")
        assert await journal.submit(task) == "t1"
        (first,) = await journal.read(TaskId("t1"))
        assert first.event == TaskCreated(task=task)
        assert first.epoch == 0

    async def test_a_delivery_makes_one_task(self, journal: Journal) -> None:
        """The same delivery answers the first task's id, also when that task has ended."""
        lease = await self.claimed(journal)
        await journal.append(lease, [COMPLETED])
        assert await journal.submit(example_task("t2", delivery="delivery-t1")) == "t1"
        with pytest.raises(NotFound):
            await journal.read(TaskId("t2"))

    async def test_an_id_is_not_used_twice(self, journal: Journal) -> None:
        """Another delivery with an id that is taken is refused."""
        await journal.submit(example_task("t1"))
        with pytest.raises(AlreadyExists, match="t1"):
            await journal.submit(example_task("t1", delivery="other"))

    async def test_an_issue_has_one_unfinished_task(self, journal: Journal) -> None:
        """A second task on an issue is refused by name until the first has ended."""
        lease = await self.claimed(journal, issue="7")
        with pytest.raises(AlreadyExists, match="t1"):
            await journal.submit(example_task("t2", issue="7"))
        await journal.submit(example_task("t3", issue="8"))
        await journal.submit(example_task("t4", issue="7", repository="owner/other"))
        await journal.append(lease, [COMPLETED])
        assert await journal.submit(example_task("t2", issue="7")) == "t2"

    async def test_an_ended_task_does_not_come_back(self, journal: Journal) -> None:
        """What has ended cannot be resumed, paused or cancelled any more."""
        lease = await self.claimed(journal, issue="7")
        await journal.append(lease, [TaskFailed(step=StepName.PLAN, reason="no", hint="")])
        with pytest.raises(Conflict, match="has ended"):
            await journal.signal(TaskId("t1"), [TaskResumed(by="mona")])
        assert len(await journal.read(TaskId("t1"))) == 2

    async def test_tasks_without_issue_do_not_exclude_each_other(self, journal: Journal) -> None:
        """Any number of tasks may come as text."""
        await journal.submit(example_task("t1"))
        assert await journal.submit(example_task("t2")) == "t2"

    async def test_submissions_at_once_make_one_task(self, journal: Journal) -> None:
        """Ten deliveries of one webhook at the same time give one id."""
        tasks = [example_task(f"t{number}", issue="7", delivery="same") for number in range(10)]
        assert len(set(await asyncio.gather(*map(journal.submit, tasks)))) == 1

    async def test_a_lease_excludes_others(self, journal: Journal) -> None:
        """A second claim is refused and names the holder."""
        await self.claimed(journal)
        with pytest.raises(LeaseLost, match="worker"):
            await journal.claim(TaskId("t1"), owner="other", ttl_s=TTL_S)

    async def test_claims_at_once_have_one_winner(self, journal: Journal) -> None:
        """Of ten claims at the same time one wins."""
        task = await journal.submit(example_task("t1"))
        claims = (journal.claim(task, owner=str(number), ttl_s=TTL_S) for number in range(10))
        answers = await asyncio.gather(*claims, return_exceptions=True)
        assert sum(isinstance(answer, Lease) for answer in answers) == 1
        assert sum(isinstance(answer, LeaseLost) for answer in answers) == 9

    async def test_each_claim_has_a_higher_epoch(self, journal: Journal) -> None:
        """A claim after a release or an expiry counts on."""
        first = await self.claimed(journal)
        await journal.release(first)
        second = await journal.claim(first.task, owner="other", ttl_s=TTL_S)
        await self.pass_time(TTL_S + 1)
        third = await journal.claim(first.task, owner="third", ttl_s=TTL_S)
        assert first.epoch < second.epoch < third.epoch

    async def test_an_old_epoch_is_refused(self, journal: Journal) -> None:
        """Who lost the task can neither write nor renew, and cannot release the new lease."""
        old = await self.claimed(journal)
        await self.pass_time(TTL_S + 1)
        new = await journal.claim(old.task, owner="other", ttl_s=TTL_S)
        with pytest.raises(LeaseLost):
            await journal.append(old, [example_step()])
        with pytest.raises(LeaseLost):
            await journal.renew(old, ttl_s=TTL_S)
        await journal.release(old)
        await journal.append(new, [example_step()])
        assert len(await journal.read(old.task)) == 2

    async def test_an_expired_lease_is_refused(self, journal: Journal) -> None:
        """A lease that ran out is worth nothing even if nobody else claimed the task."""
        lease = await self.claimed(journal)
        await self.pass_time(TTL_S)
        with pytest.raises(LeaseLost):
            await journal.append(lease, [example_step()])
        with pytest.raises(LeaseLost):
            await journal.renew(lease, ttl_s=TTL_S)

    async def test_a_renewed_lease_holds(self, journal: Journal) -> None:
        """Renewing moves the end and keeps the epoch."""
        lease = await self.claimed(journal)
        await self.pass_time(TTL_S * 0.8)
        renewed = await journal.renew(lease, ttl_s=TTL_S)
        await self.pass_time(TTL_S * 0.8)
        await journal.append(renewed, [example_step()])
        assert renewed.epoch == lease.epoch
        assert renewed.expires_at > lease.expires_at

    async def test_a_released_lease_is_worth_nothing(self, journal: Journal) -> None:
        """After a release the same lease is refused, and releasing again does nothing."""
        lease = await self.claimed(journal)
        await journal.release(lease)
        await journal.release(lease)
        with pytest.raises(LeaseLost):
            await journal.append(lease, [example_step()])

    async def test_unknown_tasks_are_not_found(self, journal: Journal) -> None:
        """Every method that names a task says when there is none."""
        nobody = TaskId("nobody")
        with pytest.raises(NotFound, match="nobody"):
            await journal.claim(nobody, owner="worker", ttl_s=TTL_S)
        with pytest.raises(NotFound, match="nobody"):
            await journal.read(nobody)
        with pytest.raises(NotFound, match="nobody"):
            await journal.signal(nobody, [TaskPaused(by="mona")])

    async def test_a_lease_needs_a_time(self, journal: Journal) -> None:
        """A lease of no seconds is refused, and so is one that outlasts a wrong clock."""
        task = await journal.submit(example_task("t1"))
        for ttl_s in (0, float("nan"), LONGEST_LEASE_S + 1):
            with pytest.raises(InvalidInput):
                await journal.claim(task, owner="worker", ttl_s=ttl_s)

    async def test_a_clock_that_was_ahead_holds_no_task(self, journal: Journal) -> None:
        """A worker died while the clock was a day ahead; once it is put right, the task can be claimed."""
        await self.pass_time(86_400)
        held = await self.claimed(journal)
        await self.pass_time(-86_400)
        lease = await journal.claim(held.task, owner="other", ttl_s=TTL_S)
        assert lease.epoch > held.epoch
        with pytest.raises(LeaseLost):
            await journal.append(held, [example_step()])

    async def test_events_are_read_in_order(self, journal: Journal) -> None:
        """Events come back as they were written, with the epoch of their writer and rising positions."""
        lease = await self.claimed(journal)
        events: list[Event] = [example_step(), example_turn(1), example_turn(2)]
        last = await journal.append(lease, events)
        recorded = await journal.read(lease.task)
        assert [item.event for item in recorded[1:]] == events
        assert {item.epoch for item in recorded[1:]} == {lease.epoch}
        assert recorded[-1].position == last
        assert len({item.position for item in recorded}) == 4

    async def test_reading_goes_on_after_a_position(self, journal: Journal) -> None:
        """Only later events of the named types are read."""
        lease = await self.claimed(journal)
        seen = await journal.append(lease, [example_step()])
        await journal.append(lease, [example_turn(), example_step(StepName.PLAN)])
        later = await journal.read(lease.task, after=seen, types=frozenset({"step_started"}))
        assert [item.event for item in later] == [example_step(StepName.PLAN)]

    async def test_nothing_to_append_answers_where_the_task_stands(self, journal: Journal) -> None:
        """An append of no events checks the lease and answers the last position."""
        lease = await self.claimed(journal)
        position = await journal.append(lease, [example_step()])
        assert await journal.append(lease, []) == position

    async def test_a_foreign_position_is_refused(self, journal: Journal) -> None:
        """What no journal answered is not taken for a position."""
        task = await journal.submit(example_task("t1"))
        with pytest.raises(InvalidInput):
            await journal.read(task, after=Position("the beginning"))

    async def test_appends_at_once_are_all_kept(self, journal: Journal) -> None:
        """Fifty appends at the same time leave fifty events."""
        lease = await self.claimed(journal)
        await asyncio.gather(*(journal.append(lease, [example_turn(number)]) for number in range(50)))
        assert len(await journal.read(lease.task, types=frozenset({"turn_recorded"}))) == 50

    async def test_a_failing_append_leaves_its_neighbours_alone(self, journal: Journal) -> None:
        """Of appends at the same time only the one whose condition fails is missing."""
        lease = await self.claimed(journal)
        never = AppendCondition(tagged("task:t1"))
        conditions = [never if number == 5 else None for number in range(10)]
        appends = (journal.append(lease, [example_turn(n)], when) for n, when in enumerate(conditions))
        answers = await asyncio.gather(*appends, return_exceptions=True)
        assert [number for number, answer in enumerate(answers) if isinstance(answer, ConditionFailed)] == [5]
        assert len(await journal.read(lease.task)) == 10

    async def test_a_condition_fails_on_what_came_after(self, journal: Journal) -> None:
        """An event after the position fails the append, and nothing of it is kept."""
        lease = await self.claimed(journal)
        seen = await journal.append(lease, [example_step()])
        condition = AppendCondition(tagged("task:t1", types=("task_cancelled",)), after=seen)
        await journal.append(lease, [example_turn(1)], condition)
        await journal.signal(lease.task, [TaskCancelled(by="mona", reason="no")])
        with pytest.raises(ConditionFailed, match="task_cancelled"):
            await journal.append(lease, [example_turn(2), example_turn(3)], condition)
        assert len(await journal.read(lease.task, types=frozenset({"turn_recorded"}))) == 1

    @pytest.mark.parametrize("size", [20, 200_000], ids=["small", "large"])
    async def test_blobs_are_kept_with_the_events_that_name_them(
        self, journal: Journal, blobs: Blobs, size: int
    ) -> None:
        """What an event names can be read as soon as the event can, and again after it was named twice."""
        lease = await self.claimed(journal)
        data = b"r" * size
        for number in (1, 2):
            await journal.append(lease, [example_turn(number)], blobs=[data, b"another"])
        assert await blobs.get(name_of(data)) == data
        assert await blobs.get(name_of(b"another")) == b"another"

    async def test_a_refused_append_keeps_no_blob(self, journal: Journal, blobs: Blobs) -> None:
        """Events and small blobs are one transaction: all or none."""
        lease = await self.claimed(journal)
        never = AppendCondition(tagged("task:t1"))
        with pytest.raises(ConditionFailed):
            await journal.append(lease, [example_turn()], never, blobs=[b"report"])
        with pytest.raises(NotFound):
            await blobs.get(name_of(b"report"))

    async def test_a_condition_ignores_what_was_known(self, journal: Journal) -> None:
        """Events up to the position do not stand against an append."""
        lease = await self.claimed(journal)
        seen = await journal.append(lease, [example_step()])
        await journal.append(lease, [example_turn()], AppendCondition(tagged("task:t1"), after=seen))
        assert len(await journal.read(lease.task)) == 3

    async def test_a_condition_without_position_means_the_whole_journal(self, journal: Journal) -> None:
        """An approval is recorded once when its condition says so."""
        await journal.submit(example_task("t1"))
        once = AppendCondition(tagged("diff:abc", types=("approved",)))
        signals = (journal.signal(TaskId("t1"), [APPROVED], once) for _ in range(5))
        answers = await asyncio.gather(*signals, return_exceptions=True)
        assert sum(isinstance(answer, ConditionFailed) for answer in answers) == 4

    async def test_an_item_wants_all_tags_and_one_type(self, journal: Journal) -> None:
        """Within an item tags are all wanted and types are alternatives; items are alternatives."""
        await self.claimed(journal, "t1", issue="7")
        lease = await self.claimed(journal, "t2", issue="8")
        await journal.append(lease, [example_step()])

        async def found(*items: QueryItem) -> list[str]:
            return [f"{item.task} {item.event.type}" for item in await journal.query(Query(items))]

        seven, eight = "issue:example:owner/name#7", "issue:example:owner/name#8"
        assert await found(QueryItem(tags=frozenset({"task:t1", seven}))) == ["t1 task_created"]
        assert await found(QueryItem(tags=frozenset({"task:t1", eight}))) == []
        assert await found(QueryItem(types=frozenset({"step_started"}), tags=frozenset({seven}))) == []
        assert await found(QueryItem(types=frozenset({"step_started", "task_paused"}))) == ["t2 step_started"]
        both = (QueryItem(tags=frozenset({seven})), QueryItem(tags=frozenset({"task:t2"})))
        assert await found(*both) == ["t1 task_created", "t2 task_created", "t2 step_started"]
        assert len(await found(QueryItem())) == 3
        assert await found() == []

    async def test_a_query_goes_on_after_a_position(self, journal: Journal) -> None:
        """Only later events are answered."""
        lease = await self.claimed(journal)
        seen = await journal.append(lease, [example_step()])
        await journal.append(lease, [example_turn()])
        assert [item.event for item in await journal.query(tagged("task:t1"), after=seen)] == [example_turn()]

    async def test_a_signal_needs_no_lease(self, journal: Journal) -> None:
        """A person's word is recorded while a worker holds the task, and the worker goes on."""
        lease = await self.claimed(journal)
        await journal.signal(lease.task, [APPROVED])
        await journal.append(lease, [example_step()])
        assert [item.event for item in (await journal.read(lease.task))[1:]] == [APPROVED, example_step()]

    async def test_a_signal_carries_no_worker_event(self, journal: Journal) -> None:
        """What only the holder of a lease may say is refused as a signal."""
        task = await journal.submit(example_task("t1"))
        with pytest.raises(Defect, match="step_started"):
            await journal.signal(task, [example_step()])

    async def test_a_signal_after_the_wait_wakes(self, journal: Journal) -> None:
        """A waiting task is to be looked at at once when somebody speaks."""
        lease = await self.claimed(journal)
        later = CREATED_AT + timedelta(days=7)
        await journal.append(lease, [_waiting(later)])
        await journal.release(lease, wake_at=later)
        assert (await self.summary(journal)).wake_at == later
        await journal.signal(lease.task, [APPROVED])
        woken = (await self.summary(journal)).wake_at
        assert woken is not None
        assert woken < later

    async def test_a_signal_before_the_wait_wakes(self, journal: Journal) -> None:
        """A word that comes while the worker is about to wait is not slept through."""
        lease = await self.claimed(journal)
        later = CREATED_AT + timedelta(days=7)
        await journal.signal(lease.task, [APPROVED])
        await journal.append(lease, [_waiting(later)])
        await journal.release(lease, wake_at=later)
        woken = (await self.summary(journal)).wake_at
        assert woken is not None
        assert woken < later

    async def test_a_claim_answers_the_wake(self, journal: Journal) -> None:
        """Once taken and given back, a task does not ask to be looked at again."""
        lease = await self.claimed(journal)
        await journal.signal(lease.task, [APPROVED])
        await journal.release(lease)
        again = await journal.claim(lease.task, owner="worker", ttl_s=TTL_S)
        await journal.release(again)
        assert (await self.summary(journal)).wake_at is None

    async def test_a_dead_worker_is_noticed(self, journal: Journal) -> None:
        """A leased task is to be looked at when its lease runs out."""
        lease = await self.claimed(journal)
        assert (await self.summary(journal)).wake_at == lease.expires_at

    async def test_a_summary_follows_the_events(self, journal: Journal) -> None:
        """Status, step, reason and cost are those of the fold at every point."""
        lease = await self.claimed(journal, issue="7")
        assert (await self.summary(journal)).status is TaskStatus.QUEUED
        await journal.append(
            lease, [example_step(StepName.PLAN), example_turn(1), example_turn(2, cost_usd="0.0000025")]
        )
        working = await self.summary(journal)
        assert (working.status, working.step, working.cost_usd) == (TaskStatus.RUNNING, StepName.PLAN, "0.0100025")
        await journal.append(lease, [TaskParked(step=StepName.PLAN, reason="a question", hint="answer it")])
        parked = await self.summary(journal)
        assert (parked.status, parked.reason, parked.issue) == (TaskStatus.PAUSED, "a question", "example:owner/name#7")
        assert fold(await journal.read(lease.task)).status is TaskStatus.PAUSED

    async def test_an_unknown_cost_is_no_figure(self, journal: Journal) -> None:
        """A turn without a price leaves a lower bound."""
        lease = await self.claimed(journal)
        await journal.append(lease, [example_turn(1), example_turn(2, cost_usd=None)])
        assert (await self.summary(journal)).cost_usd == ">=0.01"

    async def test_lists_are_restricted_and_newest_first(self, journal: Journal) -> None:
        """Status, repository, issue and limit select; the newest task comes first."""
        for number in range(4):
            await journal.submit(example_task(f"t{number}", issue=str(number), age_s=number))
        await journal.submit(example_task("other", issue="1", repository="owner/other", age_s=9))
        await journal.signal(TaskId("t2"), [TaskCancelled(by="mona", reason="no")])

        async def listed(selection: TaskFilter) -> list[str]:
            return [line.id for line in await journal.summaries(selection)]

        one = IssueRef("example", RepositoryRef("example", "owner/other"), "1")
        ended = frozenset({TaskStatus.CANCELLED, TaskStatus.FAILED})
        assert await listed(TaskFilter()) == ["t0", "t1", "t2", "t3", "other"]
        assert await listed(TaskFilter(limit=2)) == ["t0", "t1"]
        assert await listed(TaskFilter(statuses=ended)) == ["t2"]
        assert await listed(TaskFilter(statuses=ended | {TaskStatus.QUEUED}, limit=3)) == ["t0", "t1", "t2"]
        assert await listed(TaskFilter(repository="example:owner/other")) == ["other"]
        assert await listed(TaskFilter(repository="example:owner/name", limit=3)) == ["t0", "t1", "t2"]
        assert await listed(TaskFilter(issue=one)) == ["other"]


def _waiting(until: datetime) -> WaitStarted:
    return WaitStarted(step=StepName.APPROVE, wait_for=WaitFor.APPROVAL, reason="the plan", until=until)
