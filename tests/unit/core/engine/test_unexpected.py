"""What nobody thought of: the task is parked, and whoever looks for the reason finds it on this machine."""

import errno
from pathlib import Path

import pytest
from msgspec.structs import replace
from rehearsal.world import FORGE
from tamma_core.domain.record import Record
from tamma_core.domain.task import TaskStatus
from tamma_core.engine.engine import Engine
from tamma_core.guards.known_values import KnownValues
from tamma_core.guards.policy import GuardPolicy
from tamma_core.ports.git_platform import GitPlatform, IssueSource
from unit.core.engine.test_words import talking

SECRET = "canary-of-this-test-5521"


class Broken(Record, frozen=True):
    """Fail in a way that no port promises."""

    error: Exception

    async def platform(self, name: str) -> GitPlatform:
        """Fail."""
        assert name == FORGE
        raise self.error

    async def issues(self, name: str) -> IssueSource:
        """Fail."""
        assert name == FORGE
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (KeyError(f"the {SECRET}"), TaskStatus.PAUSED, "a defect of Tamma: KeyError in approve"),
        (OSError(errno.ENOSPC, "no room", "/srv/cache"), TaskStatus.WAITING, "this machine refused: no room"),
    ],
    ids=["defect", "disk"],
)
async def test_what_failed_is_told_here_and_not_on_the_forge(
    tmp_path: Path, error: Exception, status: TaskStatus, reason: str
) -> None:
    """The reason goes into comments and so names no path; the log of the task has words and place, without secrets."""
    async with talking(tmp_path) as talk:
        await talk.begin()
        guard = GuardPolicy(known_secrets=KnownValues([SECRET]))
        ports = replace(talk.world.ports, forges=Broken(error), guard=guard)
        state = await Engine(ports, owner="test").advance(talk.task)
        assert state.status is status
        told = state.parked or state.wait
        assert told is not None
        assert told.reason == reason
        (line,) = [line for line in await talk.log() if "(test_unexpected.py:" in line]
        assert line.startswith(type(error).__name__)
        assert ("/srv/cache" in line) is isinstance(error, OSError)
        assert SECRET not in line
