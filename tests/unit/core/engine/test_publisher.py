"""The only caller of forge writes, in a process that may stand still at any moment; on a forge over loopback."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rehearsal.mortal import with_fate
from rehearsal.world import FORGE, Place, world
from tamma_core.domain.effects import Outcome, PostIssueComment
from tamma_core.domain.errors import Unavailable
from tamma_core.domain.events import EffectIntended, Event, WaitStarted
from tamma_core.domain.ids import EffectKey
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.engine.engine import LONGEST_DELAY_S, drive
from tamma_core.system import SystemClock
from tamma_platforms.testing.gitea_fake import GiteaFake, add_issue
from tamma_platforms.testing.gitea_state import FakeRepository
from tamma_platforms.testing.serving import serving

SLUG = "owner/project"
LEASE_S = 30.0
COMMENT = PostIssueComment(
    key=EffectKey("comment"), issue=IssueRef(FORGE, RepositoryRef(FORGE, SLUG), "1"), body="Hello."
)


class Jumping(SystemClock):
    """Tell the time of day of a process that stands still for so long, right after it has journaled an intent."""

    def __init__(self, still_s: float) -> None:
        self._still_s = still_s
        self._at = datetime(2026, 1, 2, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Answer the time of day in UTC."""
        return self._at

    def hear(self, events: Sequence[Event]) -> None:
        """Stand still at an intent."""
        if any(isinstance(event, EffectIntended) for event in events):
            self._at += timedelta(seconds=self._still_s)


class Leaping(SystemClock):
    """Tell a time of day that a test sets, and note each sleep instead of sleeping."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 2, 12, tzinfo=UTC)
        self.slept_s: list[float] = []

    def now(self) -> datetime:
        """Answer the time of day in UTC."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Note it."""
        self.slept_s.append(seconds)


@pytest.fixture
async def forge() -> AsyncIterator[tuple[str, FakeRepository]]:
    """Serve a forge with one issue."""
    stored = FakeRepository(owner="owner", name="project", writers={"bot"})
    add_issue(stored, "ada", "It is wrong", "Make it right.")
    fake = GiteaFake(tokens={"t0ken": "bot"}, repositories={SLUG: stored})
    async with serving(fake.application()) as url:
        yield url, stored


async def perform(place: Place, still_s: float) -> Outcome:
    """Comment on the issue in a process that stands still before it does."""
    clock = Jumping(still_s)
    async with world(place, around=with_fate(clock.hear), clock=clock) as opened:
        task = await opened.submit(SLUG, 1)
        lease = await opened.ports.journal.claim(task, owner="worker", ttl_s=LEASE_S)
        return await opened.ports.effects.perform(lease, COMMENT)


def place_at(data: Path, url: str, deadline_s: float = 60.0) -> Place:
    """Say where everything is."""
    return Place(
        data=data,
        forge_url=url,
        forge_token="t0ken",
        model_url="http://127.0.0.1:9",
        request_deadline_s=deadline_s,
    )


async def test_a_short_pause_keeps_nothing_from_being_done(tmp_path: Path, forge: tuple[str, FakeRepository]) -> None:
    """While the lease holds, nobody else works on the task."""
    url, stored = forge
    await perform(place_at(tmp_path, url), LEASE_S - 1)
    assert [comment.body.splitlines()[0] for comment in stored.comments.values()] == ["Hello."]


@pytest.mark.parametrize(("deadline_s", "still_s"), [(60.0, LEASE_S), (10.0, 10.0)], ids=["lease", "deadline"])
async def test_who_stood_still_too_long_does_nothing(
    tmp_path: Path, forge: tuple[str, FakeRepository], deadline_s: float, still_s: float
) -> None:
    """Another may have the task by now, and may have looked for the effect when it could not land any more."""
    url, stored = forge
    with pytest.raises(Unavailable, match="stood still"):
        await perform(place_at(tmp_path, url, deadline_s), still_s)
    assert not stored.comments


@pytest.mark.parametrize("leap", [timedelta(days=-1), timedelta()], ids=["back", "none"])
async def test_a_request_on_its_way_is_waited_for_and_no_longer(
    tmp_path: Path, forge: tuple[str, FakeRepository], leap: timedelta
) -> None:
    """A clock that is set back does not put the task to sleep for a day."""
    url, stored = forge
    clock = Leaping()
    async with world(place_at(tmp_path, url), clock=clock) as opened:
        task = await opened.submit(SLUG, 1)
        journal = opened.ports.journal
        lease = await journal.claim(task, owner="worker", ttl_s=LEASE_S)
        await journal.append(lease, [EffectIntended(effect=COMMENT, expires_at=clock.at + timedelta(seconds=60))])
        await journal.release(lease)
        clock.at += leap
        lease = await journal.claim(task, owner="next", ttl_s=LEASE_S)
        await opened.ports.effects.perform(lease, COMMENT)
        assert clock.slept_s == [60.0]
        assert [comment.body.splitlines()[0] for comment in stored.comments.values()] == ["Hello."]


async def test_a_clock_that_is_set_back_puts_nobody_to_sleep(tmp_path: Path) -> None:
    """A wait of seconds does not become one of a day."""
    clock = Leaping()

    def set_back(events: Sequence[Event]) -> None:
        if any(isinstance(event, WaitStarted) for event in events):
            clock.at -= timedelta(days=1)

    async with world(place_at(tmp_path, "http://127.0.0.1:9"), around=with_fate(set_back), clock=clock) as opened:
        task = await opened.submit(SLUG, 1)
        state = await drive(opened.engine, task, opened.ports)
        assert state.parked is not None
        assert max(clock.slept_s) == LONGEST_DELAY_S
