"""Forges whose opening is part of each record: a process opens a forge once, for all of its tasks."""

from weakref import WeakKeyDictionary

from tamma_core.domain.errors import Unsupported
from tamma_core.domain.ids import TaskId
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.git_platform import Forges, GitPlatform, IssueSource
from tamma_core.ports.tape import Tape, heard, rolled, rolling
from tamma_core.record.batch import Batch
from tamma_core.record.playing import Playing
from tamma_core.record.recording import Recording

_NO_TASK = TaskId("")


class HeardForges:
    """Open forges, and tell the tape of each claim once what was heard when they were opened."""

    def __init__(self, forges: Forges, blobs: Blobs, redactor: Redactor) -> None:
        self._forges = forges
        self._blobs = blobs
        self._redactor = redactor
        self._openings: dict[str, Batch] = {}
        self._told: WeakKeyDictionary[Tape, set[str]] = WeakKeyDictionary()

    async def platform(self, name: str) -> GitPlatform:
        """Answer a forge."""
        tape = rolling()
        told = self._told.setdefault(tape, set()) if tape is not None else {name}
        if name not in told:
            opening: Batch = await heard("opening", name, lambda: self._opening(name), Batch)
            told.add(name)
            if tape is not None and tape.replays:
                with rolled(Playing((opening,), self._blobs, self._redactor)):
                    return await self._forges.platform(name)
        await self._opening(name)
        return await self._forges.platform(name)

    async def issues(self, name: str) -> IssueSource:
        """Answer the tracker of a forge; raise `Unsupported` when it has none."""
        forge = await self.platform(name)
        if not isinstance(forge, IssueSource):
            raise Unsupported(f"forge `{name}` has no issues", hint="say what is wanted with `--task`")
        return forge

    async def _opening(self, name: str) -> Batch:
        tape = rolling()
        if name not in self._openings and not (tape is not None and tape.replays):
            recording = Recording(_NO_TASK, 0, self._blobs, self._redactor)
            with rolled(recording):
                await self._forges.platform(name)
            self._openings[name] = recording.take()
        return self._openings.get(name, _NOTHING)


_NOTHING = Batch(task=_NO_TASK, epoch=0, number=0, exchanges=(), readings=())
