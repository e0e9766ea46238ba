"""Work on a task in a process that may die right after an append to its journal."""

import json
import os
from collections.abc import Callable, Sequence
from typing import Any, cast

from tamma_core.domain import events as ev
from tamma_core.domain.ids import Position, TaskId
from tamma_core.engine.engine import Engine, drive
from tamma_core.ports.journal import AppendCondition, Journal, Lease

from rehearsal.world import World

LEASE_S = 4.0
Fate = Callable[[Sequence[ev.Event]], None]
"""Hears what was just appended, and may end the process."""


class MortalJournal:
    """A journal whose process may die after each append."""

    def __init__(self, journal: Journal, fate: Fate) -> None:
        self._journal = journal
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    async def append(
        self,
        lease: Lease,
        events: Sequence[ev.Event],
        condition: AppendCondition | None = None,
        *,
        blobs: Sequence[bytes] = (),
    ) -> Position:
        """Append, and let fate decide."""
        position = await self._journal.append(lease, events, condition, blobs=blobs)
        self._fate(events)
        return position


def with_fate(fate: Fate | None) -> Callable[[Journal], Journal]:
    """Answer what puts a fate around a journal; without one it stays as it is."""

    def around(journal: Journal) -> Journal:
        return journal if fate is None else cast(Journal, MortalJournal(journal, fate))

    return around


async def work_on(opened: World, task: TaskId) -> str:
    """Drive a task to its end, or until it is paused, and say as JSON how it stands."""
    engine = Engine(opened.ports, owner=f"worker {os.getpid()}", lease_s=LEASE_S)
    state = await drive(engine, task, opened.ports)
    reason = state.parked.reason if state.parked else state.ended_because
    return json.dumps({"status": state.status, "reason": reason})
